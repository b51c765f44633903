"""The patients published in the papers, typed into records: Tiong's twelve and Thol, Döhner and Ganser's three."""

from importlib import resources
from pathlib import Path

import polars as pl

from tenfold.records import Registry, read

COHORTS = ("tiong-2021", "thol-2024")
PATIENTS = Path(str(resources.files("tenfold.evidence") / "patients"))
TIONG_COHORTS = {
    "Tiong 2021 cohort 1": "Tiong, cohort 1: persistence",
    "Tiong 2021 cohort 2": "Tiong, cohort 2: relapse, progression",
}


def published() -> Registry:
    """Return the registry of published patients. Days are relative to each patient's day 0; nothing is simulated."""
    return Registry.concat([read(PATIENTS / cohort) for cohort in COHORTS])


def tiong_cohorts(registry: Registry) -> dict[str, str]:
    """Return the cohort (persistence; relapse or progression) of each of Tiong's patients, as their paper assigns it."""
    assigned = registry.table("responses").filter(pl.col("criteria").is_in(list(TIONG_COHORTS)))
    return {row["patient_id"]: TIONG_COHORTS[row["criteria"]] for row in assigned.to_dicts()}
