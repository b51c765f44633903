"""Groups, covariates and strata that look later than time zero: refused, or marked as published.

A transplant, or the response that a model or a column reads from the whole course, is a fact of the future at time zero:
whoever has it had to live until then (immortal time). Traps: a model may look later without saying so in its name (Mayo's
of 2024 reads the remission); nobody may yet have the fact, which then splits nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from tenfold.assessment import Assessment
from tenfold.cohort.analysis import times_of
from tenfold.cohort.asked_scores import Asked
from tenfold.cohort.study.file import AskedEndpoint
from tenfold.endpoints.time_zero import AS_PUBLISHED, later_facts, refuse_later_facts
from tenfold.records.registry import Registry
from tenfold.records.therapy import grafts
from tenfold.records.timeline import complete_from_the_beginning, exact_day
from tenfold.vocabulary import Happening


def warned_of(
    assessment: Assessment, endpoint: AskedEndpoint, scores: Sequence[Asked], *, as_published: bool
) -> str | None:
    """Return the warning that the scores' figure or table must carry, None where none of them looks later than time zero.

    ImmortalTime for a score that does, unless `as_published`.
    """
    later = [score.name for score in scores if score.later]
    if not later:
        return None
    rows = times_of(assessment, endpoint.rule, endpoint.clock)
    name = later[0] if later[0].rpartition(".")[2] == "remission_reached" else f"the response that {later[0]} reads"
    return _warning(rows, _remissions_after(assessment, rows), name, as_published=as_published)


def _warning(rows: pl.DataFrame, facts: pl.DataFrame, name: str, *, as_published: bool) -> str | None:
    """The warning as a figure carries it: without the patients that a refusal names as examples."""
    refuse_later_facts(rows, facts, name, as_published=as_published)
    later = later_facts(rows, facts, name)
    if later is None:
        return None
    return f"Split {AS_PUBLISHED}, by a fact of the future: {replace(later, examples=()).words}."


def _remissions_after(assessment: Assessment, rows: pl.DataFrame) -> pl.DataFrame:
    """The first remission of each patient after the start, or of whom the start has no day."""
    turns = assessment.history.filter(pl.col("kind") == Happening.REMISSION)
    started = rows.filter(pl.col("left_out_because").is_null()).select("patient_id", "start_day")
    after = turns.join(started, on="patient_id", maintain_order="left")
    after = after.filter((pl.col("latest_day") > pl.col("start_day")).fill_null(True))
    return after.group_by("patient_id", maintain_order=True).first().select("patient_id", fact_day=exact_day())


def warned_of_transplant(
    assessment: Assessment, endpoint: AskedEndpoint, graft: pl.DataFrame, name: str, *, as_published: bool
) -> str | None:
    """Return the warning of a split by `graft_days`. ImmortalTime unless `as_published`."""
    return _warning(
        times_of(assessment, endpoint.rule, endpoint.clock),
        graft.filter("had").select("patient_id", "fact_day"),
        name,
        as_published=as_published,
    )


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
