"""Tiong's twelve patients, recomputed from their records and set against the text of the paper.

Everything here comes from Table I as Tenfold holds it (`tenfold.published()`), never from the text that it checks;
whether a patient became MRD negative is Tenfold's own answer. Traps: follow-up is reverse Kaplan-Meier, which alone
gives the printed medians; the clock of relapse-free survival is not defined in the paper; numbers of cycles of
treatment that went on are not known.

Tiong et al., Br J Haematol 2021;192:1026-1030.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import polars as pl

from tenfold.assessment import assess
from tenfold.cohort.survival import follow_up, kaplan_meier
from tenfold.exchange.published import published
from tenfold.reproduce.finding import Finding, agreement, resolved
from tenfold.reproduce.rounding import closer, rounds_to
from tenfold.vocabulary import MolecularResponse

PAPER = "tiong-2021"
Recomputed = tuple[Sequence[float | None], str]

ID, ORDER = "patient_id", "sequence"
HIGH_DOSE_CYTARABINE = "HiDAC|IDAC|FLAG-Ida"
TABLE_I = "Counted in Table I."


@cache
def cases() -> pl.DataFrame:
    """Return one row per patient: cohort, age, genes, levels, Tenfold's response, treatment, transplant, outcome."""
    registry = published()
    responses, treatments = registry.table("responses"), registry.table("treatments")
    cohort = responses.filter(pl.col("criteria").str.starts_with("Tiong 2021 cohort")).select(
        ID, cohort=pl.col("criteria").str.slice(-1).cast(pl.Int64)
    )
    venetoclax = treatments.filter(pl.col("start_day") == 0, pl.col("regimen").str.starts_with("VEN-")).select(
        ID, regimen="regimen", cycles="cycles", began=ORDER
    )
    mine = cohort.join(venetoclax, on=ID, validate="1:1")

    def before(table: pl.DataFrame) -> pl.DataFrame:
        return table.join(mine.select(ID, "began"), on=ID).filter(pl.col(ORDER) < pl.col("began"))

    level = before(registry.table("mrd_samples")).sort(ORDER).group_by(ID).agg(level=pl.col("value").last())
    prior = before(treatments).group_by(ID).agg(prior=pl.col("regimen").str.join("; "))
    grafted_before = before(registry.table("transplants")).select(ID, grafted_before=pl.lit(True)).unique()
    grafted = registry.table("transplants").join(mine.select(ID, "began"), on=ID)
    grafted_after = grafted.filter(pl.col(ORDER) > pl.col("began")).select(ID, grafted_after=pl.lit(True)).unique()
    genes = registry.table("variants").filter(pl.col(ORDER) == 0).group_by(ID).agg(genes=pl.col("gene"))
    answered = assess(registry).responses.filter(pl.col("regimen").str.starts_with("VEN-"))
    response = answered.group_by(ID).agg(
        negative=(pl.col("jimenez_chillon_response") == MolecularResponse.NEGATIVITY).any()
    )
    outcome = registry.table("reported_outcomes").filter(pl.col("endpoint") == "RFS")
    later = treatments.group_by(ID).agg(
        all_cycles=pl.col("cycles").filter(pl.col("regimen").str.starts_with("VEN")).sum()
    )
    person = registry.table("patients").select(ID, "age_years", "reason_no_transplant")
    for frame in (person, level, prior, grafted_before, grafted_after, genes, response, outcome, later):
        mine = mine.join(frame, on=ID, how="left", validate="1:1")
    return mine.with_columns(pl.col("grafted_before", "grafted_after").fill_null(False)).sort(ID)


@cache
def recomputed(by_cycle_2: int) -> Mapping[str, Recomputed]:
    """Return, by the key of the printed row, the numbers that the twelve patients give and how.

    `by_cycle_2`: how many of cohort 1 the text says were negative by cycle 2, which Table I does not tell.
    """
    everyone = cases()
    one, two = everyone.filter(pl.col("cohort") == 1), everyone.filter(pl.col("cohort") == 2)
    return {
        **_patients(everyone, one, two),
        **_treatment(everyone, one, two, by_cycle_2),
        **_outcome(everyone, one, two),
    }


def _patients(everyone: pl.DataFrame, one: pl.DataFrame, two: pl.DataFrame) -> dict[str, Recomputed]:
    middle = "The middle value of Table I; least and most beside it."
    ages_two = _numbers(two, "age_years")
    youngest = two.sort("age_years")[ID][0].removeprefix("tiong-").lstrip("0")
    median_case = two.sort("level")[ID][two.height // 2].removeprefix("tiong-").lstrip("0")
    negative_one, negative_two, negative_all = (_count(frame, pl.col("negative")) for frame in (one, two, everyone))
    asked = "Tenfold's own answer, from the best sample under venetoclax."
    return {
        "patients": ([everyone.height, one.height, two.height], TABLE_I),
        "mrd_before_cohort_1": ([_median(one, "level"), *_ends(one, "level")], middle),
        "median_before_cohort_2": (
            [_median(two, "level")],
            f"The middle value of Table I is that of case {median_case}.",
        ),
        "range_before_cohort_2": (_ends(two, "level"), TABLE_I),
        "ages_cohort_1": (_ends(one, "age_years"), TABLE_I),
        "youngest_cohort_2": ([min(ages_two)], f"The youngest of Table I is case {youngest}."),
        "oldest_cohort_2": ([max(ages_two)], TABLE_I),
        "mutations_cohort_1": (
            [_count(one, pl.col("genes").list.contains(gene)) for gene in ("DNMT3A", "IDH2")],
            TABLE_I,
        ),
        "negative_cohort_1": ([negative_one, one.height], asked),
        "negative_cohort_2": ([negative_two, two.height, 100 * negative_two / two.height], asked),
        "negative_all": ([negative_all, 100 * negative_all / everyone.height], asked),
    }


def _treatment(everyone: pl.DataFrame, one: pl.DataFrame, two: pl.DataFrame, by_cycle_2: int) -> dict[str, Recomputed]:
    ongoing = pl.col("cycles").is_null()
    sixteen = one.filter(pl.col("all_cycles") > pl.col("cycles"))
    grafted = pl.col("grafted_after")
    after_cycle = "Transplanted patients by their number of cycles in Table I."
    unfit = two.filter(pl.col("reason_no_transplant").is_not_null()).sort("age_years")
    negative_two = _count(two, pl.col("negative"))
    return {
        **{
            f"regimens_{name}": (
                [_count(frame, pl.col("regimen") == with_) for with_ in ("VEN-LDAC", "VEN-AZA")],
                TABLE_I,
            )
            for name, frame in {"all": everyone, "cohort_1": one, "cohort_2": two}.items()
        },
        "cycles_cohort_1": (
            [_count(one, (pl.col("cycles") == 4) & ~grafted), _count(one, ongoing)],
            "Counted in Table I; a number printed with a plus sign is treatment that went on.",
        ),
        "sixteen_cycles": (
            [sum(sixteen["all_cycles"]), sum(sixteen["cycles"])],
            "Cycles with azacitidine and, after them, with venetoclax alone, added.",
        ),
        "transplanted_negative": (
            [_count(two, grafted & pl.col("negative")), _count(two, grafted & ~pl.col("negative"))],
            "Transplants after venetoclax in Table I, by Tenfold's own answer for the best sample before them.",
        ),
        "transplanted_cohort_1": ([_count(one, grafted)], TABLE_I),
        "transplant_after_cycle": ([_count(two, grafted & (pl.col("cycles") == n)) for n in (1, 2)], after_cycle),
        "prior_cytarabine": (
            [_count(two, pl.col("prior").str.contains(HIGH_DOSE_CYTARABINE))],
            "Patients with HiDAC, intermediate-dose cytarabine or FLAG-Ida; those with HiDAC by name are"
            f" {_count(two, pl.col('prior').str.contains('HiDAC'))}, so the text must count the intermediate doses.",
        ),
        "prior_others": (
            [
                _count(two, pl.col("prior").str.contains("GO")),
                _count(two, pl.col("prior").str.contains("Aza")),
                _count(two, pl.col("grafted_before")),
            ],
            TABLE_I,
        ),
        "unfit_ages": (
            _numbers(unfit, "age_years"),
            "Ages of Table I; which two patients is known from the text alone.",
        ),
        "unfit_months": (sorted(_numbers(unfit, "time_months")), "Relapse-free survival of Table I, in whole months."),
        "negative_by_cycle_2": (
            [100 * (by_cycle_2 + negative_two) / (one.height + two.height)],
            f"If response means MRD negativity: by cycle 2 {by_cycle_2} of cohort 1 (by the text) and at most {negative_two}"
            " of cohort 2.",
        ),
    }


def _outcome(everyone: pl.DataFrame, one: pl.DataFrame, two: pl.DataFrame) -> dict[str, Recomputed]:
    responders = everyone.filter("negative")
    responders_two = two.filter("negative")
    reverse = "Reverse Kaplan-Meier of the times of Table I (being alive without relapse ends the follow-up)"
    naive_two, naive_all = _median(two, "time_months"), _median(responders, "time_months")
    estimate = kaplan_meier(*_times(two)).at(10.8)
    if estimate.survival is None or estimate.low is None or estimate.high is None:
        raise ValueError("the curve of cohort 2 does not reach its median follow-up")
    relapse, death = pl.col("event_kind") == "relapse", pl.col("event_kind") == "death"
    shortest, longest = _ends(responders_two, "time_months")
    return {
        "follow_up_cohort_1": ([_followed(one), *_ends(one, "time_months")], f"{reverse}."),
        "follow_up_cohort_2": (
            [_followed(two)],
            f"{reverse}, all seven patients; the plain median of their times is {naive_two:.1f}, that of the six"
            f" responders by reverse Kaplan-Meier {_followed(responders_two):.1f}.",
        ),
        "shortest_responder_cohort_2": ([shortest], TABLE_I),
        "longest_responder_cohort_2": ([longest], "The longest relapse-free survival of a responder in Table I."),
        "follow_up_responders": (
            [_followed(responders), *_ends(responders, "time_months")],
            f"{reverse}; the plain median is {naive_all:.1f}.",
        ),
        "rfs_cohort_1": ([kaplan_meier(*_times(one)).median().value], "Kaplan-Meier; no event among the five."),
        "rfs_cohort_2": (
            [100 * estimate.survival],
            f"Kaplan-Meier; 95 % interval (log-log) {100 * estimate.low:.1f} to {100 * estimate.high:.1f} %.",
        ),
        "events_cohort_2": ([_count(two, relapse), _count(two, death)], TABLE_I),
        "relapses_of_responders": (
            [_count(responders_two, relapse)],
            f"Counted in Table I; {_count(responders_two, death)} of them died without relapse.",
        ),
    }


def findings(printed: Mapping[str, list[dict[str, Any]]]) -> Iterator[Finding]:
    """Set the `record` rows of what is `printed` against the patients; KeyError for a key that nothing recomputes."""
    after_cycles = next(row["parts"] for row in printed["sum"] if row["what"].startswith("Negative after one, two"))
    rows, answers = printed["record"], recomputed(sum(after_cycles[:2]))
    if unused := set(answers) - {row["key"] for row in rows}:
        raise KeyError(f"nothing printed is set against {', '.join(sorted(unused))}")
    for row in rows:
        values, why = answers[row["key"]]
        pairs = list(zip(row["printed"], values, strict=True))
        yield resolved(
            Finding(
                PAPER,
                row["where"],
                row["what"],
                "; ".join(row["printed"]),
                "; ".join(_said(value, text) for text, value in pairs),
                agreement(all(_holds(value, text) for text, value in pairs)),
                why,
                row.get("discrepancy"),
            )
        )


def _holds(value: float | None, printed: str) -> bool:
    return printed == "not reached" if value is None else printed != "not reached" and rounds_to(value, printed)


def _said(value: float | None, printed: str) -> str:
    return "not reached" if value is None else closer(value, printed).rstrip("0").rstrip(".")


def _numbers(frame: pl.DataFrame, column: str) -> list[float]:
    return [float(value) for value in frame[column]]


def _median(frame: pl.DataFrame, column: str) -> float:
    return float(np.median(_numbers(frame, column)))


def _ends(frame: pl.DataFrame, column: str) -> list[float | None]:
    numbers = _numbers(frame, column)
    return [min(numbers), max(numbers)]


def _count(frame: pl.DataFrame, holds: pl.Expr) -> int:
    return frame.filter(holds).height


def _times(frame: pl.DataFrame) -> tuple[list[float], list[bool]]:
    return frame["time_months"].to_list(), frame["event"].to_list()


def _followed(frame: pl.DataFrame) -> float:
    value = follow_up(*_times(frame)).median().value
    if value is None:
        raise ValueError("follow-up has no median")
    return value
