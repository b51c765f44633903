"""Every resource that is written is sound R4 by an implementation that is not ours; `pip install 'tenfold[formats]'`."""

from __future__ import annotations

import pytest
from fhir_files import written

from tenfold.cohort.simulation.simulated import simulate_registry
from tenfold.exchange.fhir.codes import WORD
from tenfold.exchange.published import published
from tenfold.records import Registry
from tenfold.records.shape import Kind
from tenfold.records.tables import TABLES

r4b = pytest.importorskip("fhir.resources.R4B")

CELLS = {
    Kind.TEXT: "a text",
    Kind.NUMBER: 0.5,
    Kind.COUNT: 1,
    Kind.YESNO: True,
    Kind.DATE: "2024-05-03",
    Kind.GENE: "NPM1",
    Kind.MARKER: "RUNX1::RUNX1T1",
    Kind.DRUGS: "azacitidine+venetoclax",
}


def full() -> Registry:
    """A registry in which every column of every table is filled."""
    tables = {}
    for name, table in TABLES.items():
        row = {
            column.name: next(iter(column.words)).value if column.words else CELLS[column.kind]
            for column in table.columns
            if column.name != "sequence"
        }
        tables[name] = [row | {"patient_id": "p"}]
    tables["completeness"] = [{"patient_id": "p", "table": "counts", "complete": True, "from_date": "2024-05-03"}]
    tables["mrd_samples"][0] |= {"replicates_positive": None, "detected": "yes", "qualifier": "<"}
    tables["patients"][0] |= {"birth_date": "1960-04-01", "age_at_diagnosis_years": 64, "age_years": 64}
    made = Registry.from_tables(tables, title="Every column", sources={"patients": "the centre"})
    assert not made.set_aside.height, made.check().to_dicts()
    return made


def bare() -> Registry:
    """A registry in which nothing is filled but what must be."""
    tables = {}
    for name, table in TABLES.items():
        row = {
            column.name: next(iter(column.words)).value if column.words else CELLS[column.kind]
            for column in table.columns
            if column.required or (table.date_required and column.name == table.dated_by)
        }
        tables[name] = [row | {"patient_id": "p"}]
    tables["completeness"] = []
    tables["mrd_samples"][0] |= {"sample_id": "s"}
    return Registry.from_tables(tables)


@pytest.mark.parametrize(
    "registry",
    [published(), simulate_registry(3, kind="mixed").registry, full(), bare()],
    ids=["published", "simulated", "full", "bare"],
)
def test_every_resource_that_is_written_is_sound_r4(registry):
    resources = written(registry)
    assert len({one["resourceType"] for one in resources}) >= 6
    for one in resources:
        r4b.get_fhir_model_class(one["resourceType"]).model_validate(one)


def test_a_full_row_of_every_table_leaves_something_in_every_kind_of_resource():
    kinds = {one["resourceType"] for one in written(full())}
    assert kinds == {
        "Basic",
        "Patient",
        "Condition",
        "Observation",
        "Procedure",
        "MedicationAdministration",
        "MedicationStatement",
        "Specimen",
        "DiagnosticReport",
    }


def test_every_word_of_ours_is_a_word_of_its_vocabulary():
    words = {
        word.__name__: {str(one) for one in word}
        for t in TABLES.values()
        for word in [c.words for c in t.columns]
        if word
    }

    def codings(value):
        if isinstance(value, dict):
            if str(value.get("system", "")).startswith(WORD):
                yield value
            for inner in value.values():
                yield from codings(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from codings(inner)

    found = list(codings(written(simulate_registry(3, kind="mixed").registry)))
    assert found
    for one in found:
        assert one["code"] in words[one["system"].removeprefix(WORD)]
