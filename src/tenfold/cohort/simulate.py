"""A simulated registry: patients in first remission whose NPM1 is followed in marrow. Nobody in it is real.

Shares its kinetics with the surveillance comparison and the planted truth (`mrd.regrowth`, `mrd.planted`): some patients
never carry anything, some keep a stable low level, some convert, some regrow from a low level. One stream of random
numbers serves one fixed block of patients, so that a patient is the same however many are asked for.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from tenfold.logic.fold import YES
from tenfold.mrd.kinetics_numbers import KINETICS
from tenfold.mrd.planted import Planted, plant
from tenfold.records.registry import Registry

BLOCK = 1_000
"""Patients to one stream of random numbers."""
CONTROL_COPIES = 50_000
FIRST_DIAGNOSIS = (date(2018, 1, 1) - date(1970, 1, 1)).days


def simulated_registry(patients: int, *, seed: int, noise: float | None = None) -> Registry:
    """Return a registry of simulated patients, labelled so. `noise`: of the assay (SD, log10); the shipped one if None.

    Tables: patients, responses, treatments, transplants, events, mrd_samples. ValueError for fewer than one patient.
    """
    if patients < 1:
        raise ValueError("simulate at least one patient")
    blocks = [_block(block, seed, noise) for block in range(-(-patients // BLOCK))]
    tables = {name: pl.concat([block[name] for block in blocks]) for name in blocks[0]}
    wanted = tables["patients"].head(patients)["patient_id"]
    kept = {name: frame.filter(pl.col("patient_id").is_in(wanted.implode())) for name, frame in tables.items()}
    return Registry.from_tables(kept, simulated=True, title=f"{patients} simulated patients, seed {seed}")


def _block(block: int, seed: int, noise: float | None) -> dict[str, pl.DataFrame]:
    generator = np.random.default_rng([seed, block])
    spread = float(KINETICS["assay.noise_sd"]) if noise is None else noise
    planted = plant(BLOCK, noise=spread, seed=int(generator.integers(2**32)))
    ids = pl.Series("patient_id", [f"S{block * BLOCK + k:07d}" for k in range(BLOCK)])
    diagnosed = FIRST_DIAGNOSIS + generator.integers(0, 6 * 365, BLOCK)
    remission = diagnosed + 35
    people = pl.DataFrame(
        {
            "patient_id": ids,
            "sex": generator.choice(["female", "male"], BLOCK),
            "birth_date": diagnosed - (generator.uniform(20, 80, BLOCK) * 365.25).astype(np.int64),
            "diagnosis_date": diagnosed,
            "last_contact_date": remission + planted.days[:, -1] + 30,
        }
    ).with_columns(pl.col("^.*_date$").cast(pl.Int32).cast(pl.Date))
    lines = [("induction", "7+3", 3, 10), ("consolidation", "IDAC", 45, 130)]
    treatments = pl.concat(
        [
            people.select(
                "patient_id",
                intent=pl.lit(intent),
                regimen=pl.lit(regimen),
                drugs=pl.lit("cytarabine" if regimen == "IDAC" else "cytarabine+daunorubicin"),
                start_date=pl.col("diagnosis_date") + pl.duration(days=start),
                end_date=pl.col("diagnosis_date") + pl.duration(days=end),
                intensive=pl.lit(True),
            )
            for intent, regimen, start, end in lines
        ]
    )
    nothing: dict[str, pl.DataType] = {"patient_id": pl.String()}
    return {
        "patients": people,
        "treatments": treatments,
        "responses": people.select(
            "patient_id",
            response_date=pl.col("diagnosis_date") + pl.duration(days=35),
            reported_response=pl.lit("CR"),
        ),
        "transplants": pl.DataFrame(schema={**nothing, "transplant_date": pl.Date()}),
        "events": pl.DataFrame(schema={**nothing, "event_date": pl.Date(), "kind": pl.String()}),
        "mrd_samples": _samples(planted, ids, remission),
    }


def _samples(planted: Planted, ids: pl.Series, remission: np.ndarray) -> pl.DataFrame:
    """What the laboratory reports: copies where they can be quantified, a call where they cannot."""
    patients, samples = planted.days.shape
    quantified = planted.low == planted.high
    detected = np.where(planted.detected == YES, np.where(quantified, "yes", "below_quantification"), "no")
    with np.errstate(over="ignore"):
        copies = np.where(quantified, np.round(10**planted.low / 100 * CONTROL_COPIES, 1), np.nan)
    frame = pl.DataFrame(
        {
            "patient_id": np.repeat(ids.to_numpy(), samples),
            "visit": np.tile(np.arange(samples), patients),
            "sample_date": (remission[:, None] + planted.days).ravel(),
            "target_copies": copies.ravel(),
            "detected": detected.ravel(),
        }
    )
    return frame.select(
        pl.format("{}-{}", "patient_id", "visit").alias("sample_id"),
        "patient_id",
        pl.col("sample_date").cast(pl.Int32).cast(pl.Date),
        tissue=pl.lit("marrow"),
        marker=pl.lit("NPM1"),
        method=pl.lit("rt-qpcr"),
        control_gene=pl.lit("ABL1"),
        control_copies=pl.lit(float(CONTROL_COPIES)),
        target_copies=pl.col("target_copies").fill_nan(None),
        detected="detected",
    )
