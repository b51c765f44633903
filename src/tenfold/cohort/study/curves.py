"""The curves of a study: each endpoint for everybody and by each grouping, with its test and who is left out.

Competing events give cumulative incidence (Aalen-Johansen, Gray); delayed entry gives left-truncated curves. Groups are those
known at each patient's time zero; a split by a later fact is refused or carries its warning (`later_facts`).

Traps: a patient with a doubtful MRD sample has no time, and is no random patient: such an endpoint is bounded twice, with
every doubt settled as no event and as the event; early on few may have entered, and the curve rests on them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from tenfold.assessment import Assessment
from tenfold.cohort.analysis import AnalysisSet, analysis_set, times_of
from tenfold.cohort.delayed_entry import kaplan_meier_from
from tenfold.cohort.groups import log_rank
from tenfold.cohort.incidence import CENSORED, Incidence, gray_test, incidence
from tenfold.cohort.study.file import AskedEndpoint, AskedGroups, Study
from tenfold.cohort.study.grouping import EVERYBODY, Grouped, grouped, in_order
from tenfold.cohort.survival import Curve, follow_up, kaplan_meier
from tenfold.cohort.unsettled import sets_left_open
from tenfold.endpoints.doubtful import Doubtful
from tenfold.endpoints.ends import OF_MRD
from tenfold.endpoints.mrd_sampling import sampling_density
from tenfold.endpoints.time_zero import ImmortalTime

EVENT = "event"
EVERY = "age_years"
"""A column that every registry has, to read a set of which no score is wanted."""
NO_TEST = "With delayed entry and competing events there is no test between groups here."
ENTRY_FOLLOW_UP = (
    "Follow-up and observed times count from time zero, the time before each patient's entry included; at risk a patient is "
    "only from the entry on."
)
FEW_AT_RISK = 10
SETTLED: dict[Doubtful, str] = {"no event": "doubtful as no event", "event": "doubtful as the event"}
"""How the doubts of an endpoint's bounds are settled, as a row of its table says it."""


@dataclass(frozen=True)
class StudyCurves:
    """One endpoint by one grouping: the patients with their group, the curves, and the test between groups.

    `patients`: patient_id, time_months, entry_months, event, status, group. `curves` are survival curves, or of an endpoint
    with competing events null and `incidences` the cumulative incidence of each group. `p` is the log-rank test's, or
    Gray's; null for one group. `left_out`: why, patients. `warning` must stand in the figure and beside the p. `bounds`: the
    same with each patient who has a doubtful MRD sample, of whom there are `doubtful`, counted as `counted` says.
    """

    endpoint: AskedEndpoint
    by: str
    patients: pl.DataFrame
    curves: dict[str, Curve]
    incidences: dict[str, Incidence]
    followed: dict[str, Curve]
    p: float | None
    left_out: pl.DataFrame
    warning: str | None
    notes: tuple[str, ...]
    counted: str = ""
    doubtful: int = 0
    bounds: tuple[StudyCurves, ...] = ()

    @property
    def competing(self) -> bool:
        """Whether other events compete, so that the curves are of incidence."""
        return bool(self.incidences)

    @property
    def test(self) -> str:
        """The test between groups by name."""
        return "Gray's test" if self.competing else "log-rank test"


def study_curves(assessment: Assessment, study: Study) -> list[StudyCurves]:
    """Return the curves of every endpoint, for everybody and by each grouping that asks for it.

    ImmortalTime for a grouping by a later fact that is not asked for as published. What else cannot be drawn is left out
    (`curves_and_faults` says why).
    """
    return curves_and_faults(assessment, study)[0]


def curves_and_faults(assessment: Assessment, study: Study) -> tuple[list[StudyCurves], list[str]]:
    """Return the curves of a study, and in words what could not be drawn: one grouping that means nothing sinks no other."""
    made: list[StudyCurves] = []
    faults: list[str] = []
    for endpoint in study.endpoints:
        try:
            # Time zero is read once for each clock: the groupings of an endpoint share it.
            whole = _whole(assessment, study, endpoint, "left out")
        except (ValueError, LookupError) as error:
            faults.append(f"curves of {endpoint.name}: {error.args[0]}")
            continue
        settled = _settled(assessment, study, endpoint, whole)
        for groups in (None, *(one for one in study.groups if endpoint.name in one.endpoints)):
            try:
                made.append(_bounded(assessment, endpoint, groups, whole, settled))
            except ImmortalTime:
                raise
            except (ValueError, LookupError) as error:
                faults.append(f"curves of {endpoint.name}{f' by {groups.by}' if groups else ''}: {error.args[0]}")
    return made, faults


def _whole(assessment: Assessment, study: Study, endpoint: AskedEndpoint, doubtful: Doubtful) -> AnalysisSet:
    return analysis_set(
        assessment, [EVERY], endpoint.rule, endpoint.clock, subgroup=study.population, doubtful=doubtful
    )


def _settled(
    assessment: Assessment, study: Study, endpoint: AskedEndpoint, whole: AnalysisSet
) -> dict[Doubtful, AnalysisSet]:
    """The sets with the doubtful patients in, where an MRD sample leaves anybody out."""
    if not set(endpoint.rule.ends) & set(OF_MRD):
        return {}
    rows = times_of(assessment, endpoint.rule, endpoint.clock, doubtful="no event")
    if rows["left_out_because"].null_count() == _timed(whole):
        return {}
    return {doubtful: _whole(assessment, study, endpoint, doubtful) for doubtful in SETTLED}


def _timed(found: AnalysisSet) -> int:
    """How many patients have a time, in the population or not."""
    return found.given - int(found.left_out.filter(pl.col("step") == "no time")["patients"].sum())


def _bounded(
    assessment: Assessment,
    endpoint: AskedEndpoint,
    groups: AskedGroups | None,
    whole: AnalysisSet,
    settled: dict[Doubtful, AnalysisSet],
) -> StudyCurves:
    found = _curves(assessment, endpoint, groups, whole)
    bounds = tuple(
        replace(_curves(assessment, endpoint, groups, one, doubtful), counted=SETTLED[doubtful])
        for doubtful, one in settled.items()
    )
    if not bounds:
        return found
    doubtful = bounds[0].patients.join(found.patients, on="patient_id", how="anti").height
    return replace(found, doubtful=doubtful, bounds=bounds) if doubtful else found


def _curves(
    assessment: Assessment,
    endpoint: AskedEndpoint,
    groups: AskedGroups | None,
    whole: AnalysisSet,
    doubtful: Doubtful = "left out",
) -> StudyCurves:
    split = grouped(assessment, endpoint, groups, whole, doubtful)
    by = EVERYBODY if groups is None else groups.by
    kept = split.patients.filter(pl.col("group").is_not_null()).select(
        "patient_id", "time_months", "entry_months", "event", "status", "group"
    )
    lost = split.set.left_out.filter(pl.col("step") != "no score").select("why", "patients")
    lost = pl.concat([lost, pl.DataFrame(_in_no_group(by, split), lost.schema, orient="row")])
    order = in_order(kept["group"].unique().to_list(), split.order)
    place = pl.col("group").replace_strict({name: k for k, name in enumerate(order)}, return_dtype=pl.Int64)
    drawn = _drawn(endpoint, by, kept.sort(place, "patient_id"), lost, split.warning)
    late = bool((kept["entry_months"] > 0).any())
    notes = [
        *split.set.notes,
        *split.set.never_at_risk,
        *split.set.unsettled,
        *_sampling(assessment, endpoint, drawn.patients),
    ]
    notes += [ENTRY_FOLLOW_UP, *_few_at_first(drawn)] if late else []
    notes += [NO_TEST] if drawn.competing and groups is not None and late else []
    return replace(drawn, notes=tuple(notes))


def _in_no_group(by: str, split: Grouped) -> list[tuple[str, int]]:
    """Why patients stand in no group, and how many: not known, or one of several groups, each set apart."""
    without = split.patients.filter(pl.col("group").is_null())
    score = split.set.scores[0]
    sets = {} if score.question is None else sets_left_open(score.question, without[score.column("possible")])
    rest = without.height - sum(sets.values())
    said = [(f"{by} is not known", rest)] if rest else []
    return said + [(f"{by} is one of several: {groups}", patients) for groups, patients in sets.items()]


def _sampling(assessment: Assessment, endpoint: AskedEndpoint, patients: pl.DataFrame) -> list[str]:
    """How densely MRD was sampled in each group, of an endpoint that MRD can end: who is not sampled cannot be seen to."""
    if not set(endpoint.rule.ends) & set(OF_MRD):
        return []
    rows = times_of(assessment, endpoint.rule, endpoint.clock)
    groups = dict(patients.select("patient_id", "group").iter_rows())
    return [_sampled(row) for row in sampling_density(rows, assessment.history, groups).to_dicts()]


def _sampled(row: dict[str, Any]) -> str:
    """MRD sampling of a group as a sentence."""
    whom = "" if row["group"] == EVERYBODY else f"{row['group']}: "
    said = f"{whom}{row['never_sampled']} of {row['patients']} patients had no MRD sample after time zero"
    if row["samples_a_year"] is not None:
        said += f"; {row['samples_a_year']:.1f} days of sampling a patient-year"
    if row["median_months_between"] is not None:
        said += f", a median of {row['median_months_between']:.1f} months apart"
    return f"{said}."


def _few_at_first(drawn: StudyCurves) -> list[str]:
    """Events while few had yet entered: from there on the whole curve rests on those few."""
    said = []
    for group, curve in drawn.curves.items():
        steps = curve.steps
        most = steps["at_risk"].arg_max()
        early = steps.head(most or 0).filter((pl.col("events") > 0) & (pl.col("at_risk") < FEW_AT_RISK))
        if early.height:
            whom = "" if group == EVERYBODY else f"{group}: "
            row = early.sort("at_risk", "time").row(0, named=True)
            ends = "; the curve falls to 0 there, however many enter later" if row["survival"] == 0 else ""
            said.append(
                f"{whom}At {row['time']:.1f} months only {row['at_risk']} had entered and were at risk when an event came"
                f"{ends}: everything after rests on so few. Start the clock at the entry, or read the curve with that in mind."
            )
    return said


def _drawn(
    endpoint: AskedEndpoint, by: str, patients: pl.DataFrame, left_out: pl.DataFrame, warning: str | None
) -> StudyCurves:
    curves: dict[str, Curve] = {}
    incidences: dict[str, Incidence] = {}
    followed: dict[str, Curve] = {}
    late = bool((patients["entry_months"] > 0).any())
    for (group,), part in patients.group_by("group", maintain_order=True):
        months, event = part["time_months"].to_numpy(), part["event"].to_numpy()
        followed[str(group)] = follow_up(months, (part["status"] != "censored").to_numpy())
        entry = part["entry_months"].to_numpy()
        if endpoint.rule.competing:
            incidences[str(group)] = incidence(months, _causes(part), entry=entry if late else None)
        else:
            curves[str(group)] = kaplan_meier_from(entry, months, event) if late else kaplan_meier(months, event)
    return StudyCurves(
        endpoint, by, patients, curves, incidences, followed, _test(endpoint, patients, late), left_out, warning, ()
    )


def _causes(part: pl.DataFrame) -> list[str]:
    words = {"event": EVENT, "competing": "competing event", "censored": CENSORED}
    return [words[status] for status in part["status"]]


def _test(endpoint: AskedEndpoint, patients: pl.DataFrame, late: bool) -> float | None:
    """The p value of the test between groups; null where there is one group, or nobody had the event."""
    if patients["group"].n_unique() < 2 or not patients["event"].any():
        return None
    months, group = patients["time_months"].to_numpy(), patients["group"].to_list()
    if endpoint.rule.competing:
        return None if late else gray_test(months, _causes(patients), group).tests[EVENT].p
    entry = patients["entry_months"].to_numpy() if late else None
    p = log_rank(months, patients["event"].to_numpy(), group, entry=entry).p
    return None if p is None or np.isnan(p) else float(p)


def together(curves: Sequence[StudyCurves], which: str) -> pl.DataFrame:
    """Return a frame of all curves ("patients" or "left_out"), with the endpoint and the grouping before it."""
    frames: list[tuple[StudyCurves, pl.DataFrame]] = [(one, getattr(one, which)) for one in curves]
    named = [
        frame.select(endpoint=pl.lit(one.endpoint.label), by=pl.lit(one.by), **{c: pl.col(c) for c in frame.columns})
        for one, frame in frames
    ]
    return pl.concat(named, how="diagonal_relaxed") if named else pl.DataFrame()
