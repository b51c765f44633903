"""What is said of each sample beside its molecular state: time point, band of the level, ELN label, Tiong's cohort, concordance.

Traps: label and cohort hang on the molecular state; where that is a set they are answered for each of it and united. What was too
poor to call was neither detected nor adequate. The same marker in two tissues on one day is concordant, which confirms nothing.

Heuser et al., Blood 2021;138:2753-2767; Tiong et al., Br J Haematol 2021;192:1026-1030; FILO venetoclax-azacitidine series, 2025.
"""

from __future__ import annotations

import polars as pl

from tenfold.logic.answering import answer, unite
from tenfold.logic.fold import UNKNOWN, YES
from tenfold.mrd.best_band import with_best_band
from tenfold.mrd.label import level_band
from tenfold.mrd.label_editions import label_decision, with_second_negative
from tenfold.mrd.levels import ABL1, DIAGNOSIS
from tenfold.mrd.markers import has_low_level_rule
from tenfold.mrd.samples import counts
from tenfold.mrd.time_point import with_first_line, with_time_point
from tenfold.mrd.tiong import cohort
from tenfold.records.registry import Registry
from tenfold.settings import Settings
from tenfold.vocabulary import MolecularState, Qualifier, TimePoint

STATES = tuple(MolecularState)
RELAPSING = tuple(STATES[STATES.index(MolecularState.RELAPSE_UNCONFIRMED) :])
JUST_BELOW = 1e-9
"""By what share a level that is printed as less than a number lies below it, at least."""


def labelled(registry: Registry, molecular: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Add to samples the time point, the band of the level and the best so far, the ELN label and Tiong's cohort.

    Label and cohort depend on the molecular state; where several are possible they are answered for each and united.
    """
    band = level_band(settings["mrd.low_level_below"])
    by_state = [label_decision(settings), cohort(settings["mrd.tiong_unconfirmed_from"])]
    molecular = with_second_negative(with_time_point(registry, molecular.with_row_index("position"), settings))
    molecular = with_first_line(registry, molecular)
    samples = molecular.filter(counts())
    questions = answer(_label_inputs(samples), [band])
    each = questions.explode("state_possible").with_columns(
        in_remission=pl.col("state_possible") != MolecularState.OUTSIDE_REMISSION,
        relapse=pl.col("state_possible").is_in(RELAPSING),
        progression=pl.col("state_possible") == MolecularState.PROGRESSION,
    )
    answered = answer(each, by_state)
    united = unite(answered, "position", by_state)
    bands = questions.select("position", pl.col(f"^{band.key}.*$"))
    labelled = (
        molecular.join(bands, on="position", how="left", maintain_order="left")
        .join(united, on="position", how="left", maintain_order="left")
        .sort("position")
        .drop("position")
    )
    return with_best_band(labelled)


def _label_inputs(samples: pl.DataFrame) -> pl.DataFrame:
    """The inputs that band, label and cohort read off a sample and what the fold said of it."""
    exact = pl.col("low") == pl.col("high")
    # A logarithm there and back would put a bound of exactly 2 % below it; what is printed as "< 2" does lie below.
    low, high = (
        pl.when(exact).then("level").otherwise((pl.lit(10.0) ** pl.col(bound)).round(9)) for bound in ("low", "high")
    )
    high = pl.when(pl.col("qualifier") == Qualifier.BELOW).then(high * (1 - JUST_BELOW)).otherwise(high)
    on_abl1, of_diagnosis = pl.col("family") == ABL1, pl.col("family") == DIAGNOSIS
    # What was too poor to call was neither detected nor adequate.
    detected = pl.when(pl.col("no_call").cast(pl.Boolean)).then(False).otherwise(_truth("detected_code"))
    over = pl.col("time_point").is_in([TimePoint.END_OF_TREATMENT, TimePoint.FOLLOW_UP])
    return samples.with_columns(
        marker_suitable=pl.lit(True),
        first_line=_truth("first_line_code"),
        optimal=pl.lit(None, pl.Boolean),
        high_risk=pl.lit(None, pl.Boolean),
        low_level_rule=has_low_level_rule(),
        detected=detected,
        detectable=detected,
        adequate=_truth("adequate_code"),
        percent_low=pl.when(on_abl1).then(low),
        percent_high=pl.when(on_abl1).then(high),
        level_low_pct=pl.when(of_diagnosis).then(low),
        level_high_pct=pl.when(of_diagnosis).then(high),
        after_chemotherapy=over,
        earlier_negative=_truth("earlier_negative"),
        tenfold_rise=_truth("rise"),
        second_sample=_truth("confirmed"),
    )


def _truth(column: str) -> pl.Expr:
    return pl.when(pl.col(column) != UNKNOWN).then(pl.col(column) == YES)


def concordant(molecular: pl.DataFrame) -> pl.DataFrame:
    """Mark samples whose marker was detected in more than one tissue on that day: concordant, which is not
    confirmation.
    """
    detected = molecular.filter((pl.col("row") == "sample") & (pl.col("detected_code") == YES))
    several = (
        detected.group_by("patient_id", "marker", "order")
        .agg(concordant=pl.col("tissue").n_unique() > 1)
        .filter("concordant")
    )
    joined = molecular.join(several, on=["patient_id", "marker", "order"], how="left", maintain_order="left")
    positive_sample = (pl.col("row") == "sample") & (pl.col("detected_code") == YES)
    return joined.with_columns(concordant=pl.col("concordant").fill_null(False) & positive_sample)
