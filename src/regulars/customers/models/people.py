"""Customers and what is known of them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Customer(models.Model):
    """A person or an organisation. Everything personal about them is in this room, never in the lake."""

    class Kind(models.TextChoices):
        PERSON = "person"
        ORGANISATION = "organisation"

    id = models.BigAutoField(primary_key=True)  # handed out by `identity`, below 2**53
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.PERSON)
    internal = models.BooleanField(default=False, db_default=False)  # staff, or a department that is served
    name = models.TextField(null=True)
    email = models.TextField(null=True)  # the one to write to; all known ones are identities
    phone = models.TextField(null=True)  # in E.164; all known ones are identities
    country = models.CharField(max_length=2, null=True)
    region = models.TextField(null=True)
    city = models.TextField(null=True)
    birth_date = models.DateField(null=True)
    organisation = models.TextField(null=True)  # as orders name it; membership in a known one is `Membership`
    language = models.CharField(max_length=10, null=True)
    time_zone = models.CharField(max_length=40, null=True)
    owner_staff_id = models.BigIntegerField(null=True)  # who of the staff looks after them
    merged_into_id = models.BigIntegerField(null=True)  # this customer is really that one; undone by clearing
    import_id = models.BigIntegerField()  # the import that brought them first; 0 where a person or a program did

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["owner_staff_id"],
                condition=models.Q(owner_staff_id__isnull=False),
                name="customers_customer_owner",
            ),
        ]


class Address(models.Model):
    """A postal address."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="addresses")
    use = models.CharField(max_length=10, default="delivery")  # delivery | invoice | other
    recipient = models.TextField(default="")
    lines = models.TextField()  # street and house, as written on the envelope
    postal_code = models.CharField(max_length=20, default="")
    city = models.TextField(default="")
    region = models.TextField(default="")
    country = models.CharField(max_length=2, default="")
    source = models.CharField(max_length=60)
    recorded_at = models.DateTimeField()


class Device(models.Model):
    """A browser or telephone from which a customer comes, by the id that it was given."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="devices")
    key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=20, default="browser")
    push_token = models.TextField(default="")
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()


class Tag(models.Model):
    """A label that staff give to customers."""

    name = models.CharField(max_length=60, unique=True)


class CustomerTag(models.Model):
    """A customer has a tag."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="tags")
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="customers")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["tag", "customer"], name="customers_customertag_once")]


class AttributeType(models.Model):
    """Something more that the firm wants to know of customers: declared with its purpose before it can be held."""

    class Type(models.TextChoices):
        TEXT = "text"
        NUMBER = "number"
        DAY = "day"
        TRUTH = "truth"
        CHOICE = "choice"

    name = models.CharField(max_length=60, unique=True)  # as in "shoe_size"
    label = models.CharField(max_length=120)
    type = models.CharField(max_length=8, choices=Type.choices)
    choices = models.JSONField(default=list)
    purpose = models.TextField()
    basis = models.CharField(max_length=20)  # consent | contract | legitimate interest | legal obligation
    sensitive = models.BooleanField(default=False)  # health, belief, origin ...: never in personas or models
    keep_days = models.IntegerField(null=True)  # from the day of recording; null as long as the customer
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)  # by a filter, an export, a message


class Attribute(models.Model):
    """What a customer said or is known for, of a declared type."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="attributes")
    type = models.ForeignKey(AttributeType, on_delete=models.CASCADE, related_name="values")
    value = models.JSONField()
    source = models.CharField(max_length=60)
    recorded_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, db_index=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["customer", "type"], name="customers_attribute_once")]


class Retold(models.Model):
    """A customer of whom the lake's `people` has to hear. Only ever added, and deleted by who took it to the lake."""

    customer_id = models.BigIntegerField()
