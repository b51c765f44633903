"""A patient's variants and tests at several samples, for tests, and the steps between them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

import tenfold

PATIENTS = Path(tenfold.__file__).parent / "evidence" / "patients"
PANEL = ("NPM1", "FLT3", "TET2", "NRAS", "TP53", "IDH1", "IDH2", "KRAS", "RUNX1")
VARIANT: dict[str, Any] = {
    "patient_id": pl.String,
    "sample_day": pl.Int64,
    "gene": pl.String,
    "hgvs_c": pl.String,
    "hgvs_p": pl.String,
    "kind": pl.String,
    "vaf": pl.Float64,
    "allelic_ratio": pl.Float64,
    "germline": pl.Boolean,
    "pathogenic": pl.Boolean,
}
TREATMENT: dict[str, Any] = {
    "patient_id": pl.String,
    "start_day": pl.Int64,
    "end_day": pl.Int64,
    "regimen": pl.String,
    "drugs": pl.String,
}


def found(
    day: int | None, gene: str, hgvs_p: str | None = None, vaf: float | None = None, **more: Any
) -> dict[str, Any]:
    return {"patient_id": "a", "sample_day": day, "gene": gene, "hgvs_p": hgvs_p, "vaf": vaf, **more}


def variants(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame([{name: row.get(name) for name in VARIANT} for row in rows], VARIANT)


def panel(*days: int, genes: tuple[str, ...] = PANEL, method: str | None = "NGS panel") -> pl.DataFrame:
    rows = [{"patient_id": "a", "sample_day": day, "gene": gene, "method": method} for day in days for gene in genes]
    return pl.DataFrame(rows)


def given_drugs(drugs: str, start: int | None, end: int | None = None, regimen: str | None = None) -> pl.DataFrame:
    return pl.DataFrame([("a", start, end, regimen, drugs)], TREATMENT, orient="row")


def told(frame: pl.DataFrame) -> dict[str, str | None]:
    return {row["change"]: row["what"] for row in frame.to_dicts()}


def notes_of(frame: pl.DataFrame, change: str) -> str:
    [notes] = frame.filter(change=change)["notes"].to_list()
    return "; ".join(notes)
