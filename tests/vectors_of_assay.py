"""The worked cases of an assay: from threshold cycles to copies, calls, sensitivity and scales."""

from __future__ import annotations

import math
from typing import Any

import polars as pl

from tenfold.assay.baseline import FOUND, KEYS
from tenfold.assay.judgement import curve_verdicts
from tenfold.assay.measure import measure
from tenfold.assay.profile import DEFAULT, Profile, StoredCurve
from tenfold.assay.standard_curve import StandardCurve, stored
from tenfold.exchange.run import WELLS, Run
from tenfold.mrd.levels import PERCENT_OF_ABL1
from tenfold.settings import DEFAULTS
from tenfold.vocabulary import Scale
from vector_answers import Fields, area
from vectors_of_mrd import assessed, written_sample

LINES = (StoredCurve("NPM1", -3.32, 39.0, "the vector"), StoredCurve("ABL1", -3.32, 39.0, "the vector"))


def _measured(
    target: list[float | None], control: float, *, cutoff_itself: str = "negative", baseline: Any = None
) -> Any:
    """A run of one sample read on stored curves: threshold cycles of the target, copies of ABL1."""
    cycle = stored(LINES[1]).expected_ct(control)
    cells = [("NPM1", ct) for ct in target] + [("ABL1", cycle), ("ABL1", cycle)]
    rows = [
        (f"A{n}", "p", name, "patient", None, ct, "undetermined" if ct is None else "measured", False, None)
        for n, (name, ct) in enumerate(cells, 1)
    ]
    settings = DEFAULTS.changed(assay__ct_cutoff_itself=cutoff_itself, assay__no_template_control="not required")
    run = Run("vector", "vector", wells=pl.DataFrame(rows, WELLS, orient="row"))
    samples = pl.DataFrame({"sample": ["p"], "patient_id": ["p"], "tissue": ["marrow"], "sample_date": ["2026-05-01"]})
    measured = measure(run, Profile("vector", None, "vector", settings, stored_curves=LINES), samples, baseline)
    [row] = measured.results.to_dicts()
    return row


@area("eac.curve")
def _eac_curve(given: Fields) -> Fields:
    line = StandardCurve("t", given["slope"], 39.0, given.get("r2"), 5, 10, (), 10, 1e6, None, math.inf, None)
    [row] = curve_verdicts({"t": line}, DEFAULT).to_dicts()
    return {"efficiency_pct": 100 * row["efficiency"], "accept_3.0_3.9": row["slope_accepted"]}


@area("eac.copies")
def _eac_copies(given: Fields) -> Fields:
    line = stored(StoredCurve("t", given["slope"], given["intercept"], "the vector"))
    return {"copies": 10 ** line.log10_copies(given["ct"])}


@area("eac.call")
def _eac_call(given: Fields) -> Fields:
    calls = {}
    for name, itself in (("lt", "negative"), ("le", "positive")):
        row = _measured(given["replicate_ct"], 50_000, cutoff_itself=itself)
        positive = row["target_positive"]
        calls[name] = (
            "POSITIVE" if positive else "NEGATIVE_UNCONFIRMED" if row["one_replicate_positive"] else "NEGATIVE"
        )
        calls[f"n_{name}"] = row["positive"]
    on_the_line = any(ct == 40 for ct in given["replicate_ct"])
    # Where every cycle lies on or before the cut-off itself, the vector names the rule and not the single replicate.
    strict = calls["lt"].removesuffix("_UNCONFIRMED") if on_the_line else calls["lt"]
    note = "1/3 = below positivity rule; report as negative with flag, repeat" if calls["n_lt"] == 1 else None
    return {
        "call": calls["lt"],
        "n_pos": calls["n_lt"],
        "note": note,
        "call_rule_lt40": strict,
        "call_rule_le40": calls["le"],
    }


@area("eac.sensv")
def _eac_sensitivity(given: Fields) -> Fields:
    copies = (float(given["dx"]["t"]), float(given["dx"]["abl"]))
    at_diagnosis = ("p", "NPM1", "ABL1", "marrow", "rt-qpcr", "dx", "2026-01-01", None, *copies)
    types = {**dict.fromkeys(KEYS, pl.String), **FOUND}
    row = _measured([None] * 3, given["fu_abl"], baseline=pl.DataFrame([at_diagnosis], types, orient="row"))
    return {
        "sensv": row["sensitivity"],
        "adequate_for_negative_1e4": row["sensitivity"] <= DEFAULTS["mrd.sensitivity_for_negative"],
        "abl_adequate_ge_1e4": row["control_enough"],
    }


@area("eac.units")
def _eac_units(given: Fields) -> Fields:
    [(name, value)] = given.items()
    scale = Scale[f"{name.upper()}1"]
    sample = {**written_sample("POS", 0, 0), "value": float(value), "scale": scale.value}
    [row] = assessed([sample]).molecular.filter(pl.col("row") == "sample").to_dicts()
    percent = row["level"]
    return {
        "pct_abl": percent,
        "per_1e4_abl": percent * PERCENT_OF_ABL1[Scale.PER_1E4_ABL1],
        "per_1e5_abl": percent * PERCENT_OF_ABL1[Scale.PER_1E5_ABL1],
        "exceeds_kroenke": percent >= 200 / PERCENT_OF_ABL1[Scale.PER_1E4_ABL1],
    }
