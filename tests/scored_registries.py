"""A registry made for scores: relapsed patients about to start azacitidine and venetoclax, whose hazards are known.

Nobody in it is real. Survival is exponential with the published VEN-PRS hazards; censoring does not depend on anything.
Every patient has a first remission and a relapse, a karyotype and a gene panel; some start without one gene tested.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from tenfold.records import Registry

SHARES = {
    "extramedullary": 0.2,
    "prior_hma": 0.35,
    "NF1": 0.12,
    "PTPN11": 0.12,
    "FLT3": 0.25,
    "TP53": 0.2,
    "SF3B1": 0.12,
}
LOG_HAZARDS = {
    "extramedullary": 0.5,
    "prior_hma": 0.3,
    "NF1": 0.7,
    "PTPN11": 0.7,
    "FLT3": 0.5,
    "TP53": 0.4,
    "SF3B1": -0.7,
}
GENES = (*LOG_HAZARDS,)[2:]
AT_DIAGNOSIS = (
    *GENES,
    *("NPM1", "CEBPA", "NRAS", "KRAS", "IDH1", "IDH2", "RUNX1", "ASXL1", "DDX41"),
    *("BCOR", "EZH2", "SRSF2", "STAG2", "U2AF1", "ZRSR2"),
)
MEDIAN_MONTHS, DAYS_PER_MONTH = 9.0, 30.4375
DAY_ZERO = 18_000
"""A day of 2019, from which the calendar of these patients runs."""


def scored_registry(n: int = 120, *, seed: int = 1, untested: int = 6, title: str = "made for tests") -> Registry:
    """Return the registry, on the calendar. `untested`: patients of whom PTPN11 was not looked at."""
    generator = np.random.default_rng(seed)
    carried = {name: generator.random(n) < share for name, share in SHARES.items()}
    predictor = sum(LOG_HAZARDS[name] * held for name, held in carried.items())
    rate = np.log(2) / MEDIAN_MONTHS / DAYS_PER_MONTH * np.exp(predictor - float(np.mean(predictor)))
    died = np.ceil(generator.exponential(1 / rate)).astype(int)
    left = np.ceil(generator.uniform(60, 1500, n)).astype(int)
    start = DAY_ZERO + generator.integers(0, 900, n)
    ages = generator.uniform(45, 84, n)
    reached = generator.random(n) < 0.6
    rows: dict[str, list[dict[str, Any]]] = {
        name: []
        for name in (
            "patients",
            "treatments",
            "responses",
            "events",
            "variants",
            "genes_tested",
            "karyotypes",
            "transplants",
        )
    }
    for k in range(n):
        name, day = f"V{k:04d}", int(start[k])
        dead = bool(died[k] <= left[k])
        rows["patients"].append(
            {
                "patient_id": name,
                "sex": "female" if k % 2 else "male",
                "diagnosis_date": day - 400,
                "birth_date": day - round(365.25 * ages[k]),
                "death_date": day + int(died[k]) if dead else None,
                "last_contact_date": day + int(min(died[k], left[k])),
            }
        )
        first = "azacitidine" if carried["prior_hma"][k] else "cytarabine"
        rows["treatments"] += [
            line(name, day - 395, day - 300, "induction", first, carried["prior_hma"][k] ^ True),
            line(name, day, None, "salvage", "azacitidine+venetoclax", False),
        ]
        rows["responses"].append({"patient_id": name, "response_date": day - 340, "reported_response": "CR"})
        if reached[k] and died[k] > 80 and left[k] > 80:
            rows["responses"].append({"patient_id": name, "response_date": day + 56, "reported_response": "CRi"})
        rows["events"].append({"patient_id": name, "event_date": day - 20, "kind": "relapse"})
        present = bool(carried["extramedullary"][k])
        found = {"patient_id": name, "event_date": day - 12, "kind": "extramedullary disease", "present": present}
        rows["events"].append(found)
        # The laboratory reports ten days after the sample, when treatment has begun.
        sampled = {"patient_id": name, "sample_date": day - 8, "reported_date": day + 2}
        tested = [gene for gene in GENES if not (gene == "PTPN11" and k < untested)]
        rows["genes_tested"] += [{**sampled, "gene": gene, "method": "NGS"} for gene in tested]
        rows["variants"] += [
            {**sampled, "gene": gene, "kind": "missense", "vaf": 0.4}
            for gene in tested
            if gene in carried and carried[gene][k]
        ]
        at_first = {"patient_id": name, "sample_date": day - 398}
        rows["genes_tested"] += [{**at_first, "gene": gene, "method": "NGS"} for gene in AT_DIAGNOSIS]
        rows["variants"] += [
            {**at_first, "gene": gene, "kind": "missense", "vaf": 0.4} for gene in ("TP53", "SF3B1") if carried[gene][k]
        ]
        rows["karyotypes"].append({"patient_id": name, "sample_date": day - 398, "iscn": "46,XY[20]", "metaphases": 20})
    made = Registry.from_tables({name: frame(table) for name, table in rows.items()}, simulated=True, title=title)
    assert not made.check().height, made.check().head(3).to_dicts()
    return made


def line(name: str, start: int, end: int | None, intent: str, drugs: str, intensive: bool) -> dict[str, Any]:
    """One line of treatment."""
    row = {"patient_id": name, "start_date": start, "end_date": end, "intent": intent, "regimen": drugs}
    return {**row, "drugs": drugs, "intensive": bool(intensive)}


def frame(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Rows with their day numbers as dates; a table that holds nothing has the one column of its patients."""
    if not rows:
        return pl.DataFrame(schema={"patient_id": pl.String, "transplant_date": pl.Date})
    made = pl.DataFrame(rows, infer_schema_length=None)
    return made.with_columns(pl.col("^.*_date$").cast(pl.Int32).cast(pl.Date))
