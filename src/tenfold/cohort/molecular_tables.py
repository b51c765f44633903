"""Molecular response after cycles of the index treatment, in each tissue: FILO's table, and the response cycle by cycle.

After cycles 1 and 2 the response is that of the last evaluable sample of the tissue after cycle 1 and before cycle 3, a
transplant or other therapy. A sample of the day on which the next cycle, transplant or therapy begins was drawn before it.

Traps: cycle 1 is over at its recorded end, or with its last day of venetoclax, or at cycle 2; without any of these a sample
cannot be placed. Where cycles are not recorded completely a third may have gone before; that cannot be told either. A
patient followed by several markers counts once, with the gravest. The value to compare with is that before the treatment.

Jimenez-Chillon et al., Blood Adv 2024;8:343, as used by FILO 2025 (categories; Table 1's footnote); Tiong et al., Br J
Haematol 2021;192:1026-1030, Figure S1 (by cycle: negative, low positive, positive).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import polars as pl

from tenfold.assessment import Assessment
from tenfold.cohort.index_treatment import cycles_of
from tenfold.cohort.response_tables import CANNOT_BE_TOLD, NOT_EVALUABLE
from tenfold.logic.fold import NO, YES
from tenfold.mrd.molecular_response import MOLECULAR_RESPONSE
from tenfold.mrd.samples import STREAM
from tenfold.records.registry import Registry
from tenfold.records.timeline import known_on
from tenfold.vocabulary import MolecularResponse, Tissue

KEY = MOLECULAR_RESPONSE.key
CATEGORIES = tuple(str(one) for one in MolecularResponse if one != MolecularResponse.NOT_EVALUABLE)
RESPONSE = {"response": (str(MolecularResponse.NEGATIVITY), str(MolecularResponse.REDUCTION))}
"""FILO's composite: negativity or a tenfold fall."""
NEGATIVE, LOW_POSITIVE, POSITIVE = "MRD negative", "low positive", "positive"
DEPTHS = (NEGATIVE, LOW_POSITIVE, POSITIVE)
FOUR_LOG = 4.0
TOLERANCE = 1e-9
TISSUES = (str(Tissue.BLOOD), str(Tissue.MARROW))
NOT_CHANGED, UNKNOWN_DAYS = "{} days", "venetoclax days are not recorded"
Reading = Literal["response", "depth"]
"""Categories against the value before treatment, or Tiong's depth: below 4 log10 under the level at diagnosis or not."""


@dataclass(frozen=True)
class After:
    """After cycle `first` and before the cycle after `last`."""

    first: int
    last: int

    @property
    def words(self) -> str:
        """The window in words."""
        which = f"cycle {self.first}" if self.first == self.last else f"cycles {self.first} to {self.last}"
        return f"after {which}, before cycle {self.last + 1}, transplant or other therapy"


AFTER_TWO_CYCLES = After(1, 2)
Window = After | Literal["best", "last"]
"""Cycles, or all of the treatment: its best response or its last."""


def molecular_responses(
    assessment: Assessment, index: pl.DataFrame, window: Window = AFTER_TWO_CYCLES, reading: Reading = "response"
) -> pl.DataFrame:
    """Return one row a patient of `index` and tissue: `of` (the tissue), `standing`, `because`, `sample_id`, `marker`,
    `possible` (what it may have been; null where there is nothing to tell by).

    For `response_tables.response_table` with `CATEGORIES` (or, read by depth, `DEPTHS`). `because` is given where the
    patient stands outside the categories.
    """
    asked = index.select("patient_id", "order", "earliest_day").join(pl.DataFrame({"of": TISSUES}), how="cross")
    samples = _samples(assessment, index, reading)
    if isinstance(window, After):
        bounds = _bounds(assessment.registry, index, window)
        samples = _within(samples, bounds)
        asked = asked.join(bounds.select("patient_id", "no_window_because"), on="patient_id", how="left")
    else:
        samples = samples.with_columns(placed=pl.lit(True, pl.Boolean))
        asked = asked.with_columns(no_window_because=pl.lit(None, pl.String))
    ranks = {name: k for k, name in enumerate(CATEGORIES if reading == "response" else DEPTHS)}
    chosen = _chosen(samples.filter("placed"), ranks, window)
    unplaced = (
        samples.filter(pl.col("placed").is_null()).select("patient_id", of="tissue", unplaced=pl.lit(True)).unique()
    )
    any_sample = samples.select("patient_id", of="tissue", sampled=pl.lit(True)).unique()
    frame = asked.sort("patient_id", "of")
    for other in (chosen, unplaced, any_sample):
        frame = frame.join(other, on=["patient_id", "of"], how="left", maintain_order="left")
    told = pl.col("standing").is_not_null()
    doubt = pl.col("unplaced").fill_null(False)
    no_window = pl.coalesce("no_window_because", pl.lit("a sample cannot be placed among the cycles"))
    because = (
        pl.when(pl.col("standing") == CANNOT_BE_TOLD)
        .then(pl.lit("what is not recorded leaves the response open"))
        .when(pl.col("standing") == NOT_EVALUABLE)
        .then(pl.lit("no value of this tissue before treatment to compare with"))
        .when(told)
        .then(None)
        .when(doubt)
        .then(no_window)
        .when(pl.col("sampled").fill_null(False))
        .then(pl.lit("no evaluable sample of this tissue in the window"))
        .otherwise(pl.lit("no evaluable sample of this tissue under the treatment"))
    )
    standing = pl.coalesce("standing", pl.when(doubt).then(pl.lit(CANNOT_BE_TOLD)).otherwise(pl.lit(NOT_EVALUABLE)))
    return frame.with_columns(because=because).select(
        "patient_id", "of", "because", "sample_id", "marker", "possible", standing=standing
    )


def by_cycle(
    assessment: Assessment, index: pl.DataFrame, *, most: int | None = None, reading: Reading = "response"
) -> pl.DataFrame:
    """Return the response after each cycle of those who began it: `cycle`, then as `molecular_responses`.

    After cycle k means before the next cycle, transplant or therapy; up to the `most`-th, or the last that anybody began.
    """
    cycles = cycles_of(assessment.registry, index)
    begun = cycles.group_by("number").agg(pl.col("patient_id").unique())
    last = min(int(str(begun["number"].max() or 0)), most or 10**6)
    parts = []
    for number in range(1, last + 1):
        who = cycles.filter(pl.col("number") == number)["patient_id"].unique()
        of_them = index.filter(pl.col("patient_id").is_in(who.implode()))
        found = molecular_responses(assessment, of_them, After(number, number), reading)
        parts.append(found.select(pl.lit(number, pl.Int64).alias("cycle"), pl.all()))
    if not parts:
        none = molecular_responses(assessment, index.clear(), "best", reading)
        return none.select(pl.lit(None, pl.Int64).alias("cycle"), pl.all())
    return pl.concat(parts)


def by_venetoclax_days(registry: Registry, index: pl.DataFrame) -> pl.DataFrame:
    """Return patient_id, `group` ("14 days") and `why` for `response_table`: the venetoclax days of cycle 1.

    Patients whose days, or dose, changed from cycle 1 to cycle 2 are left out (FILO), as are those of whom the days are not
    known; the table counts them.
    """
    cycles = cycles_of(registry, index)

    def of(number: int) -> pl.DataFrame:
        rows = cycles.filter(pl.col("number") == number).unique("patient_id", keep="first", maintain_order=True)
        named = {"venetoclax_days": f"days_{number}", "venetoclax_mg": f"mg_{number}"}
        return rows.select("patient_id", *named, pl.lit(True).alias(f"cycle_{number}")).rename(named)

    frame = index.select("patient_id", line_days="venetoclax_days")
    for number in (1, 2):
        frame = frame.join(of(number), on="patient_id", how="left", maintain_order="left")
    second = pl.col("cycle_2").fill_null(False)
    days = pl.when(pl.col("cycle_1").is_null()).then("line_days").otherwise("days_1")
    why = (
        pl.when(days.is_null())
        .then(pl.lit(UNKNOWN_DAYS))
        .when(second & (pl.col("days_2") != pl.col("days_1")).fill_null(False))
        .then(pl.lit("venetoclax days changed from cycle 1 to cycle 2"))
        .when(second & (pl.col("mg_2") != pl.col("mg_1")).fill_null(False))
        .then(pl.lit("the dose of venetoclax changed from cycle 1 to cycle 2"))
        .when(second & pl.col("days_2").is_null())
        .then(pl.lit("venetoclax days of cycle 2 are not recorded"))
    )
    return frame.with_columns(why=why).select(
        "patient_id", "why", group=pl.when(pl.col("why").is_null()).then(pl.format(NOT_CHANGED, days))
    )


def by_flt3_itd_or_ras(assessment: Assessment) -> pl.DataFrame:
    """Return patient_id, `group` and `why`: NPM1-mutated with or without FLT3-ITD or a mutation of NRAS or KRAS at diagnosis.

    "Without" needs each of the three tested; patients without mutated NPM1 (core-binding factor) are a group of their own.
    """
    either = pl.col("FLT3_ITD") | pl.col("NRAS") | pl.col("KRAS")
    followed = assessment.molecular.filter((pl.col("row") == "sample") & (pl.col("marker") == "NPM1"))
    measured = followed.filter(pl.col("detected_code") == YES)["patient_id"].unique()
    npm1 = pl.when(pl.col("patient_id").is_in(measured.implode())).then(True).otherwise("NPM1")
    group = (
        pl.when(~npm1)
        .then(pl.lit("NPM1 not mutated"))
        .when(npm1 & either)
        .then(pl.lit("NPM1 with FLT3-ITD or N/KRAS"))
        .when(npm1 & ~either)
        .then(pl.lit("NPM1 without FLT3-ITD or N/KRAS"))
    )
    told = assessment.diagnosis.select("patient_id", group=group)
    unknown = pl.lit("NPM1, FLT3-ITD, NRAS or KRAS at diagnosis is not known")
    return told.with_columns(why=pl.when(pl.col("group").is_null()).then(unknown))


def _samples(assessment: Assessment, index: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    """The samples under the index treatment with what each may show."""
    under = assessment.responses.join(
        index.select("patient_id", line_start="order"), on=["patient_id", "line_start"]
    ).select(*STREAM, "order", "earliest_day", "latest_day", "sample_id", possible=f"{KEY}_possible")
    if reading == "response":
        return under
    place = [*STREAM, "order", "sample_id"]
    depth = assessment.molecular.filter(pl.col("row") == "sample").select(
        *place, "reduction_low", "reduction_high", "detected_code", "adequate_code"
    )
    joined = under.drop("possible").join(depth, on=place, how="left", nulls_equal=True)
    negative = (pl.col("detected_code") == NO) & (pl.col("adequate_code") == YES)
    deep, shallow = pl.col("reduction_low") > FOUR_LOG + TOLERANCE, pl.col("reduction_high") <= FOUR_LOG + TOLERANCE
    seen = pl.col("detected_code") == YES

    def only(*depths: str) -> pl.Expr:
        return pl.lit(list(depths), pl.List(pl.String))

    return joined.with_columns(
        possible=pl.when(negative)
        .then(only(NEGATIVE))
        .when(seen & deep)
        .then(only(LOW_POSITIVE))
        .when(seen & shallow)
        .then(only(POSITIVE))
        .when(seen)
        .then(only(LOW_POSITIVE, POSITIVE))
        .otherwise(only(*DEPTHS))
    ).select(under.columns)


def _bounds(registry: Registry, index: pl.DataFrame, window: After) -> pl.DataFrame:
    """Of each patient: when cycle `first` was over, when the cycle after `last` began, and why that is not known."""
    cycles = cycles_of(registry, index)

    def of(number: int, name: str) -> pl.DataFrame:
        rows = cycles.filter(pl.col("number") == number).unique("patient_id", keep="first", maintain_order=True)
        last_dose = pl.col("start_day") + pl.col("venetoclax_days") - 1
        return rows.select(
            "patient_id",
            pl.col("order").alias(f"{name}_order"),
            pl.coalesce("end_day", last_dose).alias(f"{name}_end"),
            pl.lit(True).alias(name),
        )

    frame = known_on(registry, index.select("patient_id", "earliest_day"), "cycles", "cycles_known")
    for number, name in ((window.first, "first"), (window.first + 1, "second"), (window.last + 1, "beyond")):
        frame = frame.join(of(number, name), on="patient_id", how="left", maintain_order="left")
    begun, further = pl.col("first").fill_null(False), pl.col("beyond").fill_null(False)
    end_known = pl.col("first_end").is_not_null() | pl.col("second_order").is_not_null()
    return frame.with_columns(
        never=~begun & pl.col("cycles_known"),
        open_above=~pl.col("cycles_known") & ~further,
        no_window_because=pl.when(~begun & ~pl.col("cycles_known"))
        .then(pl.lit("cycles are not recorded"))
        .when(~begun)
        .then(pl.lit(f"cycle {window.first} was not begun"))
        .when(~end_known)
        .then(pl.lit(f"it is not recorded when cycle {window.first} was over"))
        .when(~pl.col("cycles_known") & ~further)
        .then(pl.lit(f"cycles are not recorded completely: cycle {window.last + 1} may have begun")),
    )


def _within(samples: pl.DataFrame, bounds: pl.DataFrame) -> pl.DataFrame:
    """Add `placed`: whether a sample lies in the window; null where that cannot be told."""
    joined = samples.join(bounds, on="patient_id", how="left", suffix="_start")
    over = (pl.col("earliest_day") >= pl.col("first_end")).fill_null(False)
    over |= (pl.col("order") >= pl.col("second_order")).fill_null(False)
    # Before the end, or (with cycles placed by sequence) before the next cycle though no end is known.
    not_over = (pl.col("latest_day") < pl.col("first_end")).fill_null(False)
    too_late = (pl.col("order") > pl.col("beyond_order")).fill_null(False)
    placed = (
        pl.when(pl.col("never") | too_late | not_over)
        .then(False)
        .when(over & ~pl.col("open_above") & pl.col("first").fill_null(False))
        .then(True)
    )
    return joined.with_columns(placed=placed).select(*samples.columns, "placed")


def _chosen(samples: pl.DataFrame, ranks: dict[str, int], window: Window) -> pl.DataFrame:
    """Of each patient and tissue the sample that counts: patient_id, `of`, `standing`, `sample_id`, `marker`."""
    never = str(MolecularResponse.NOT_EVALUABLE)
    codes = samples.with_columns(
        codes=pl.col("possible").list.eval(pl.element().replace_strict(ranks, default=None, return_dtype=pl.Int64)),
        evaluable=pl.col("possible").list.eval(pl.element() != never).list.any(),
        open=pl.col("possible").list.len() != 1,
    ).with_columns(least=pl.col("codes").list.min(), most=pl.col("codes").list.max())
    evaluable = codes.filter("evaluable")
    stream = list(STREAM)
    if window == "best":
        could = evaluable.with_columns(could=pl.col("least").min().over(stream))
        each = could.sort(*stream, pl.col("most").fill_null(99), "open", "order").unique(
            stream, keep="first", maintain_order=True
        )
        each = each.with_columns(open=pl.col("open") | (pl.col("could") < pl.col("most")))
    else:
        each = evaluable.sort(*stream, "order").unique(stream, keep="last", maintain_order=True)
    words = {rank: name for name, rank in ranks.items()}
    said = pl.col("most").replace_strict(words, default=None, return_dtype=pl.String)
    each = each.with_columns(standing=pl.when("open").then(pl.lit(CANNOT_BE_TOLD)).otherwise(said))
    gravest = each.sort("patient_id", "tissue", "most", pl.col("open"), descending=[False, False, True, True])
    one = gravest.unique(["patient_id", "tissue"], keep="first", maintain_order=True)
    none = codes.filter(~pl.col("evaluable")).unique(["patient_id", "tissue"], keep="first", maintain_order=True)
    none = none.join(one, on=["patient_id", "tissue"], how="anti").with_columns(standing=pl.lit(NOT_EVALUABLE))
    columns = ["patient_id", "sample_id", "marker", "possible", "standing"]
    return pl.concat([frame.select(*columns, of="tissue") for frame in (one, none)])
