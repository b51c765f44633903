"""The verdict on a run in words: what failed, by well, curve and control, or what leaves it open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from tenfold.assay.judgement import ACCEPTED, ControlReading, control_materials
from tenfold.assay.measure import MeasuredRun
from tenfold.assay.verdicts import CURVE, RUN
from tenfold.exchange.instruments.plausible import listed
from tenfold.logic.explain import explain
from tenfold.vocabulary import Verdict, WellRole

MOST = 4
"""So many wells, curves or controls are named in one sentence."""
NO_CONTROL_NAMED = "no control material is named in the profile: none was judged"


def run_headline(measured: MeasuredRun) -> str:
    """The run's verdict in words, with what is known to fail, or what leaves it open."""
    row = measured.verdict.row(0, named=True)
    failures = (
        (row["no_template_clean"], _signals, _blanks),
        (row["curves_accepted"], _curves, lambda _: "whether the standard curves are accepted is not known"),
        (row["controls_in_range"], lambda one: _controls(one, False), lambda one: _controls(one, None)),
    )
    failed = [said(measured) for fact, said, _ in failures if fact is False]
    if failed:
        return f"{Verdict.REPEAT.value}: {'; '.join(failed)}"
    if row[RUN.key] is None:
        return f"open: {'; '.join(said(measured) for fact, _, said in failures if fact is None)}"
    rules = explain(RUN, row).rules
    return f"{row[RUN.key]}: {'; '.join([*rules, *([] if measured.profile.control_materials else [NO_CONTROL_NAMED])])}"


def _signals(measured: MeasuredRun) -> str:
    wells = measured.wells.filter(pl.col("signal_without_template").fill_null(False)).to_dicts()
    return f"signal in a well without template, which fails the run for every target: {listed([*map(_blank, wells)], MOST)}"


def _blank(row: Mapping[str, Any]) -> str:
    where = " ".join(part for part in (row["well"], row["sample"]) if part)
    gave = f"Ct {row['ct']:.2f}" if row.get("ct") is not None else f"{row.get('positive')} partitions positive"
    return ", ".join(part for part in (where, row["target"], gave) if part)


def _blanks(measured: MeasuredRun) -> str:
    lacking = measured.verdict["without_blank"][0].to_list()
    return f"no blank was read for {', '.join(lacking)}" if lacking else "whether the blanks are clean is not known"


def _curves(measured: MeasuredRun) -> str:
    patients = measured.results.filter(pl.col("role") == WellRole.PATIENT)
    used = {*patients["target"], *patients["control_target"].drop_nulls()}
    failed = measured.curves.filter(~pl.col(CURVE.key).is_in(ACCEPTED).fill_null(False) & pl.col("target").is_in(used))
    named = [f"{row['target']}, {'; '.join(explain(CURVE, row).rules)}" for row in failed.to_dicts()]
    return "a standard curve is not accepted" + (f": {listed(named, MOST)}" if named else "")


def _controls(measured: MeasuredRun, in_range: bool | None) -> str:
    """The control materials that are out of range (False), or of which that is not known (None)."""
    found = [one for one in control_materials(measured.results, measured.profile) if one.in_range is in_range]
    return "; ".join(control_words(one) for one in found)


def control_words(one: ControlReading) -> str:
    """A control material's level and range: "POS low, NPM1: 9.1 %, range 3 to 8 %"."""
    limits = f"range {one.material.low:g} to {one.material.high:g} %"
    gave = ", ".join(f"{level:.3g} %" for level in one.levels) or no_level(one)
    return f"control material {one.material.name}, {one.material.marker}: {gave}, {limits}"


def no_level(one: ControlReading) -> str:
    """Why a control material has no level."""
    return f"no level ({', '.join(one.called)})" if one.called else "no level was measured"
