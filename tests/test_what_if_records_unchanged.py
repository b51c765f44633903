"""What if: supposing nothing or what is recorded changes no answer, and the records stay as they were."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from registries import registry, tables
from tenfold.records import Registry
from tenfold.what_if.compare import what_if
from tenfold.what_if.suppose import LABEL
from tenfold.what_if.words import FORMS
from what_if_patients import PUBLISHED


def rows_of(records: Registry) -> dict[str, list[dict[str, Any]]]:
    return {name: frame.to_dicts() for name, frame in records.tables.items()}


@pytest.mark.parametrize("patient_id", ["thol-1", "tiong-01", "tiong-10"])
def test_nothing_supposed_changes_nothing(patient_id: str) -> None:
    found = what_if(PUBLISHED, patient_id, [])
    assert (found.changes, found.same_answer, found.suppositions) == ((), (), ())
    assert len(found.unchanged) > 20


@given(tables, st.none() | st.integers(0, 420))
def test_nothing_supposed_changes_nothing_whatever_the_records(
    given_tables: dict[str, list[Any]], on: int | None
) -> None:
    found = what_if(registry(**given_tables), "p", [], on=on)
    assert not found.changes
    assert not found.same_answer


@pytest.mark.parametrize(
    ("patient_id", "texts"),
    [
        ("thol-1", ["FLT3-ITD mutated", "FLT3-ITD ratio 0.21 at diagnosis", "NPM1 mutated"]),
        ("tiong-11", ["FLT3-ITD mutated"]),
        ("tiong-04", ["NPM1 mutated"]),
        ("thol-3", ["ECOG 1"]),
        ("thol-2", ["TP53 mutated"]),
        ("tiong-10", ["relapse"]),
        ("tiong-01", ["NPM1 next negative adequate"]),
    ],
)
def test_supposing_what_is_recorded_changes_no_answer(patient_id: str, texts: list[str]) -> None:
    found = what_if(PUBLISHED, patient_id, texts)
    assert [(one.name, one.before.headline, one.after.headline) for one in found.changes] == []
    assert [one.text for one in found.suppositions] == texts


@pytest.mark.parametrize(
    "texts", [["NPM1 next 350/10^4", "TP53 wild type", "relapse", "posaconazole"], ["adequate ABL1 20000"]]
)
def test_the_records_stay_as_they_were(texts: list[str]) -> None:
    before = rows_of(PUBLISHED)
    found = what_if(PUBLISHED, "thol-1", texts)
    assert rows_of(PUBLISHED) == before
    assert rows_of(found.registry) != rows_of(PUBLISHED.patient("thol-1"))
    assert LABEL in (found.registry.title or "")
    assert found.after.registry is found.registry


@given(tables, st.sampled_from([form for form in FORMS if "posaconazole" not in form]), st.integers(0, 420))
def test_no_supposition_alters_the_records_or_what_was_answered_from_them(
    given_tables: dict[str, list[Any]], text: str, on: int
) -> None:
    made = registry(**given_tables)
    before = rows_of(made)
    try:
        found = what_if(made, "p", [text], on=on)
    except ValueError as error:
        event(str(error))
    else:
        assert [one.text for one in found.suppositions] == [text]
        assert not found.before.registry.table("mrd_samples")["sample_id"].str.starts_with("supposed").any()
    assert rows_of(made) == before
