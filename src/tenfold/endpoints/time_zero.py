"""Groups by a fact that is dated after time zero: refused, because whoever has it had to live until then.

A curve by "transplanted or not", "responded or not", "MRD negative at cycle 4" or "venetoclax begun or not" from an earlier
start gives the patients with the fact the time that they had to survive to get it (immortal time), and counts those who
died early among those without. Traps: a fact whose day is not known cannot be said to come before the start either; a fact
of nobody splits nothing.

Mantel and Byar, J Am Stat Assoc 1974;69:81-86; Anderson et al., J Clin Oncol 1983;1:710-719 (landmark).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from tenfold.records.registry import Registry
from tenfold.records.timeline import exact_day, placed
from tenfold.vocabulary import Happening, TimePoint

OFFERS = (
    "delayed entry: start the clock, or the observation (entry), at the fact, and compare only those who reached it",
    "a landmark: start everybody still followed and without the event at one later day, grouped by what was known then",
    "a time-dependent covariate: each patient counts without the fact until its day and with it from then on "
    "(Mantel-Byar; drawn after Simon and Makuch)",
)
AS_PUBLISHED = "as published"


@dataclass(frozen=True)
class LaterFacts:
    """A fact that comes after time zero: of how many patients it does, at the latest how long after (days), of how many
    the day is not known, and of how many it was known by then.
    """

    fact: str
    later: int
    undated: int
    by_then: int
    longest_days: int | None
    examples: tuple[str, ...]

    @property
    def words(self) -> str:
        """What is wrong with a curve split by the fact, in plain words."""
        parts = []
        if self.later:
            who = "1 patient has it" if self.later == 1 else f"{self.later} patients have it"
            parts.append(f"{who} only after the start, up to {self.longest_days} days later")
        if self.undated:
            parts.append(f"of {self.undated} the day is not known")
        e_g = f" (e.g. {', '.join(self.examples)})" if self.examples else ""
        return (
            f"{self.fact} comes after time zero: {'; '.join(parts)}{e_g}. Whoever has it had to be alive and without the "
            "event until then, so the group with it is favoured whatever it does"
        )


class ImmortalTime(ValueError):
    """Curves split by a fact that is dated after time zero; `later` says of whom, `offers` what to do instead."""

    def __init__(self, later: LaterFacts) -> None:
        self.later, self.offers = later, OFFERS
        listed = "".join(f"\n- {offer}" for offer in OFFERS)
        super().__init__(
            f"{later.words}.\nInstead:{listed}\nTo repeat a paper's curve nevertheless, ask for it {AS_PUBLISHED}; the "
            "figure then says so."
        )


def refuse_later_facts(rows: pl.DataFrame, facts: pl.DataFrame, fact: str, *, as_published: bool = False) -> str | None:
    """Return the warning that a figure must carry, None where the fact was known by time zero.

    `rows` is the result of `times`; `facts` holds patient_id and `fact_day` (null: has the fact, day not known), a row
    a patient with the fact, and nobody without it; `fact` its name, which begins the sentence. Only patients with a time
    are asked. ImmortalTime unless `as_published`. ValueError for facts of one patient on two rows.
    """
    later = later_facts(rows, facts, fact)
    if later is None:
        return None
    if not as_published:
        raise ImmortalTime(later)
    return f"Split {AS_PUBLISHED}, by a fact of the future: {later.words}."


def later_facts(rows: pl.DataFrame, facts: pl.DataFrame, fact: str) -> LaterFacts | None:
    """Return how many have the fact only after their start, or on a day that is not known; None where nobody does."""
    if facts["patient_id"].is_duplicated().any():
        twice = facts.filter(pl.col("patient_id").is_duplicated())["patient_id"][0]
        raise ValueError(f"{fact}: patient {twice} has it on two rows; give the first day of each patient")
    timed = rows.filter(pl.col("left_out_because").is_null()).select("patient_id", "start_day")
    held = timed.join(facts.select("patient_id", pl.col("fact_day").cast(pl.Int64)), on="patient_id")
    after = held.with_columns(days=pl.col("fact_day") - pl.col("start_day"))
    later, undated = after.filter(pl.col("days") > 0), after.filter(pl.col("days").is_null())
    if later.is_empty() and undated.is_empty():
        return None
    longest = later["days"].max()
    return LaterFacts(
        fact,
        later.height,
        undated.height,
        after.height - later.height - undated.height,
        int(str(longest)) if longest is not None else None,
        tuple(pl.concat([later, undated])["patient_id"].sort().head(3).to_list()),
    )


def _first_of(history: pl.DataFrame, kept: pl.Expr) -> pl.DataFrame:
    rows = history.filter(kept.fill_null(False))
    return rows.group_by("patient_id", maintain_order=True).first().select("patient_id", fact_day=exact_day())


KNOWN_FACTS: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {
    "transplant": lambda history: _first_of(history, pl.col("kind") == Happening.TRANSPLANT),
    "remission": lambda history: _first_of(history, pl.col("kind") == Happening.REMISSION),
    "haematological relapse": lambda history: _first_of(history, pl.col("kind") == Happening.RELAPSE),
    "MRD relapse": lambda history: _first_of(history, pl.col("kind") == Happening.MRD_RELAPSE),
    "venetoclax": lambda history: _first_of(history, (pl.col("kind") == Happening.TREATMENT) & pl.col("venetoclax")),
}
"""Facts of a patient's course, each as the frame of first days that `refuse_later_facts` takes, from the history."""


def mrd_at(molecular: pl.DataFrame, time_point: TimePoint) -> pl.DataFrame:
    """Return the day on which MRD at a time point was first known (patient_id, `fact_day`), for `refuse_later_facts`."""
    rows = molecular.filter((pl.col("row") == "sample") & (pl.col("time_point") == time_point))
    first = rows.sort("patient_id", "order").group_by("patient_id", maintain_order=True).first()
    return first.select("patient_id", fact_day=exact_day())


def fact_days(registry: Registry, table: str, kept: pl.Expr | None = None) -> pl.DataFrame:
    """Return the first day of a dated table's rows (those that `kept` keeps) a patient: patient_id, `fact_day`.

    ValueError for a table whose rows have no date.
    """
    rows = placed(registry, table)
    rows = rows if kept is None else rows.filter(kept.fill_null(False))
    first = rows.sort("patient_id", "order", nulls_last=True).group_by("patient_id", maintain_order=True).first()
    return first.select("patient_id", fact_day=exact_day())
