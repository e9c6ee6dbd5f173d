"""What the database keeps to find rows by: enough for every foreign key, and nothing twice."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import models

OURS = ("tickets", "channels_app")
FOREIGN_KEYS = [
    field
    for app in OURS
    for model in apps.get_app_config(app).get_models()
    for field in model._meta.concrete_fields
    if isinstance(field, models.ForeignKey)
]
EACH_KEY = pytest.mark.parametrize("key", FOREIGN_KEYS, ids=str)


def _begins_an_index_of_all_rows(key: models.Field) -> bool:
    """Deleting what a key points at looks for the key: an index serves that when the key comes first."""
    meta = key.model._meta
    several = [index.fields for index in meta.indexes if index.condition is None]
    several += [
        rule.fields
        for rule in meta.constraints
        if isinstance(rule, models.UniqueConstraint) and rule.condition is None
    ]
    return any(fields[:1] in ([key.name], (key.name,), [f"-{key.name}"]) for fields in several)


@EACH_KEY
def test_a_foreign_key_has_one_index_to_be_found_by(key: models.Field) -> None:
    alone = key.unique or key.db_index

    assert alone != _begins_an_index_of_all_rows(key)
