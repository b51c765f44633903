"""A report names what a reviewer marks down: univariable screening, complete cases, cut-offs searched; and which TRIPOD it follows."""

from __future__ import annotations

import polars as pl
from developing import simulated

from tenfold.cohort.development.cut_offs import read_cut_offs
from tenfold.cohort.development.develop import Plan, develop
from tenfold.reports.development import development_page
from tenfold.reports.tripod import tripod_rows

PLAN = {"candidates": ("EMD", "HMA", "NF1"), "forced": ("EMD", "HMA"), "seed": 1, "bootstrap": 0, "splits": 0}


def limits(frame: pl.DataFrame, **more: object) -> str:
    rows = tripod_rows(develop(frame, Plan(**{**PLAN, **more})))
    return next(here for item, _, here in rows if item == "18")


def test_screening_complete_cases_and_searched_cut_offs_are_named_where_they_were_done() -> None:
    whole = simulated()
    some = whole.with_columns(NF1=pl.when(pl.int_range(pl.len()) >= 20).then("NF1"))
    assert "univariable screening" in limits(whole)
    assert "cut-offs searched in these patients" in limits(whole)
    assert "complete cases" not in limits(whole)
    told = limits(some, cut_offs=read_cut_offs("<0.25,<=0.75"))
    assert "analysis of complete cases" in told
    assert "searched" not in told


def test_the_page_says_which_tripod_it_follows() -> None:
    assert "TRIPOD 2015" in development_page(develop(simulated(), Plan(**PLAN)))
