"""De-identified records give the same answers: every frame of an assessment, every endpoint and every toxicity, up to the
pseudonyms and the shift of each patient's dates.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registries import EMPTY, tables
from same_answers import differences, frames_of, names_before
from tenfold.assessment import assess
from tenfold.cohort.outcomes import outcomes
from tenfold.cohort.simulation import simulate_registry
from tenfold.endpoints import EVERY_ENDPOINT, times
from tenfold.exchange.published import published
from tenfold.guidance.remission.venetoclax_course import LATE_RECOVERY
from tenfold.guidance.venetoclax.toxicity import toxicity
from tenfold.logic.at_once import at_once
from tenfold.records import TABLES, Kind, Registry
from tenfold.records.deidentify import Deidentified, Oldest, Rules, deidentify
from tenfold.records.free_text import known_words
from tenfold.records.kept_names import name_kept

KEY = b"of 32 characters and nobody's guess"
KEEP = Rules(oldest=Oldest.KEPT)
FIRST = date(2021, 1, 1)
TEXTS = (
    None,
    "febrile neutropenia, seen by Dr. Smith",
    "afebrile",
    "non-febrile; tel. 0171 555 1234",
    "3 units of red cells",
    "Platelets given by Maria",
    "No fever in Basel",
    "pneumonia",
)
REASONS = (
    None,
    "delayed recovery",
    "delayed, said Anna, recovery",
    "cytopenias on 3 May 2024",
    "late 3 recovery",
    "wish",
)


def dated(row: dict[str, Any]) -> dict[str, Any]:
    """A row on the relative axis as one of the calendar."""
    return {
        name.removesuffix("_day") + "_date" if name.endswith("_day") else name: FIRST + timedelta(days=value)
        if name.endswith("_day") and value is not None
        else value
        for name, value in row.items()
    }


@st.composite
def registries(draw: st.DrawFn) -> Registry:
    """Three patients with dated facts of every kind, laboratories, and free text in which people are named."""
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in (*EMPTY, "patients", "cycles")}
    for patient in ("Anna Müller", "19600203-17", "B 2"):
        born = draw(st.none() | st.integers(12_000, 31_000))
        found["patients"].append(
            {
                "patient_id": patient,
                "birth_date": None if born is None else FIRST - timedelta(days=born),
                "diagnosis_date": draw(st.none() | st.just(FIRST - timedelta(days=100))),
                "age_years": draw(st.none() | st.integers(20, 85)),
                "cause_of_death": draw(st.sampled_from((None, "relapse", "seen in Basel"))),
            }
        )
        for name, rows in draw(tables).items():
            found[name] += [{"patient_id": patient, **dated(row)} for row in rows]
        for day in draw(st.lists(st.integers(0, 300), max_size=3, unique=True)):
            found["cycles"].append(
                dated({"patient_id": patient, "start_day": day, "venetoclax_days": 14, "end_day": day + 27})
                | {"dose_change_reason": draw(st.sampled_from(REASONS)), "cycle": 1 + day % 7, "line": 1}
            )
    for row in found["mrd_samples"]:
        row["sample_id"] = f"{row['patient_id']}/{row['sample_id']}"
        row["laboratory"] = draw(st.sampled_from((None, "Zürich", "Aarau")))
        row["assay"] = draw(st.sampled_from((None, "MutaQuant NPM1 A")))
    for row in found["events"]:
        row["detail"] = draw(st.sampled_from(TEXTS))
    for row in found["treatments"]:
        row["stop_reason"] = draw(st.sampled_from((None, "relapse", "died at home")))
    return Registry.from_tables(found, title="Centre of Basel", sources={"mrd_samples": "export of 3 May 2024"})


def answers(registry: Registry) -> dict[str, pl.DataFrame]:
    """Every frame that is answered: the assessment, the times of all endpoints, toxicity by cycle."""
    found = assess(registry)

    def asked() -> dict[str, pl.DataFrame]:
        ends = {
            f"times {rule.name}": times(registry, found.history, found.molecular, rule, marrows=found.marrows)
            for rule in EVERY_ENDPOINT.values()
        }
        return {**frames_of(found), **ends, "toxicity": toxicity(registry)}

    return at_once(asked)


def moved(found: Deidentified) -> dict[str, int]:
    """Days that were added to each patient's dates."""
    return dict(found.link.select("patient_id", pl.col("shift_days").fill_null(0)).iter_rows())


def without_text(frames: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Without the free text that is itself shown: it is cut down, and that is all that may differ."""
    shown = {"toxicity": ["dose_change_reason"], "history": ["detail"], "molecular": ["detail"], "standing": ["detail"]}
    return {name: frame.drop(shown.get(name, []), strict=False) for name, frame in frames.items()}


def by_gene(frames: dict[str, pl.DataFrame], genes: dict[str, str]) -> dict[str, pl.DataFrame]:
    """In the order of the genes' own names, where rows stand in the order of genes."""
    return {
        name: frame.with_columns(pl.col("gene").replace(genes)).sort("gene", maintain_order=True)
        if frame.schema.get("gene") == pl.String
        else frame
        for name, frame in frames.items()
    }


def counted_anew(registry: Registry) -> dict[str, dict[int, int]]:
    """Of each patient whose facts are in a sequence, each place with its number without gaps."""
    known: dict[str, set[int]] = {}
    for frame in registry.tables.values():
        if "sequence" in frame.columns:
            for patient, place in frame.select("patient_id", "sequence").drop_nulls().iter_rows():
                known.setdefault(patient, set()).add(place)
    return {
        patient: {place: number for number, place in enumerate(sorted(places), 0 if 0 in places else 1)}
        for patient, places in known.items()
    }


def unequal(before: Registry, found: Deidentified) -> list[str]:
    names = names_before(before, found)
    old, new = without_text(answers(before)), without_text(answers(found.registry))
    return differences(old, new, names, moved(found), counted_anew(before))


@settings(max_examples=3)
@given(registries())
def test_every_answer_is_the_same_up_to_the_shift_and_the_pseudonyms(registry: Registry) -> None:
    assert unequal(registry, deidentify(registry, KEY, KEEP)) == []


@settings(max_examples=3)
@given(registries())
def test_every_answer_is_the_same_in_days_since_diagnosis(registry: Registry) -> None:
    found = deidentify(registry, KEY, Rules(relative=True, oldest=Oldest.KEPT))
    assert found.registry.axis == "relative"
    assert unequal(registry, found) == []


@settings(max_examples=2)
@given(registries(), st.integers(0, 400))
def test_a_patient_as_of_a_day_is_the_same_as_of_that_day_and_the_shift(registry: Registry, day: int) -> None:
    found = deidentify(registry, KEY, KEEP)
    on = (FIRST - date(1970, 1, 1)).days + day
    names, shift = names_before(registry, found), moved(found)
    for patient, pseudonym, days in found.link.iter_rows():
        old = without_text(frames_of(assess(registry.patient(patient), on=on)))
        new = without_text(frames_of(assess(found.registry.patient(pseudonym), on=on + days)))
        # Which drugs were approved depends on the calendar itself.
        old["guidance"], new["guidance"] = (
            one["guidance"].drop(name for name in one["guidance"].columns if "approv" in name or "option" in name)
            for one in (old, new)
        )
        assert differences(old, new, names, shift) == []


@pytest.mark.parametrize("kind", ["npm1", "mixed"])
def test_a_simulated_cohort_has_the_same_answers_and_curves_and_stays_labelled(kind: str) -> None:
    registry = simulate_registry(10, 3, kind).registry
    found = deidentify(registry, KEY, KEEP)
    assert unequal(registry, found) == []
    assert outcomes(assess(registry)).as_data() == outcomes(assess(found.registry)).as_data()
    assert found.registry.simulated
    assert found.registry.title == "SIMULATED patients, de-identified"


def test_the_published_patients_have_the_same_answers() -> None:
    registry = published()
    found = deidentify(registry, KEY, KEEP)
    assert unequal(registry, found) == []


@pytest.mark.parametrize("kind", ["neutropenia", "infection", "transfusion"])
def test_what_the_detail_of_an_event_tells_of_a_cycle_is_told_by_what_is_left_of_it(kind: str) -> None:
    told = []
    for text in TEXTS:
        registry = Registry.from_tables(
            {
                "patients": [{"patient_id": "Anna"}],
                "cycles": [{"patient_id": "Anna", "cycle": 1, "start_date": FIRST, "end_date": FIRST + timedelta(27)}],
                "events": [{"patient_id": "Anna", "event_date": FIRST + timedelta(9), "kind": kind, "detail": text}],
            }
        )
        found = deidentify(registry, KEY)
        old, new = {"toxicity": toxicity(registry)}, {"toxicity": toxicity(found.registry)}
        assert old["toxicity"].height == 1
        assert differences(old, new, names_before(registry, found), moved(found)) == []
        flags = ("febrile_neutropenia", "red_cell_transfusion", "platelet_transfusion")
        told.append(new["toxicity"].select(flags).row(0))
    assert len(set(told)) > 1  # the texts do decide something


@pytest.mark.parametrize("kind", ["npm1", "venprs"])
def test_genes_and_drugs_that_nobody_knows_get_names_that_say_nothing_and_every_answer_stays(kind: str) -> None:
    registry = simulate_registry(6, kind=kind, seed=4).registry
    unknown = {"DNMT3A": "MEIER", "TET2": "ANNA", "posaconazole": "Anna Keller", "cytarabine": "Studie in Basel"}
    named = {
        name: frame.with_columns(
            pl.col(
                column.name for column in TABLES[name].columns if column.kind in (Kind.GENE, Kind.MARKER, Kind.DRUGS)
            ).str.replace_many(unknown)
        )
        for name, frame in registry.tables.items()
    }
    registry = replace(registry, tables=named)
    found = deidentify(registry, KEY, KEEP)
    said = " ".join(frame.write_csv() for frame in found.registry.tables.values()).casefold()
    assert not any(word in said for word in ("meier", "anna", "keller", "studie", "basel"))
    genes = {name_kept(gene, Kind.GENE, KEY): gene for gene in ("MEIER", "ANNA")}
    old, new = (by_gene(without_text(answers(one)), genes) for one in (registry, found.registry))
    assert differences(old, new, names_before(registry, found) | genes, moved(found)) == []


def test_every_word_that_answers_look_for_is_kept() -> None:
    assert {word for phrase in LATE_RECOVERY for word in phrase} <= known_words()
