"""What is asked of venetoclax is not "not known" of patients who were treated without it."""

from __future__ import annotations

from typing import Any

import polars as pl

from tenfold.assessment import assess
from tenfold.cohort.characteristics import cells
from tenfold.cohort.index_treatment import index_treatment
from tenfold.cohort.treatment_table import treatment_table
from tenfold.records import Registry


def table(*lines: dict[str, Any]) -> dict[str, dict[str, str]]:
    """The treatment table of patients with one line each: by characteristic, level and cell."""
    people = [{"patient_id": f"p{k}", "diagnosis_date": "2024-01-01"} for k in range(len(lines))]
    treated = [
        {"patient_id": f"p{k}", "line": 1, "intent": "induction", "start_date": "2024-01-05", **line}
        for k, line in enumerate(lines)
    ]
    registry = Registry.from_tables({"patients": people, "treatments": treated})
    written: dict[str, dict[str, str]] = {}
    named = ""
    for row in cells(treatment_table(assess(registry), index_treatment(registry, pl.lit(True)))).iter_rows():
        named = row[0] or named
        written.setdefault(named.partition(",")[0], {})[row[1]] = row[2]
    return written


INTENSIVE = {"regimen": "7+3", "drugs": "cytarabine+daunorubicin"}
WITH = {"regimen": "AZA/VEN", "drugs": "azacitidine+venetoclax", "venetoclax_mg": 400, "venetoclax_days": 28}
NOT_SAID = {"regimen": "as per protocol"}


def test_whoever_is_treated_without_venetoclax_is_not_among_those_whose_dose_is_not_known() -> None:
    found = table(INTENSIVE, INTENSIVE, WITH)
    assert found["Venetoclax in the treatment (its rows are of those not known to be without)"]["yes"] == "1 (33)"
    assert found["Venetoclax"]["400 mg"] == "1 (100)"
    assert "not known" not in found["Venetoclax"]
    assert found["Dose ramp-up"]["not known"] == "1"


def test_of_whom_it_is_not_known_whether_venetoclax_was_given_the_dose_stays_not_known() -> None:
    found = table(INTENSIVE, WITH, NOT_SAID)
    assert found["Venetoclax"]["not known"] == "1"


def test_where_everybody_had_venetoclax_the_table_has_no_row_of_its_own_for_it() -> None:
    assert not any(name.startswith("Venetoclax in the treatment") for name in table(WITH, WITH))
