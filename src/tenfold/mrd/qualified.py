"""Haematological remission with its molecular depth: CR, CRh or CRi, MRD-negative, MRD-LL or MRD-positive.

Traps: a remission without a sample in the window is not MRD-negative but not assessed; samples of the very day count
before those of the window, and of several the least favourable; MRD-LL is what the edition in force labels so, which for
ELN 2021 needs the end of treatment; for the rate of "CR without MRD" low level may be counted with negative or not, so
both are given.

Döhner et al., Blood 2022;140:1345-1377, Table 8; Heuser et al., Blood 2021;138:2753-2767.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from tenfold.logic.answering import answer
from tenfold.logic.criterion import Criterion, Facts, yes_no
from tenfold.logic.decision import Decision, Input, Rule, otherwise
from tenfold.logic.fold import NO, YES
from tenfold.mrd.label_editions import ELN_2025_LABEL, label_decision
from tenfold.mrd.markers import suitable
from tenfold.mrd.samples import STREAM, counts
from tenfold.records.registry import Registry
from tenfold.records.timeline import known_on, placed
from tenfold.settings import Settings
from tenfold.vocabulary import Response

TABLE8 = "Döhner et al., Blood 2022;140:1345-1377, Table 8"
REMISSIONS = (Response.CR, Response.CRH, Response.CRI)
ANOTHER = "no remission"
LOW_LEVEL = ("CR MRD-LL", "molecular persistence at low copy numbers")
"""Labels of the editions that mean low level."""
WORDS = (*(str(word) for word in REMISSIONS), ANOTHER)


def _rules() -> tuple[Rule, ...]:
    rules = [Rule(ANOTHER, lambda m: m.response.is_(ANOTHER), "not in CR, CRh or CRi", TABLE8)]
    for word in REMISSIONS:
        rules += [
            Rule(f"{word}, MRD not assessed", _when(word, lambda m: ~m.sampled), "no sample in the window", TABLE8),
            Rule(f"{word} MRD-positive", _when(word, lambda m: m.detected & ~m.low_level), "MRD detected", TABLE8),
            Rule(f"{word} MRD-LL", _when(word, lambda m: m.detected), "MRD detected at low level only", TABLE8),
        ]
        negative = otherwise if word == REMISSIONS[-1] else _when(word, otherwise)
        rules.append(Rule(f"{word} MRD-negative", negative, "MRD not detected in an adequate sample", TABLE8))
    return tuple(rules)


def _when(word: Response, condition: Any) -> Any:
    def applies(m: Facts) -> Any:
        return m.response.is_(str(word)) & condition(m)

    return applies


RESPONSE_WITH_MRD = Decision(
    name="ELN-2022-response-with-MRD",
    edition="ELN-2022",
    question="How deep is this remission?",
    citation=TABLE8,
    inputs=(
        Input("response", "haematological response", "word", words=WORDS),
        Input("sampled", "an adequate or positive MRD sample in the window"),
        Input("detected", "MRD detected in one of them"),
        Input("low_level", "every one of them that is positive is at low level"),
    ),
    criteria=(
        Criterion(
            "response",
            "Haematological response",
            pl.col("response").replace_strict(
                {word: position for position, word in enumerate(WORDS)}, default=None, return_dtype=pl.Int8
            ),
            levels=WORDS,
            citation=TABLE8,
        ),
        yes_no("sampled", "MRD sample in the window", citation=TABLE8),
        yes_no("detected", "MRD detected", citation=TABLE8),
        yes_no("low_level", "At low level only (NPM1, core-binding factor by qPCR)", citation=TABLE8),
    ),
    rules=_rules(),
)


def responses_with_mrd(
    registry: Registry, settings: Settings, course: pl.DataFrame, molecular: pl.DataFrame
) -> pl.DataFrame:
    """Return each documented remission (CR, CRh or CRi) with its molecular depth.

    `patient_id`, its place, `source`, the decision's inputs and answers, `samples` (their ids), `first_document` (of
    several documents of one remission, the first), and two readings of "CR without MRD": `without_mrd` (negative only)
    and `without_mrd_or_low` (negative or low level); null where not known. Samples count within `mrd.qualify_window`
    days on either side, not beyond a relapse or a transplant, and not those of the diagnosis.
    """
    remissions = course.filter(pl.col("kind") == "remission").with_row_index("remission")
    word = pl.col("source").str.extract(r"\b(CRh|CRi|CRp|CR)\b").replace({Response.CRP: Response.CRI})
    several = pl.col("source").str.contains(" or ")
    asked = remissions.with_columns(response=pl.when(~several).then(word))
    judged = _in_window(asked, molecular, label_decision(settings), settings["mrd.qualify_window"])
    window = settings["mrd.qualify_window"]
    asked = asked.join(judged, on="remission", how="left", maintain_order="left")
    # The window begins before the remission, and so must the records.
    asked = known_on(
        registry, asked.with_columns(pl.col("earliest_day") - window), "mrd_samples", "_complete"
    ).with_columns(pl.col("earliest_day") + window)
    stray = _stray(registry)
    may_be_more = pl.col("patient_id").is_in(stray.implode())
    asked = asked.with_columns(
        pl.col("_complete") & ~may_be_more,
        detected=pl.when(~may_be_more | pl.col("detected")).then("detected"),
        low_level=pl.when(~may_be_more | ~pl.col("low_level")).then("low_level"),
    )
    unsampled = pl.col("samples").is_null()
    asked = asked.with_columns(
        sampled=pl.when(~unsampled).then(pl.col("surely_sampled")).when("_complete").then(False),
        detected=pl.when(unsampled).then(None).otherwise("detected"),
        low_level=pl.when(unsampled).then(None).otherwise("low_level"),
    ).drop("_complete", "surely_sampled")
    answered = answer(asked, [RESPONSE_WITH_MRD])
    possible = pl.col(f"{RESPONSE_WITH_MRD.key}_possible")
    again = (pl.col("kind").shift(1).over("patient_id") == "remission").fill_null(False)
    first = course.with_columns(_first=~again).filter(pl.col("kind") == "remission")["_first"]
    return (
        answered.sort("remission")
        .with_columns(
            first_document=first,
            without_mrd=_all(possible, "MRD-negative"),
            without_mrd_or_low=_all(possible, "MRD-negative", "MRD-LL"),
        )
        .drop("remission")
    )


def _stray(registry: Registry) -> pl.Series:
    """Patients with a sample that cannot be placed, or whose tissue is not recorded: it may lie in any window."""
    samples = placed(registry, "mrd_samples")
    return samples.filter(suitable() & (pl.col("order").is_null() | pl.col("tissue").is_null()))["patient_id"].unique()


def _in_window(remissions: pl.DataFrame, molecular: pl.DataFrame, label: Decision, window: int) -> pl.DataFrame:
    """Per remission: the samples that lie, or may lie, in its window, and what they say together."""
    spells = pl.col("row").is_in(["haematological relapse", "transplant"]).cum_sum().over(STREAM)
    spelled = molecular.with_columns(spell=spells)
    samples = spelled.filter(counts() & (pl.col("at_diagnosis") == NO)).select(
        "patient_id",
        "sample_id",
        "detected_code",
        "adequate_code",
        sample_order="order",
        labels=f"{label.key}_possible",
        sample_spell="spell",
        **{name: name for name in STREAM if name != "patient_id"},
        sample_earliest="earliest_day",
        sample_latest="latest_day",
    )
    place = ("remission", "patient_id", "order", "earliest_day", "latest_day")
    # The spell of each stream at the remission: what came after a relapse or a graft belongs to another.
    at_remission = (
        spelled.filter(pl.col("row") == "remission").group_by(*STREAM, "order").agg(spell=pl.col("spell").last())
    )
    pairs = (
        remissions.select(place)
        .join(samples, on="patient_id")
        .join(at_remission, on=[*STREAM, "order"], how="left", nulls_equal=True)
        .filter((pl.col("sample_spell") == pl.col("spell")).fill_null(True))
    )
    nearest = pl.max_horizontal(
        pl.col("sample_earliest") - pl.col("latest_day"), pl.col("earliest_day") - pl.col("sample_latest"), pl.lit(0)
    )
    farthest = pl.max_horizontal(
        pl.col("sample_latest") - pl.col("earliest_day"), pl.col("latest_day") - pl.col("sample_earliest")
    )
    that_day = pl.col("order") == pl.col("sample_order")
    counted = (
        pairs.with_columns(surely=(farthest <= window) | that_day, that_day=that_day)
        .filter((nearest <= window) & ~((pl.col("detected_code") == NO) & (pl.col("adequate_code") == NO)))
        .filter(pl.col("that_day") | ~pl.col("that_day").any().over("remission"))
    )
    seen = pl.when(pl.col("detected_code") == YES).then(True).when(pl.col("detected_code") == NO).then(False)
    sure = pl.when("surely").then(seen)
    each = pl.col("labels").list.eval(pl.element().is_in(LOW_LEVEL))
    unread = pl.col("labels").list.eval(pl.element().is_in(ELN_2025_LABEL.answers[-3:])).list.any()
    low = pl.when(unread).then(None).when(each.list.all()).then(True).when(~each.list.any()).then(False)
    return counted.group_by("remission").agg(
        samples=pl.col("sample_id").sort(),
        surely_sampled=pl.when(
            (pl.col("surely") & ((pl.col("detected_code") == YES) | (pl.col("adequate_code") == YES))).any()
        ).then(True),
        detected=pl.when(sure.any(ignore_nulls=True)).then(True).when(seen.eq_missing(pl.lit(False)).all()).then(False),
        low_level=pl.when((low.eq_missing(pl.lit(False)) & sure.eq_missing(pl.lit(True))).any())
        .then(False)
        .when(low.filter(seen.ne_missing(pl.lit(False))).eq_missing(pl.lit(True)).all())
        .then(True),
    )


def _all(possible: pl.Expr, *ends: str) -> pl.Expr:
    """Whether every possible answer ends so (yes), none does (no), or some do (null)."""
    each = possible.list.eval(pl.any_horizontal([pl.element().str.ends_with(end) for end in ends]))
    return pl.when(each.list.all()).then(True).when(~each.list.any()).then(False)
