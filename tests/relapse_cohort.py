"""A hand-made cohort treated with venetoclax for molecular relapse; days count from the first dose. Not real patients."""

from __future__ import annotations

from typing import Any

from registries import Row, line, registry, remission, sample
from tenfold.records import Registry


def cycle(number: int, start: int, days: int = 14, **more: Any) -> Row:
    return {"line": 2, "cycle": number, "start_day": start, "end_day": start + 27, "venetoclax_days": days, **more}


PATIENTS: dict[str, dict[str, Any]] = {
    # Reduction after cycle 1, negative after cycle 2; transplanted, alive.
    "a": {
        "levels": [(-4, 1.0), (27, 0.05), (55, "neg")],
        "cycles": [cycle(1, 0, venetoclax_mg=400.0), cycle(2, 28, venetoclax_mg=400.0)],
        "transplant": 80,
        "contact": 800,
        "sex": "female",
    },
    # Cycle 1 only: a tenfold fall counts, though a later sample is after the next line; died.
    "b": {
        "levels": [(-10, 2.0), (30, 0.2), (75, "neg")],
        "cycles": [cycle(1, 0, setting="outpatient")],
        "next": (60, "salvage", "gilteritinib"),
        "death": 400,
        "sex": "male",
    },
    # Stable; days changed from 14 to 7; died without further treatment.
    "c": {
        "levels": [(-3, 0.5), (28, 0.6), (57, 0.4)],
        "cycles": [cycle(1, 0), cycle(2, 29, days=7)],
        "death": 150,
        "sex": "male",
    },
    # Progression after cycle 2; a sample after cycle 3 was negative, too late for the table.
    "d": {
        "levels": [(-5, 0.1), (58, 3.0), (90, "neg")],
        "cycles": [cycle(1, 0, days=28), cycle(2, 30, days=28), cycle(3, 60, days=28)],
        "contact": 500,
        "sex": "female",
    },
    # Blood only, and no marrow before treatment.
    "e": {
        "levels": [(40, 0.3)],
        "blood": [(-2, 0.4), (40, 0.01)],
        "cycles": [cycle(1, 0), cycle(2, 30)],
        "contact": 300,
        "sex": "female",
    },
    # No sample under treatment; donor lymphocytes next.
    "f": {
        "levels": [(-2, 0.4)],
        "cycles": [cycle(1, 0)],
        "next": (100, "DLI", "donor lymphocytes"),
        "contact": 200,
        "sex": "male",
    },
}
GENES: dict[str, dict[str, float | None]] = {
    "a": {"NPM1": 0.4, "FLT3": 0.2},
    "b": {"NPM1": 0.3},
    "c": {"NPM1": None, "NRAS": 0.05},
    "d": {"NPM1": 0.45},
}


def relapse_cohort(**changed: Any) -> Registry:
    """Six patients; `changed` replaces tables."""
    tables: dict[str, list[Row]] = {
        name: [] for name in ("patients", "treatments", "transplants", "cycles", "mrd_samples", "responses", "variants")
    }
    tables["genes_tested"] = []
    for name, facts in PATIENTS.items():
        who = {"patient_id": name}
        end = {"death_day": facts["death"]} if "death" in facts else {"last_contact_day": facts["contact"]}
        tables["patients"].append({**who, "diagnosis_day": -400, "age_years": 60, "sex": facts["sex"], **end})
        tables["responses"].append({**who, **remission(-350)})
        tables["treatments"].append(
            {**who, **line(-399, "induction", "cytarabine+daunorubicin", line=1, intensive=True)}
        )
        tables["treatments"].append({**who, **line(0, line=2, end_day=28 * len(facts["cycles"]))})
        if "next" in facts:
            day, intent, regimen = facts["next"]
            given = {"drugs": None} if intent == "DLI" else {}
            tables["treatments"].append({**who, **line(day, intent, regimen, line=3), **given})
        if "transplant" in facts:
            tables["transplants"].append({**who, "transplant_day": facts["transplant"], "donor": "matched unrelated"})
        tables["cycles"] += [{**who, **row} for row in facts["cycles"]]
        for tissue, key in (("marrow", "levels"), ("blood", "blood")):
            for day, level in facts.get(key, []):
                tables["mrd_samples"].append(sample(day, level, tissue=tissue, name=f"{name}{tissue}{day}", **who))
        for gene in ("NPM1", "FLT3", "NRAS", "KRAS"):
            if name in GENES:
                tables["genes_tested"].append({**who, "sample_day": -400, "gene": gene})
        for gene, vaf in GENES.get(name, {}).items():
            kind = {"kind": "ITD"} if gene == "FLT3" else {}
            tables["variants"].append({**who, "sample_day": -400, "gene": gene, "vaf": vaf, **kind})
    return registry(**{**tables, **changed})
