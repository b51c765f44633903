"""What a card says of each marker and tissue: history, standing, label, kinetics, cut-offs and cautions."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from tenfold.assessment import SILENT, Assessment
from tenfold.figures.numbers import as_signed, sensitivity_in_words
from tenfold.logic.explain import explain
from tenfold.logic.fold import NO, YES
from tenfold.mrd.kinetics import Interval, Refused
from tenfold.mrd.kinetics_numbers import Threshold
from tenfold.mrd.label import LEVEL_BAND
from tenfold.mrd.label_editions import label_decision
from tenfold.mrd.levels import ABL1
from tenfold.mrd.samples import STREAM, counts
from tenfold.mrd.stream_kinetics import stream_kinetics
from tenfold.mrd.tiong import cohort
from tenfold.records import Registry
from tenfold.records.timeline import FAR
from tenfold.vocabulary import Scale

THRESHOLDS_IN_WORDS = {
    "low_level_limit": "would reach the limit of low level",
    "overt_relapse": "would reach the level of overt relapse",
    "overt_relapse_of_diagnosis": "would reach the level of overt relapse",
}
SCALES = {
    Scale.PERCENT_ABL1: "% of ABL1",
    Scale.PER_1E4_ABL1: "per 10⁴ ABL1",
    Scale.PER_1E5_ABL1: "per 10⁵ ABL1",
    Scale.PERCENT_OF_DIAGNOSIS: "% of the diagnostic level",
    Scale.PERCENT_VAF: "% VAF",
    Scale.PERCENT_CD45: "% of CD45+ cells",
}


def place(registry: Registry, row: Mapping[str, Any]) -> str:
    """A row's day in words; where it is not known, what it lies between."""
    low, high = row["earliest_day"], row["latest_day"]
    if low is None:
        return "undated"
    if low == high:
        return registry.format_day(low)
    parts = []
    if low > -FAR:
        parts.append(f"on or after {registry.format_day(low)}")
    if high < FAR:
        parts.append(f"up to {registry.format_day(high)}")
    return "day not published" + (f" ({', '.join(parts)})" if parts else "")


def streams_of(registry: Registry, assessment: Assessment, patient_id: str) -> list[dict[str, Any]]:
    """Return a patient's streams: each with its history, standing, label, reduction, kinetics, cut-offs and cautions."""
    rows = assessment.molecular.filter(pl.col("patient_id") == patient_id)
    label = label_decision(assessment.settings)
    tiong = cohort(assessment.settings["mrd.tiong_unconfirmed_from"])
    streams = []
    for (_, marker, tissue, method), stream in rows.group_by(STREAM, maintain_order=True):
        history = [
            _molecular_row(registry, row, label.key)
            for row in stream.filter(~pl.col("reason").is_in(SILENT).fill_null(False)).to_dicts()
        ]
        last = stream.to_dicts()[-1]
        samples = stream.filter(counts()).to_dicts()
        streams.append(
            {
                "marker": marker,
                "tissue": tissue,
                "method": method,
                "state": last["state"],
                "possible": last["state_possible"],
                "decided_by": last["state_decided_by"],
                "because": last["reason"],
                "citation": last["reason_citation"],
                "history": history,
                "last_sample_days": _age(assessment, samples),
                "label": explain(label, samples[-1]).as_data() if samples else None,
                "cohort": explain(tiong, samples[-1]).as_data() if samples else None,
                "reduction": _reduction(samples[-1]) if samples else None,
                "kinetics": _kinetics(registry, stream),
                "cutoffs": _cutoffs(assessment, patient_id, samples[-1]["sample_id"]) if samples else [],
                "cautions": _cautions(assessment, patient_id, {sample["sample_id"] for sample in samples}),
            }
        )
    return streams


def _age(assessment: Assessment, samples: Sequence[Mapping[str, Any]]) -> int | None:
    """How many days before the day of the assessment the last sample was taken, at least; None where that is not known."""
    if assessment.on is None or not samples or samples[-1]["latest_day"] >= FAR:
        return None
    return max(assessment.on - int(samples[-1]["latest_day"]), 0)


def _kinetics(registry: Registry, stream: pl.DataFrame) -> dict[str, Any] | None:
    """How the level of a stream moves now, in words and numbers; None where nothing is detected now."""
    found = stream_kinetics(stream)
    if found is None:
        return None
    moves = found.growth
    if isinstance(moves, Refused):
        return {
            "said": f"cannot be told: {moves.reason}",
            "doubling_days": None,
            "halving_days": None,
            "reaches": [],
            "assumes": [],
        }
    rising = moves.doubling if moves.doubling and moves.doubling.value else None
    falling = moves.halving if moves.halving and moves.halving.value else None
    said = "neither rise nor fall is certain"
    if rising or falling:
        what, time = ("doubles", rising) if rising else ("halves", falling)
        said = f"{what} every {_days(time)}" if time else said
    first, last = (registry.format_day(int(day)) for day in (moves.first_day, moves.last_day))
    reaches = [
        {
            "threshold": one.threshold.name,
            "said": f"{_threshold_in_words(one.threshold)} {_around(registry, one.day)}"
            + ("" if one.threshold.verified else " (a level not verified)"),
            "day": vars(one.day),
            "probability": one.probability,
        }
        for one in found.crossings
    ]
    return {
        "said": f"{said}, from {moves.samples} samples, {first} to {last}; 90 % intervals",
        "doubling_days": vars(moves.doubling) if moves.doubling else None,
        "halving_days": vars(moves.halving) if moves.halving else None,
        "reaches": reaches,
        "assumes": list(moves.assumes),
    }


def _threshold_in_words(threshold: Threshold) -> str:
    """A threshold with its level, as the kinetics' numbers have it."""
    scale = SCALES[Scale.PERCENT_ABL1 if threshold.family == ABL1 else Scale.PERCENT_OF_DIAGNOSIS]
    return f"{THRESHOLDS_IN_WORDS[threshold.name]} ({10**threshold.level:.3g} {scale})"


def _days(interval: Interval) -> str:
    low, high = interval.low, interval.high
    around = f" ({low:.0f} to {high:.0f})" if low is not None and high is not None else ""
    return f"{interval.value:.0f} days{around}"


def _around(registry: Registry, day: Interval) -> str:
    """When a level is reached, with its interval, on the registry's own axis."""
    if day.value is None:
        return "not within two years"
    first = registry.format_day(int(day.low)) if day.low is not None else "unknown"
    last = registry.format_day(int(day.high)) if day.high is not None else "later than two years"
    return f"about {registry.format_day(int(day.value))} ({first} to {last})"


def _reduction(sample: Mapping[str, Any]) -> str | None:
    """How far a sample lies below diagnosis, in words; None where it is not known."""
    low, high = sample["reduction_low"], sample["reduction_high"]
    if low is None or high is None or not math.isfinite(low):
        return None
    if not math.isfinite(high):
        limit = f" (more cannot be told by {sample['limited_by']})" if sample["limited_by"] else ""
        return f"at least {low:.1f} log10 below diagnosis{limit}"
    return f"{low:.1f} log10 below diagnosis" if high - low < 0.05 else f"{low:.1f} to {high:.1f} log10 below diagnosis"


def _cutoffs(assessment: Assessment, patient_id: str, sample_id: str) -> list[dict[str, Any]]:
    """The published cut-offs of a sample's marker and tissue, but for those of another time."""
    mine = (pl.col("patient_id") == patient_id) & (pl.col("sample_id") == sample_id)
    found = assessment.cutoffs.filter(mine & pl.col("in_time").fill_null(True))
    return found.drop("patient_id", "sample_id").to_dicts()


def _cautions(assessment: Assessment, patient_id: str, samples: set[str]) -> list[dict[str, Any]]:
    mine = (pl.col("patient_id") == patient_id) & pl.col("sample_id").is_in(list(samples))
    return (
        assessment.cautions.filter(mine)
        .group_by("caution", "citation", maintain_order=True)
        .agg(pl.col("sample_id"))
        .to_dicts()
    )


def _molecular_row(registry: Registry, row: Mapping[str, Any], label: str) -> dict[str, Any]:
    is_sample = row["row"] == "sample"
    return {
        "day": place(registry, row),
        "what": row["row"],
        "detail": row["detail"],
        "sample_id": row["sample_id"],
        "level": level_in_words(row) if is_sample else None,
        "state": row["state"],
        "possible": row["state_possible"],
        "decided_by": row["state_decided_by"],
        "because": row["reason"],
        "citation": row["reason_citation"],
        "compared_with": row["compared_with"],
        "relapse_number": row["relapse_number"],
        "relapse_dated_at": row["relapse_sample_id"],
        "time_point": row["time_point"] if is_sample else None,
        "band": row[LEVEL_BAND.key] if is_sample else None,
        "label": row[label] if is_sample else None,
        "concordant": row["concordant"],
    }


def level_in_words(row: Mapping[str, Any]) -> str:
    """A sample's result as a laboratory would write it, never without its scale."""
    if row["detected_code"] == NO:
        adequate = {YES: "", NO: ", sample not adequate"}.get(row["adequate_code"], ", adequacy not recorded")
        sensitivity = f", sensitivity {sensitivity_in_words(row['sensitivity'])}" if row["sensitivity"] else ""
        if row["value"] is not None and row["value"] > 0:
            level = f"{as_signed(row['value'])} {SCALES.get(row['scale'], '')}"
            if row["qualifier"] == "<":  # a limit: nothing may have been seen at all
                return f"< {level}: negative{sensitivity}{adequate}"
            return f"{level}: below what counts as positive{sensitivity}{adequate}"
        return f"not detected{sensitivity}{adequate}"
    if row["detected_code"] != YES:
        return "no call, sample not adequate" if row["no_call"] else "result not known"
    scale = SCALES.get(row["scale"] or Scale.PERCENT_ABL1, "")
    if row["low"] == -math.inf and row["value"] is None:
        known = row["high"] < math.inf
        return (
            f"detected, not quantifiable (at most {as_signed(10 ** row['high'])} % of ABL1)"
            if known
            else "detected, level not known"
        )
    if row["value"] is None:
        return f"{as_signed(row['level'])} % of ABL1 (from copies)"
    sign = {">": "> ", "<": "< "}.get(row["qualifier"] or "", "")
    converted = row["family"] == ABL1 and row["scale"] != Scale.PERCENT_ABL1 and row["level"] is not None
    said = f"{sign}{as_signed(row['value'])} {scale}"
    return said + (f" ({sign}{as_signed(row['level'])} % of ABL1)" if converted else "")
