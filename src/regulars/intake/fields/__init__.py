"""The vocabulary of intake: which kinds of file there are, and which fields each kind can have.

A field has a type, a meaning, an example and synonyms in six languages (`words.toml`). Recognition maps a file's
columns onto fields; reading gives every field of the kind in its type; assembly builds orders and people from them.
"""

from __future__ import annotations

from regulars.intake.fields.kinds import (
    DERIVED,
    FIELDS,
    KINDS,
    PER_LINE,
    Field,
    Kind,
    Type,
    field_of,
    sql_type,
    staged_columns,
)
from regulars.intake.fields.words import accented, normal, synonyms

__all__ = [
    "DERIVED",
    "FIELDS",
    "KINDS",
    "PER_LINE",
    "Field",
    "Kind",
    "Type",
    "accented",
    "field_of",
    "normal",
    "sql_type",
    "staged_columns",
    "synonyms",
]
