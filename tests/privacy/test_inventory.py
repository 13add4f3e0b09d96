"""Every field that a room keeps is in the inventory of personal data, or said to tell nothing of a customer."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import models
from tests.stores import every_database

from regulars.platform.registry import not_personal, personal_data
from regulars.platform.workspace import Workspace


def asked() -> set[str]:
    """All fields of the rooms' tables. Their own numbers, and whose row they are part of, say nothing by themselves."""
    return {
        f"{model._meta.app_label}.{model._meta.object_name}.{field.name}"
        for app in apps.get_app_configs()
        if app.name.startswith("regulars.")
        for model in app.get_models()
        for field in model._meta.local_concrete_fields
        if not (isinstance(field, models.AutoField) and model._meta.object_name != "Customer")
        and not isinstance(field, models.CompositePrimaryKey)
        and not (field.is_relation and field.related_model._meta.object_name != "Customer")
    }


def answered() -> list[str]:
    told = [column for entry in personal_data for column in entry.columns]
    return told + [f"{entry.name}.{field}" for entry in not_personal for field in entry.fields]


def test_every_field_is_answered_for_once() -> None:
    said = answered()
    assert asked() - set(said) == set(), "add these to the room's privacy.py: to an entry, or to what isn't personal"
    assert set(said) - asked() == set(), "these fields are no longer there"
    assert len(said) == len(set(said))


def test_a_new_field_would_be_seen() -> None:
    """Negative control: leave one entry out, and its fields are missing."""
    left = {column for entry in personal_data if entry.name != "addresses" for column in entry.columns}
    assert "customers.Address.lines" in asked() - left


@every_database
@pytest.mark.usefixtures("workspace")
def test_every_entry_can_be_counted_told_and_erased_where_nothing_is(workspace: Workspace) -> None:
    for entry in personal_data:
        assert entry.people() == 0, entry.name
        assert list(entry.export([5])) == [], entry.name
        assert entry.erase([]) == 0, entry.name
        assert all((entry.label, entry.purpose, entry.where))
        assert entry.since is None or entry.since() is None
        assert entry.last_used is None or entry.last_used() is None
