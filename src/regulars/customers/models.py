"""Tables of this room: customers, the identity map, consent, and the runs of refresh."""

from __future__ import annotations

from django.db import models


class Customer(models.Model):
    """A person or an organisation. Everything personal about them is here or in Identity, never in the lake."""

    class Kind(models.TextChoices):
        PERSON = "person"
        ORGANISATION = "organisation"

    id = models.BigAutoField(primary_key=True)  # handed out by `identity`, below 2**53
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.PERSON)
    name = models.TextField(null=True)
    email = models.TextField(null=True)
    phone = models.TextField(null=True)
    country = models.CharField(max_length=2, null=True)
    region = models.TextField(null=True)
    city = models.TextField(null=True)
    birth_date = models.DateField(null=True)
    organisation = models.TextField(null=True)
    import_id = models.BigIntegerField()  # the import that brought them first


class Identity(models.Model):
    """Which customer a key of a shop means. A key means one customer; a customer may have many keys."""

    class Kind(models.TextChoices):
        REF = "ref"  # the shop's own customer id
        EMAIL = "email"
        PHONE = "phone"
        GUEST = "guest"  # an order without any key: its number

    pk = models.CompositePrimaryKey("shop", "kind", "key")
    shop = models.CharField(max_length=60)
    kind = models.CharField(max_length=5, choices=Kind.choices)
    key = models.TextField()
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="identities")


class Counter(models.Model):
    """The next free id of a sequence; moved on inside the transaction that uses the ids."""

    name = models.CharField(max_length=20, primary_key=True)
    next_id = models.BigIntegerField()


class Consent(models.Model):
    """What a customer agreed to or refused. Rows are only ever added; the last one counts."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(max_length=40)
    channel = models.CharField(max_length=20)
    given = models.BooleanField()
    source = models.TextField()  # how it came here, as in "import 12"
    recorded_at = models.DateTimeField()


class Run(models.Model):
    """One refresh: what it used, what it found. Its customers' table is the lake's `standing`, at its version."""

    as_of = models.DateField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    seconds = models.FloatField()
    versions = models.JSONField()  # of the lake's tables that were read
    standing_version = models.BigIntegerField()
    parameters = models.JSONField()
    firm = models.JSONField()  # insight.figures.Firm
