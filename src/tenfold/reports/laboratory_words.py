"""A laboratory's results in words that can be signed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from tenfold.assay.profile import Profile
from tenfold.assay.rows import reason_held_back, too_little_control
from tenfold.assay.verdicts import RESULT, SAMPLE
from tenfold.logic.explain import explain
from tenfold.mrd.markers import MARKERS, normal_limits
from tenfold.vocabulary import AssayResult, ControlGene, Verdict, WellRole

Row = Mapping[str, Any]
SEEN = (AssayResult.QUANTIFIED, AssayResult.BELOW_QUANTIFICATION, AssayResult.UNQUANTIFIED)
"""Results in which the target was detected."""


def significant(value: float | None, digits: int = 3) -> str:
    """A number with so many significant digits, and thousands apart; never in powers of ten."""
    if value is None:
        return ""
    if value == 0:
        return "0"
    if abs(value) < 0.001:
        return format(Decimal(f"{value:.{digits - 1}e}"), "f")
    rounded = float(f"{value:.{digits}g}")
    return f"{rounded:,.0f}" if abs(rounded) >= 1000 else f"{rounded:g}"


def towards_zero(log10: float) -> float:
    """A change with two decimals, rounded towards the smaller change: 3.996 is not yet a reduction of 4."""
    return math.trunc(log10 * 100) / 100


def title(row: Row) -> str:
    """Which sample and marker: "P-1 · NPM1 (mutA), marrow, 2026-05-03"."""
    marker = row["marker"] or f"{row['target']} (target not known)"
    kind = f" ({row['kind']})" if row["kind"] else ""
    where = [f"{marker}{kind}", row["tissue"], row["sample_date"]]
    who = row["patient_id"] if row["patient_id"] not in (None, row["sample"]) else None
    return " · ".join([part for part in (row["sample"], who) if part] + [", ".join(str(p) for p in where if p)])


def sentence(row: Row, profile: Profile) -> str:
    """The result as a laboratory would sign it; what may not be signed says so first."""
    said = _sentence(row, profile)
    withheld = reason_held_back(row) is not None and row["role"] == WellRole.PATIENT
    return f"NOT TO BE REPORTED. {said}" if withheld else said


def _sentence(row: Row, profile: Profile) -> str:
    gene = row["control_gene"] or "control gene"
    control = "" if row["control_copies"] is None else f"{row['control_copies']:,.0f} copies of {gene}"
    result = row[RESULT.key]
    if result is None:
        return f"No result, neither positive nor negative: {'; '.join(_missing(row, gene))}."
    if result == AssayResult.QUANTIFIED:
        return f"{_quantity(row, gene, profile)}{_reduction(row)} {_replicates(row)}{control}."
    if result == AssayResult.BELOW_QUANTIFICATION:
        bound = f", below {significant(row['percent_below'])} % of {gene}" if row["percent_below"] else ""
        return f"Detected, below the limit of quantification{bound}.{_at_least(row)} {_replicates(row)}{control}."
    if result == AssayResult.NOT_DETECTED:
        single = row["positive"] if not row["partitions"] else 0
        flag = f" ({row['positive']} of {row['run']} replicates amplified)" if single else ""
        reached = _sensitivity(row, gene)
        return f"Not detected{flag}. {reached}{_replicates(row) if not single else ''}{control}."
    if result == AssayResult.UNQUANTIFIED:
        return f"Detected, but no quantity can be given: {'; '.join(explain(RESULT, row).rules)}. Repeat."
    if too_little_control(row):
        least = profile.least_control_copies(ControlGene(gene))
        need = f"{least:,.0f} are needed" if least else "how many are needed is not known"
        return f"Not evaluable: {control}, {need}. This is not a negative result."
    return f"Not evaluable: {'; '.join(explain(RESULT, row).rules)}. This is not a negative result."


def _quantity(row: Row, gene: str, profile: Profile) -> str:
    percent = f"{significant(row['percent'])} % of {gene}"
    interval = ""
    if row["percent_low"] is not None and row["percent_high"] is not None:
        share = f"{100 * profile.settings['assay.confidence']:g} %"
        interval = f" ({share} interval {significant(row['percent_low'])} to {significant(row['percent_high'])} %)"
    other = f"{significant(100 * row['percent'])} per 10^4 and {significant(1000 * row['percent'])} per 10^5"
    return f"{percent}{interval}, that is {other} {gene}."


def _reduction(row: Row) -> str:
    if row["log10_reduction"] is None:
        return f" {_no_baseline(row)}: reduction not known."
    change = row["log10_reduction"]
    shown = f"{towards_zero(abs(change)):.2f} log10 {'below' if change >= 0 else 'above'}"
    low, high = row["reduction_low"], row["reduction_high"]
    interval = "" if low is None or high is None else f" ({low:.2f} to {high:.2f})"
    return f" {shown}{interval} {_baseline(row)}: {significant(row['percent_of_diagnosis'])} % of the level then."


def _baseline(row: Row) -> str:
    """Which sample stands for the diagnosis."""
    level = significant(100 * row["baseline_target"] / row["baseline_control"])
    return f"the diagnostic sample of {row['baseline_date']} ({level} % of {row['control_gene']})"


def _no_baseline(row: Row) -> str:
    if row["baseline_refused"]:
        return str(row["baseline_refused"])[0].upper() + str(row["baseline_refused"])[1:]
    return (
        f"No diagnostic {row['tissue'] or 'sample'} of {row['patient_id'] or 'this patient'} for {row['marker'] or row['target']},"
        f" measured against {row['control_gene']}, is among those given"
    )


def _at_least(row: Row) -> str:
    """The reduction that the upper bound of a level below quantification allows."""
    depth = row["reduction_at_least"]
    return (
        f" At least {towards_zero(depth):.2f} log10 below {_baseline(row)}." if depth is not None and depth > 0 else ""
    )


def _sensitivity(row: Row, gene: str) -> str:
    one_copy = f"Theoretical sensitivity, one copy: {significant(row['percent_below'])} % of {gene}"
    if row["sensitivity"] is not None and row["sensitivity"] <= 1:
        return f"{one_copy}, {towards_zero(row['reduction_at_least']):.2f} log10 below {_baseline(row)}. "
    return f"{one_copy}. {_no_baseline(row)}. "


def _missing(row: Row, gene: str) -> list[str]:
    """What a result lacks, in words."""
    lacking = row[f"{RESULT.key}_decided_by"] or ()
    said = []
    if "target_positive" in lacking:
        of = f"{row['unread']} of {row['run'] + row['unread']} wells of {row['target']} were not read"
        few = f"the {row['run']} wells of {row['target']} are too few to call it"
        said.append(of if row["unread"] else few)
    if "control_readable" in lacking or "control_enough" in lacking:
        measured = row["control_copies"] is not None
        said.append(f"whether {gene} can be read is not known" if measured else f"no copies of {gene} can be read")
    return said or [explain(RESULT, row).headline]


def _replicates(row: Row) -> str:
    if row["partitions"]:
        return f"{row['positive']:,} of {row['partitions']:,} partitions positive; "
    return f"{row['positive']} of {row['run']} replicates positive; "


def verdict_words(row: Row) -> tuple[str, str]:
    """The sample's verdict and the rules that decided, in words."""
    explained = explain(SAMPLE, row)
    if explained.answer is None:
        return "open", "whether the run is accepted is not known"
    if explained.answer != Verdict.REPEAT and (held := reason_held_back(row)) is not None:
        return "not to be reported", held
    return explained.answer, "; ".join(explained.rules)


def _background(row: Row, profile: Profile) -> str | None:
    """How a level stands to what normal tissue expresses of the marker; None where it expresses none, or none was seen."""
    rule = MARKERS.get(row["marker"] or "")
    if rule is None or not rule.background or row[RESULT.key] not in SEEN:
        return None
    limit = normal_limits(profile.settings).get(row["tissue"]) if row["control_gene"] == ControlGene.ABL1 else None
    if limit is None:
        return f"normal tissue expresses {row['marker']} too, and how much in this specimen is not known"
    upper = f"what normal {row['tissue']} expresses (up to {limit:g} % of ABL1)"
    if row["percent"] is not None:
        return f"{row['marker']} is {'above' if row['percent'] > limit else 'within'} {upper}"
    if row["percent_below"] is not None and row["percent_below"] <= limit:
        return f"{row['marker']} is within {upper}"
    return f"whether {row['marker']} is above {upper} is not known"


def remarks(row: Row, profile: Profile) -> list[str]:
    """Everything to be said of a sample beside its verdict."""
    explained = explain(SAMPLE, row)
    said = [f"{reading.wording}" for reading in explained.because[2:] if reading.level == "yes"]
    background = _background(row, profile)
    if background is not None:
        said.append(background)
    if row["dropped"]:
        said.append(f"well {row['dropped']} of {row['target']} left out: it disagrees with the others")
    if row["control_dropped"]:
        said.append(f"well {row['control_dropped']} of {row['control_target']} left out: it disagrees with the others")
    if (row["control_assays"] or 0) > 1:
        said.append(f"{row['control_assays']} assays of {row['control_gene']} in this sample: none is read")
    return said


def alignments(row: Row, profile: Profile) -> list[str]:
    """The level on the scales that the profile aligns this laboratory's assay to, each with its source."""
    if row["percent"] is None or profile.laboratory is None:
        return []
    return [
        f"On the scale of {one.aligned_to}: {significant(row['percent'] * one.factor)} % of {row['control_gene']}"
        f" (factor {one.factor:g}, {one.source})"
        for one in profile.settings.alignments
        if one.laboratory == profile.laboratory
        and one.assay in (None, row["assay"])
        and one.marker in (None, row["marker"])
    ]
