"""Every stored field of ours says how private it is."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db.models import Model

from cermin.web.privacy import Privacy, classes

OURS = [m for m in apps.get_models() if m.__module__.startswith("cermin.")]


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_every_field_has_one_class(model: type[Model]) -> None:
    declared = dict(model.PRIVACY)
    fields = {field.name for field in model._meta.concrete_fields + model._meta.many_to_many}
    assert set(declared) == fields
    assert all(isinstance(kind, Privacy) for kind in declared.values())


def test_a_forgotten_field_is_noticed() -> None:
    assert set(classes(public="name", personal="email")) != {"name", "email", "birth_date"}


def test_nothing_of_the_roster_that_is_not_needed() -> None:
    forbidden = ("birth", "lahir", "religion", "agama", "nik", "address", "alamat")
    employee = apps.get_model("organisations", "Employee")
    names = [field.name for field in employee._meta.get_fields()]
    assert [n for n in names if any(n == word or word in n.split("_") for word in forbidden)] == []
