"""docs/files.md names every kind, field, preset, mapping key and reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from regulars.intake.fields import FIELDS, KINDS, normal, synonyms
from regulars.intake.mapping import Mapping
from regulars.intake.presets import presets

DOCS = (Path(__file__).resolve().parents[3] / "docs" / "files.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_is_documented_as_it_is(kind: str) -> None:
    section = DOCS.split(f"### {kind}\n", 1)[1].split("\n## ", 1)[0].split("\n### ", 1)[0]
    for field in FIELDS[kind]:  # type: ignore[index]
        needed = " (needed)" if field.essential else ""
        assert f"| `{field.name}` | {field.type} | {field.meaning}{needed} | {field.example} |" in section


def test_every_preset_and_mapping_key_is_documented() -> None:
    for name, preset in presets().items():
        assert f"| `{name}` | {preset.title} | {preset.kind} |" in DOCS
    for key in Mapping.__struct_fields__:
        assert f"`{key}`" in DOCS


def test_presets_name_fields_of_their_kind() -> None:
    for preset in presets().values():
        assert set(preset.columns) <= {field.name for field in FIELDS[preset.kind]}


def test_the_mapping_in_the_docs_is_one() -> None:
    mapping = Mapping.from_toml(DOCS.split("```toml\n", 1)[1].split("```", 1)[0])
    assert mapping.columns["total"] == "Summa"


def test_every_field_has_titles_in_six_languages() -> None:
    from regulars.intake.fields import words

    for field, languages in words._raw().items():
        assert set(languages) == {"en", "fi", "et", "lv", "pl", "de"}, field
    names = {field.name for fields in FIELDS.values() for field in fields}
    assert names <= set(synonyms())


def test_titles_are_compared_without_case_accents_and_marks() -> None:
    assert normal("InvoiceNo.") == normal("invoice_no") == normal("  Invoice  No ") == "invoice no"
    assert normal("Nr zamówienia") == "nr zamowienia"
    assert normal("Opłacone") == "oplacone"
    assert normal("customerID") == "customer id"
