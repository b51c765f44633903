"""Small registries for tests: one patient's facts in a line each, on the relative axis."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from hypothesis import strategies as st

from tenfold.records import Registry

Row = dict[str, Any]
P = ParamSpec("P")
T = TypeVar("T")
MOST_KEPT = 100
COMPLETE = ("mrd_samples", "treatments", "events", "transplants", "responses", "marrows", "counts")
EMPTY = (
    "mrd_samples",
    "treatments",
    "events",
    "transplants",
    "responses",
    "marrows",
    "counts",
    "variants",
    "genes_tested",
)


def asked_once(function: Callable[P, T]) -> Callable[P, T]:
    """Work out once what is asked of the same facts, of the last hundred: registries and assessments never change."""
    kept: OrderedDict[str, T] = OrderedDict()

    @wraps(function)
    def asked(*args: P.args, **kwargs: P.kwargs) -> T:
        key = repr((args, sorted(kwargs.items())))
        if key not in kept:
            kept[key] = function(*args, **kwargs)
        kept.move_to_end(key)
        while len(kept) > MOST_KEPT:
            kept.popitem(last=False)
        return kept[key]

    return asked


@asked_once
def registry(relative: bool = True, **tables: list[Row]) -> Registry:
    """A registry in which every table is recorded, if only as empty; rows without a patient are patient p's."""
    filled = {name: [{"patient_id": "p", **row} for row in rows] for name, rows in tables.items()}
    patients = filled.get("patients") or [{"patient_id": "p", "diagnosis_day": -100, "age_years": 60}]
    base: dict[str, list[Row]] = {name: [] for name in EMPTY}
    made = Registry.from_tables({**base, **filled, "patients": patients}, relative=relative)
    assert not made.check().height, made.check().to_dicts()
    return made


@asked_once
def only(relative: bool = True, **tables: list[Row]) -> Registry:
    """A registry of just these tables; what is absent is not recorded."""
    made = Registry.from_tables(
        {name: [{"patient_id": "p", **row} for row in rows] for name, rows in tables.items()}, relative=relative
    )
    assert not made.check().height, made.check().to_dicts()
    return made


def sample(day: int | None, level: Any, *, tissue: str = "marrow", name: str | None = None, **more: Any) -> Row:
    """An NPM1 qPCR sample: "neg", "det", or a level in % of ABL1."""
    row: Row = {
        "sample_id": name or f"{tissue}-{day}",
        "sample_day": day,
        "marker": "NPM1",
        "tissue": tissue,
        "method": "rt-qpcr",
        "control_gene": "ABL1",
        "control_copies": 50_000,
    }
    if level == "neg":
        row |= {"detected": "no"}
    elif level == "det":
        row |= {"detected": "below_quantification"}
    else:
        row |= {"detected": "yes", "value": level, "scale": "percent_abl1"}
    return row | more


def remission(day: int) -> Row:
    return {"response_day": day, "reported_response": "CR"}


def line(day: int, intent: str | None = "pre-emptive", drugs: str = "azacitidine+venetoclax", **more: Any) -> Row:
    return {"start_day": day, "intent": intent, "regimen": drugs, "drugs": drugs, **more}


days = st.integers(0, 400)
reported = st.one_of(st.none(), st.integers(0, 60))


def _late(row: Row, day: str, delay: int | None) -> Row:
    return row if delay is None else {**row, "reported_day": row[day] + delay}


samples = st.builds(
    lambda day, level, tissue, delay, number: _late(
        sample(day, level, tissue=tissue, name=f"s{number}"), "sample_day", delay
    ),
    days,
    st.sampled_from(["neg", "neg", "det", 0.01, 0.05, 0.5, 3.0]),
    st.sampled_from(["marrow", "blood"]),
    reported,
    st.integers(0, 10**9),
)
responses = st.builds(
    lambda day, word, delay: _late({"response_day": day, "reported_response": word}, "response_day", delay),
    days,
    st.sampled_from(["CR", "CRi", "relapse", "refractory", "PR"]),
    reported,
)
treatments = st.builds(
    line,
    days,
    st.sampled_from(["induction", "consolidation", "pre-emptive", "salvage", None]),
    st.sampled_from(["azacitidine+venetoclax", "cytarabine", "gilteritinib"]),
    intensive=st.sampled_from([True, False, None]),
)
marrows = st.builds(
    lambda day, blasts, spicules: {"sample_day": day, "blasts_pct": blasts, "spicules": spicules, "cells_counted": 300},
    days,
    st.sampled_from([1.0, 4.0, 5.0, 20.0, 60.0, None]),
    st.sampled_from([True, False, None]),
)
counts = st.builds(
    lambda day, anc, platelets, blasts: {
        "sample_day": day,
        "anc_e9_l": anc,
        "platelets_e9_l": platelets,
        "blasts_pb_pct": blasts,
    },
    days,
    st.sampled_from([0.2, 0.7, 2.0, None]),
    st.sampled_from([20.0, 70.0, 150.0, None]),
    st.sampled_from([0.0, 0.0, 3.0, None]),
)
events = st.builds(
    lambda day, kind, present: {"event_day": day, "kind": kind, "present": present},
    days,
    st.sampled_from(["relapse", "extramedullary disease", "infection"]),
    st.sampled_from([True, False, None]),
)
variants = st.builds(
    lambda day, gene, delay: _late({"sample_day": day, "gene": gene}, "sample_day", delay),
    days,
    st.sampled_from(["FLT3", "TP53", "NF1", "SF3B1", "TET2"]),
    reported,
)
transplants = st.builds(lambda day: {"transplant_day": day, "donor": "matched unrelated"}, days)


def unique(rows: list[Row]) -> list[Row]:
    kept: list[Row] = []
    for row in rows:
        if row not in kept:
            kept.append(row)
    return kept


def some(strategy: st.SearchStrategy[Row], most: int = 5) -> st.SearchStrategy[list[Row]]:
    return st.lists(strategy, max_size=most).map(unique)


tables = st.fixed_dictionaries(
    {
        "mrd_samples": st.lists(samples, max_size=6, unique_by=lambda row: row["sample_id"]),
        "responses": some(responses, 3),
        "treatments": some(treatments, 3),
        "marrows": some(marrows, 4),
        "counts": some(counts, 4),
        "events": some(events, 3),
        "variants": some(variants, 4),
        "genes_tested": some(variants, 3).map(
            lambda rows: unique([{k: v for k, v in row.items() if k != "reported_day"} for row in rows])
        ),
        "transplants": some(transplants, 2),
    }
)
