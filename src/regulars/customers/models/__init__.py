"""Tables of this room: customers and their keys, people and organisations, consent, privacy, tasks, refresh.

Nothing here refers to a member of staff by foreign key (`..._staff_id` is a number): the command line knows customers
without knowing who may sign in.
"""

from regulars.customers.models.consents import Consent, ConsentChannel, ConsentLink, ConsentPurpose
from regulars.customers.models.identities import Candidate, Counter, Identity, Merge, MergedRow
from regulars.customers.models.organisations import Membership
from regulars.customers.models.people import (
    Address,
    Attribute,
    AttributeType,
    Customer,
    CustomerTag,
    Device,
    Retold,
    Tag,
)
from regulars.customers.models.pictures import (
    NameWord,
    Picture,
    Recent,
    RefreshFailure,
    Run,
    StandingChange,
    SyncedBlock,
)
from regulars.customers.models.privacy import Basis, Forgotten, Objection
from regulars.customers.models.trials import Trial
from regulars.customers.models.work import Note, Task

__all__ = [
    "Address",
    "Attribute",
    "AttributeType",
    "Basis",
    "Candidate",
    "Consent",
    "ConsentChannel",
    "ConsentLink",
    "ConsentPurpose",
    "Counter",
    "Customer",
    "CustomerTag",
    "Device",
    "Forgotten",
    "Identity",
    "Membership",
    "Merge",
    "MergedRow",
    "NameWord",
    "Note",
    "Objection",
    "Picture",
    "Recent",
    "RefreshFailure",
    "Retold",
    "Run",
    "StandingChange",
    "SyncedBlock",
    "Tag",
    "Task",
    "Trial",
]
