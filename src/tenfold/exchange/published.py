"""The patients published in the papers, typed into records: Tiong's twelve and Thol, Döhner and Ganser's three."""

from importlib import resources
from pathlib import Path

from tenfold.records import Registry, read

COHORTS = ("tiong-2021", "thol-2024")


def published() -> Registry:
    """Return the registry of published patients. Days are relative to each patient's day 0; nothing is simulated."""
    with resources.as_file(resources.files("tenfold.evidence") / "patients") as folder:
        return Registry.concat([read(Path(folder) / cohort) for cohort in COHORTS])
