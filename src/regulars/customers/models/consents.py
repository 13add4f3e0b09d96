"""What customers agreed to: a ledger that only grows."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from regulars.customers.models.people import Customer


class ConsentPurpose(models.TextChoices):
    """What the firm asks to do."""

    MARKETING = "marketing"
    SURVEYS = "surveys"
    PROFILING = "profiling"  # what goes beyond the firm-wide basis of analysis


class ConsentChannel(models.TextChoices):
    """How it asks to reach them; `any` is every channel at once."""

    ANY = "any"
    EMAIL = "email"
    SMS = "sms"
    PHONE = "phone"
    POST = "post"
    PUSH = "push"
    MESSENGER = "messenger"
    ADS = "ads"


class Consent(models.Model):
    """One statement: given, refused, withdrawn or asked for (pending). The last one of its kind counts."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(max_length=40)
    topic = models.CharField(max_length=60, default="", db_default="")  # empty is every topic
    channel = models.CharField(max_length=20)
    given = models.BooleanField()
    pending = models.BooleanField(default=False, db_default=False)  # asked for; not confirmed by the person yet
    source = models.TextField()  # how it came here, as in "import 12"
    verified = models.BooleanField(default=False, db_default=False)  # the source knows that it was this person
    wording = models.CharField(max_length=60, default="", db_default="")  # version of the text they saw
    basis = models.CharField(max_length=20, default="consent", db_default="consent")
    recorded_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    by_staff_id = models.BigIntegerField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["customer", "purpose", "channel", "-id"], name="customers_consent_last"),
            models.Index(
                fields=["expires_at"], condition=models.Q(expires_at__isnull=False), name="customers_consent_expiry"
            ),
        ]


class ConsentLink(models.Model):
    """A link by which somebody confirms what was asked of them. Only a digest of it is kept; it works once."""

    consent = models.OneToOneField(Consent, on_delete=models.CASCADE, related_name="link")  # that is pending
    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
