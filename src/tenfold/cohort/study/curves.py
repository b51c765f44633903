"""The curves of a study: each endpoint for everybody and by each grouping, with its test, medians, landmarks and follow-up.

Competing events give cumulative incidence (Aalen-Johansen, Gray); delayed entry gives left-truncated curves. Groups are those
known at each patient's time zero; a split by a later fact is refused or carries its warning.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from tenfold.assessment import Assessment
from tenfold.cohort.analysis import AnalysisSet, analysis_set, times_of
from tenfold.cohort.asked_scores import Asked
from tenfold.cohort.delayed_entry import kaplan_meier_from
from tenfold.cohort.groups import log_rank
from tenfold.cohort.incidence import CENSORED, Incidence, gray_test, incidence
from tenfold.cohort.study.file import LATER, AskedEndpoint, AskedGroups, Study
from tenfold.cohort.survival import Curve, follow_up, kaplan_meier
from tenfold.endpoints.ends import OF_MRD
from tenfold.endpoints.mrd_sampling import sampling_density
from tenfold.endpoints.time_zero import refuse_later_facts
from tenfold.records.registry import Registry
from tenfold.records.therapy import grafts
from tenfold.records.timeline import complete_from_the_beginning, exact_day

EVERYBODY = "all patients"
EVENT = "event"
EVERY = "age_years"
"""A column that every registry has, to read a set of which no score is wanted."""
NO_TEST = "With delayed entry and competing events there is no test between groups here."


@dataclass(frozen=True)
class StudyCurves:
    """One endpoint by one grouping: the patients with their group, the curves, and the test between groups.

    `patients`: patient_id, time_months, entry_months, event, status, group. `curves` are survival curves, or of an endpoint
    with competing events null and `incidences` the cumulative incidence of each group. `p` is the log-rank test's, or
    Gray's; null for one group. `left_out`: why, patients. `warning` must stand in the figure.
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

    @property
    def competing(self) -> bool:
        """Whether other events compete, so that the curves are of incidence."""
        return bool(self.incidences)


def study_curves(assessment: Assessment, study: Study) -> list[StudyCurves]:
    """Return the curves of every endpoint, for everybody and by each grouping that asks for it.

    ImmortalTime for a grouping by a later fact that is not asked for as published; LookupError or ValueError, in words,
    for a grouping that means nothing or an endpoint that nobody has a time to.
    """
    made = []
    for endpoint in study.endpoints:
        # Time zero is read once for each clock: the groupings of an endpoint share it.
        whole = analysis_set(assessment, [EVERY], endpoint.rule, endpoint.clock, subgroup=study.population)
        made.append(_curves(assessment, study, endpoint, None, whole))
        asked = [groups for groups in study.groups if endpoint.name in groups.endpoints]
        made += [_curves(assessment, study, endpoint, groups, whole) for groups in asked]
    return made


def _curves(
    assessment: Assessment, study: Study, endpoint: AskedEndpoint, groups: AskedGroups | None, whole: AnalysisSet
) -> StudyCurves:
    warning: str | None = None
    by = EVERYBODY if groups is None else groups.by
    found = whole
    if groups is None:
        patients = found.patients.with_columns(group=pl.lit(EVERYBODY))
    elif groups.by in LATER:
        split, warning = _by_later_fact(assessment, endpoint, groups)
        patients = found.patients.join(split, on="patient_id", how="left", maintain_order="left")
    else:
        found = analysis_set(
            assessment,
            [groups.by],
            endpoint.rule,
            endpoint.clock,
            subgroup=study.population,
            known=whole.known,
        )
        one_each([groups.by], found.scores)
        [score] = found.scores
        if not score.groups:
            raise ValueError(
                f"{groups.by} has no groups: split it in the study file, e.g. by a model or a yes/no column"
            )
        patients = found.patients.with_columns(group=pl.col(score.column("group")))
    kept = patients.filter(pl.col("group").is_not_null()).select(
        "patient_id", "time_months", "entry_months", "event", "status", "group"
    )
    lost = found.left_out.filter(pl.col("step") != "no score").select("why", "patients")
    open_ = patients.height - kept.height
    if open_:
        row = pl.DataFrame([(f"{by} is not known", open_)], lost.schema, orient="row")
        lost = pl.concat([lost, row])
    notes = (*found.notes, *_sampling(assessment, endpoint, kept))
    drawn = _drawn(endpoint, by, kept.sort("group", "patient_id"), lost, warning, notes)
    untested = drawn.competing and groups is not None and bool((kept["entry_months"] > 0).any())
    return replace(drawn, notes=(*drawn.notes, NO_TEST)) if untested else drawn


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


def _by_later_fact(
    assessment: Assessment, endpoint: AskedEndpoint, groups: AskedGroups
) -> tuple[pl.DataFrame, str | None]:
    """Patients with and without a fact that is dated later, and the warning that the figure then carries."""
    registry = assessment.registry
    grafts = graft_days(registry)
    warning = refuse_later_facts(
        times_of(assessment, endpoint.rule, endpoint.clock),
        grafts.filter("had").select("patient_id", "fact_day"),
        groups.by,
        as_published=groups.as_published,
    )
    had = pl.col("had")
    named = pl.when(had).then(pl.lit(f"{groups.by}: yes")).when(~had).then(pl.lit(f"{groups.by}: no"))
    return grafts.select("patient_id", group=named), warning


def graft_days(registry: Registry) -> pl.DataFrame:
    """Return patient_id, `had` (an allogeneic graft: yes, no, or null where that is not recorded) and `fact_day`."""
    allografts = grafts(registry).filter(~pl.col("autologous")).sort("patient_id", "order", nulls_last=True)
    first = allografts.group_by("patient_id", maintain_order=True).first()
    days = first.select("patient_id", fact_day=exact_day(), _had=pl.lit(True))
    people = registry.patient_ids().join(days, on="patient_id", how="left", maintain_order="left")
    none = pl.when(complete_from_the_beginning(registry, "transplants")).then(False)
    return people.select("patient_id", "fact_day", had=pl.coalesce("_had", none))


def one_each(names: Sequence[str], scores: Sequence[Asked]) -> None:
    """ValueError where a name means more than one model: their columns would be taken for each other."""
    if len(names) != len(scores):
        found = ", ".join(score.name for score in scores)
        raise ValueError(f"{', '.join(names)} means {found}: name each model in full, e.g. {scores[0].name}")


def _drawn(
    endpoint: AskedEndpoint,
    by: str,
    patients: pl.DataFrame,
    left_out: pl.DataFrame,
    warning: str | None,
    notes: tuple[str, ...],
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
        endpoint, by, patients, curves, incidences, followed, _test(endpoint, patients, late), left_out, warning, notes
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


def as_table(found: StudyCurves, study: Study) -> pl.DataFrame:
    """One row a group: patients, events, median, share at each landmark, follow-up by reverse Kaplan-Meier and plainly."""
    rows = [_row(found, study, group) for group in (found.incidences or found.curves)]
    return pl.DataFrame(rows, infer_schema_length=None)


def _row(found: StudyCurves, study: Study, group: str) -> dict[str, Any]:
    mine = found.patients.filter(pl.col("group") == group)
    row: dict[str, Any] = {
        "endpoint": found.endpoint.label,
        "by": found.by,
        "group": group,
        "patients": mine.height,
        "events": int(mine["event"].sum()),
    }
    if found.competing:
        one = found.incidences[group]
        row["competing_events"] = int((mine["status"] == "competing").sum())
        for month in study.landmarks_months:
            at = one.at(EVENT, month) if EVENT in one.causes else None
            row |= _share(month, None if at is None else (at.incidence, at.low, at.high))
    else:
        median = found.curves[group].median()
        row |= {"median_months": median.value, "median_low": median.low, "median_high": median.high}
        for month in study.landmarks_months:
            share = found.curves[group].at(month)
            row |= _share(month, (share.survival, share.low, share.high))
    observed = mine["time_months"]
    reverse = found.followed[group]
    quartiles = [reverse.quantile(share).value for share in (0.25, 0.5, 0.75)]
    plain = [observed.quantile(share, "linear") for share in (0.25, 0.5, 0.75)]
    for name, values in (("follow_up_reverse", quartiles), ("follow_up_plain_type_7", plain)):
        row |= dict(zip((f"{name}_quartile_1", f"{name}_median", f"{name}_quartile_3"), values, strict=True))
    return row | {"p": found.p}


def _share(month: float, estimate: tuple[float | None, float | None, float | None] | None) -> dict[str, float | None]:
    value, low, high = estimate or (None, None, None)
    return {f"at_{month:g}_months": value, f"at_{month:g}_low": low, f"at_{month:g}_high": high}
