"""How one kind of file is read: which column is which field, in which formats. Saved, corrected and reused as TOML."""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec

from regulars.base.errors import BadInput
from regulars.intake.fields import FIELDS, KINDS, PER_LINE, Kind


class Mapping(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What a file's columns mean. Everything left empty is recognised from the file."""

    kind: Kind
    columns: dict[str, str] = msgspec.field(default_factory=dict)
    """Field -> the column's title (as in `RecognisedFile.titles`)."""
    dates: dict[str, str] = msgspec.field(default_factory=dict)
    """Column's title -> the order of its dates, such as "day.month.year", "excel" or "unix"."""
    decimal: str = ""
    """"." or ",": the decimal mark of the amounts."""
    currency: str = ""
    """Currency of amounts that don't name their own."""
    time_zone: str = ""
    """Zone of times that don't name their own (IANA); the firm's when empty."""
    country: str = ""
    """Country of telephone numbers that don't name their own (ISO 3166)."""
    statuses: dict[str, str] = msgspec.field(default_factory=dict)
    """The file's word for a status -> placed, cancelled, refunded, test, unpaid or other."""
    blank_repeats: bool = False
    """True: a blank cell of an order's head means "as in the order's first row" (Shopify)."""
    per_line: list[str] = msgspec.field(default_factory=list)
    """In a file of lines: amounts of the order that are given line by line, and add up (postage per line, say)."""
    preset: str = ""
    """Name of the preset that was recognised."""
    sheet: str = ""
    delimiter: str = ""
    encoding: str = ""
    header_row: int = -1
    """Line of the titles, 1-based; 0: the file has none; -1: recognised."""
    ignore: list[str] = msgspec.field(default_factory=list)
    """Titles of columns that must not be used."""

    def column(self, field: str) -> str | None:
        """Title of the column that holds `field`, or None."""
        return self.columns.get(field)

    def to_toml(self) -> str:
        """The mapping as TOML, which `from_toml` reads back equal."""
        import tomlkit  # 30 ms that an import doesn't need

        values = msgspec.to_builtins(self)
        return tomlkit.dumps(dict(sorted(values.items(), key=lambda item: isinstance(item[1], dict))))

    @classmethod
    def from_toml(cls, text: str, name: str = "the mapping") -> Mapping:
        """Read a mapping. Raises BadInput naming what is wrong and what is allowed."""
        try:
            mapping = msgspec.convert(tomllib.loads(text), cls)
        except tomllib.TOMLDecodeError as error:
            raise BadInput(f"{name} is not TOML: {error}. Start from one that `--dry-run` writes.") from None
        except msgspec.ValidationError as error:
            raise BadInput(f"{name} can't be used: {error}. docs/files.md lists what a mapping may say.") from None
        mapping.check(name)
        return mapping

    @classmethod
    def load(cls, path: Path) -> Mapping:
        """Read a mapping from a TOML file."""
        try:
            return cls.from_toml(path.read_text(encoding="utf-8"), path.name)
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput(f"The mapping {path.name} can't be read: {error}.") from None

    def check(self, name: str = "the mapping") -> None:
        """Raise BadInput when a field isn't one of the kind's."""
        if self.kind not in KINDS:
            raise BadInput(f"{name}: there is no kind '{self.kind}'; there are {', '.join(KINDS)}.")
        known = {field.name for field in FIELDS[self.kind]}
        for field in self.columns:
            if field not in known:
                raise BadInput(f"{name}: {self.kind} have no field '{field}'; they have {', '.join(sorted(known))}.")
        for field in self.per_line:
            if self.kind != "lines" or field not in PER_LINE:
                raise BadInput(f"{name}: per_line is for lines and takes {', '.join(PER_LINE)}, not '{field}'.")
        if self.decimal not in ("", ".", ","):
            raise BadInput(f"{name}: decimal is '.' or ',', not '{self.decimal}'.")
