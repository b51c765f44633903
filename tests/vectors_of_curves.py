"""The worked cases of survival curves and of printed shares."""

from __future__ import annotations

import re

import polars as pl

import tenfold
from tenfold.catalogue import find
from tenfold.cohort.quantiles import quantiles
from tenfold.cohort.survival import follow_up, kaplan_meier
from tenfold.endpoints import RELAPSE_FREE_SURVIVAL, times
from tenfold.reproduce import reproduce
from vector_answers import Fields, area


@area("km.rfs")
def _relapse_free_survival(given: Fields) -> Fields:
    registry = tenfold.published()
    assessment = tenfold.assess(registry)
    rows = times(registry, assessment.history, assessment.molecular, RELAPSE_FREE_SURVIVAL)
    rows = rows.filter(pl.col("patient_id").str.starts_with("tiong-"))
    negative = assessment.responses.filter(pl.col(find("Jimenez-Chillon-response")[0].key) == "MRD negativity")
    chosen = {
        "cohort 2": rows.filter(pl.col("patient_id") >= "tiong-06"),
        "11 responders": rows.filter(pl.col("patient_id").is_in(negative["patient_id"].to_list())),
        "all 12": rows,
    }[given["rows"]]
    months, event = chosen["time_months"].to_list(), chosen["event"].to_list()
    curve = kaplan_meier(months, event)
    steps = curve.steps.filter(pl.col("events") > 0)
    return {
        "S_after_5.6mo": curve.at(5.6).survival,
        "S_after_4.9mo": curve.at(4.9).survival,
        "S_plateau": curve.steps["survival"][-1],
        "median_rfs": curve.median().value,
        "reverse_km_median_fu": follow_up(months, event).median().value,
        "naive_median_time": quantiles(months, [0.5])[0],
        "steps": [list(row) for row in steps.select("time", "at_risk", "events", "survival").iter_rows()],
    }


@area("filo.percent")
def _filo_percent(given: Fields) -> Fields:
    [printed] = [
        finding
        for finding in reproduce()
        if finding.paper == "filo-2025"
        and finding.recomputed
        and f"{given['num']}/{given['den']} " in finding.recomputed
        and finding.discrepancy
    ]
    share = re.search(r"\((\d+)", printed.published)
    return {
        "pct_1dp": round(100 * given["num"] / given["den"], 1),
        "seed_printed": int(share.group(1)) if share else None,
    }
