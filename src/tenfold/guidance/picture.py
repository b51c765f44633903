"""The guidance picture: one row of named facts per patient, on which every option, step and trial is decided.

Traps: fitness and eligibility change, so the last statement counts; a mutation of the first diagnosis says nothing of
overt relapse, and the genes are then those of the present phase; immunosuppression without a recorded end may go on or not.

What each fact means for a decision: Thol, Döhner, Ganser, Blood 2024;143:11-20.
"""

from __future__ import annotations

import polars as pl

from tenfold.genetics.picture import genetic_picture
from tenfold.genetics.variants import found_variants
from tenfold.guidance.graft_versus_host import graft_versus_host_disease
from tenfold.guidance.molecular_facts import FACTS, molecular_facts
from tenfold.logic.fold import UNKNOWN, YES
from tenfold.mrd.samples import STREAM, counts
from tenfold.records.registry import Registry
from tenfold.records.therapy import antileukaemic, grafts
from tenfold.records.timeline import (
    DAYS_PER_MONTH,
    FAR,
    complete_from_the_beginning,
    exact_day,
    known_on,
    placed,
)
from tenfold.settings import Settings
from tenfold.treatment_history import given_together, venetoclax_given
from tenfold.vocabulary import Intent

OF_THE_PATIENT = ("age_years", "in_remission", "prior_hma", "prior_venetoclax")
"""What is read off the snapshot as it is."""
GENES = ("NPM1", "FLT3", "FLT3_ITD", "IDH1", "IDH2", "TP53", "KMT2A_rearranged")
"""Of the present phase in overt disease, else of the diagnosis."""
FIRST_LINE = (Intent.INDUCTION, Intent.CONSOLIDATION)
FURTHER_LINES = (Intent.SALVAGE, Intent.PRE_EMPTIVE, Intent.BRIDGE, Intent.PALLIATIVE)
MAINTENANCE_MONTHS = 24.0
"""Longer after a graft, maintenance was not studied in the trials that the review cites (not verified here)."""
GENETICS = ("karyotypes", "fusions", "variants", "genes_tested")


def guidance_picture(
    registry: Registry,
    settings: Settings,
    molecular: pl.DataFrame,
    present: pl.DataFrame,
    diagnosis: pl.DataFrame,
    turns: pl.DataFrame,
    on: int | None = None,
) -> pl.DataFrame:
    """Return one row per patient with every fact that the questions of this room read; null stands for not known.

    `molecular`, `diagnosis` and `turns` (the course) are an assessment's, `present` its snapshot; `on` is the index day.
    """
    state = present.select(
        "patient_id",
        *OF_THE_PATIENT,
        "phase_order",
        "phase_until",
        "relapsed",
        overt=pl.coalesce("relapsed_or_refractory", pl.when("in_remission").then(False)),
    )
    people = registry.patient_ids()
    for frame in (
        state,
        _lines(registry, state, on),
        _status(registry, settings, state, on),
        _transplants(registry, turns, state, on),
        molecular_facts(registry, settings, molecular, on),
    ):
        people = people.join(frame, on="patient_id", how="left", maintain_order="left")
    genes = _genes(registry, settings, people, _with_followed(diagnosis, molecular))
    people = people.join(genes, on="patient_id", how="left", maintain_order="left")
    for frame in (
        _repeated(registry, people, molecular),
        _at_diagnosis(diagnosis),
        _itd_before(registry, diagnosis),
        _last_remission(turns, state),
        _around_the_graft(registry, turns, molecular),
    ):
        people = people.join(frame, on="patient_id", how="left", maintain_order="left")
    never = pl.col("prior_transplant") | pl.col("transplanted_since")
    people = people.with_columns(
        # Molecular relapse and persistence are of a remission.
        pl.when("overt").then(False).otherwise(pl.col(name)).alias(name)
        for name in FACTS
    )
    return people.with_columns(
        # Without a graft there is no graft-versus-host disease.
        *(pl.when(~never).then(False).otherwise(pl.col(name)).alias(name) for name in ("gvhd_active", "gvhd_ever")),
        CD33=pl.lit(None, pl.Boolean),
    )


def _lines(registry: Registry, state: pl.DataFrame, on: int | None) -> pl.DataFrame:
    """prior_intensive, prior_hma_venetoclax, venetoclax_now, lines, untreated.

    In overt disease "prior" is what began before its first document: a line that began since is being tried, and has not
    failed. Otherwise it is what began before the index day.
    """
    overt = state.filter("overt").select("patient_id", "overt", "phase_order")
    given = antileukaemic(registry)
    told = given.join(overt, on="patient_id", how="left", maintain_order="left")
    before = pl.when("overt").then(pl.col("order") < pl.col("phase_order")).otherwise(True)
    earlier = told.filter((pl.col("start_day") != pl.lit(on, pl.Int64)).fill_null(True))
    # Inductions, consolidation and maintenance are one line of therapy.
    first_line = pl.col("intent").is_in([intent.value for intent in FIRST_LINE])
    further = pl.col("intent").is_in([intent.value for intent in FURTHER_LINES])
    per_patient = earlier.group_by("patient_id").agg(
        prior_intensive=(before & pl.col("intensive")).any(ignore_nulls=False),
        lines=pl.when(pl.col("intent").is_not_null().all()).then(
            first_line.any().cast(pl.Int64) + pl.col("order").filter(further).n_unique().cast(pl.Int64)
        ),
        given=pl.len(),
    )
    # A line of which nobody can say whether it began before leaves the combination open.
    sure, perhaps = (given_together(earlier.filter(before.fill_null(unknown))) for unknown in (False, True))
    together = perhaps.join(sure, on="patient_id", how="left", suffix="_sure", maintain_order="left").select(
        "patient_id",
        prior_hma_venetoclax=pl.when(
            pl.col("prior_hma_venetoclax") == pl.col("prior_hma_venetoclax_sure").fill_null(False)
        ).then("prior_hma_venetoclax"),
    )
    people = registry.patient_ids()
    for frame in (per_patient, together, _venetoclax_now(told, on)):
        people = people.join(frame, on="patient_id", how="left", maintain_order="left")
    complete = complete_from_the_beginning(registry, "treatments")
    none = pl.col("given").is_null()

    def closed(name: str) -> pl.Expr:
        known = pl.when(none).then(False).otherwise(pl.coalesce(name, pl.when(pl.col("_no_line_before")).then(False)))
        return pl.when(known).then(True).when(~known & complete).then(False).alias(name)

    earliest = earlier.group_by("patient_id").agg(_no_line_before=~before.any(ignore_nulls=False))
    people = people.join(earliest, on="patient_id", how="left", maintain_order="left")
    return people.select(
        "patient_id",
        closed("prior_intensive"),
        closed("prior_hma_venetoclax"),
        venetoclax_now=pl.when(pl.col("venetoclax_now").is_not_null())
        .then("venetoclax_now")
        .when(none & complete)
        .then(False),
        lines=pl.when(~none).then("lines").when(complete).then(0),
        untreated=pl.when(~none).then(False).when(complete).then(True),
    )


def _venetoclax_now(lines: pl.DataFrame, on: int | None) -> pl.DataFrame:
    """Whether venetoclax is being given: by the last line begun, unless its end is known; an earlier one has given way."""
    ended = pl.col("end_day").is_not_null() & (True if on is None else (pl.col("end_day") < pl.lit(on, pl.Int64)))
    begun = lines.filter(pl.col("order").is_not_null()).with_columns(_venetoclax=venetoclax_given() & ~ended)
    last = begun.filter(pl.col("order") == pl.col("order").max().over("patient_id"))
    return last.group_by("patient_id").agg(venetoclax_now=pl.col("_venetoclax").any(ignore_nulls=False))


def _status(registry: Registry, settings: Settings, state: pl.DataFrame, on: int | None) -> pl.DataFrame:
    """ecog, fit_for_intensive and transplant_eligible as they were last stated, while that is not too long ago.

    In overt disease a statement counts since it began or shortly before. Two that contradict each other on one day are not
    known.
    """
    window = settings["guidance.status_window"]
    overt = state.filter("overt").select("patient_id", "overt", "phase_order", "phase_until")
    rows = placed(registry, "status").join(overt, on="patient_id", how="left", maintain_order="left")
    since = (pl.col("order") >= pl.col("phase_order")) | (pl.col("earliest_day") >= pl.col("phase_until") - window)
    lately = (pl.lit(on, pl.Int64) - pl.col("latest_day") <= window).fill_null(True)
    placed_phase = pl.col("overt") & pl.col("phase_order").is_not_null()
    stands = pl.when(placed_phase.fill_null(False)).then(since.fill_null(False)).otherwise(lately)
    current = rows.filter(stands).sort("order", nulls_last=False)
    named = ("ecog", "fit_for_intensive", "transplant_eligible")
    last = []
    for name in named:
        said = pl.col(name).is_not_null()
        of_the_last_day = pl.col(name).filter(said & (pl.col("order") == pl.col("order").filter(said).max()))
        last.append(pl.when(of_the_last_day.n_unique() == 1).then(of_the_last_day.first()).alias(name))
    return current.group_by("patient_id").agg(*last).with_columns(pl.col("ecog").cast(pl.Float64))


def _transplants(registry: Registry, turns: pl.DataFrame, state: pl.DataFrame, on: int | None) -> pl.DataFrame:
    """prior_transplant, transplanted_since, months_to_relapse (from graft to relapse), long_after_graft,
    on_immunosuppression, gvhd_active and gvhd_ever.

    In overt disease a graft counts as prior if it came before its first document; one since is `transplanted_since`.
    """
    allografts = _allografts(registry).select(
        "patient_id", "order", day=exact_day(), ended=pl.col("immunosuppression_end_day").cast(pl.Int64)
    )
    overt = state.filter("overt").select("patient_id", "overt", "phase_order")
    grafted = allografts.join(overt, on="patient_id", how="left", maintain_order="left")
    since = pl.when("overt").then(pl.col("order") >= pl.col("phase_order")).otherwise(False)
    sides = grafted.group_by("patient_id").agg(
        before=(~since).any(ignore_nulls=False), since=since.any(ignore_nulls=False)
    )
    last = (
        grafted.sort("order", "ended", nulls_last=True)
        .group_by("patient_id", maintain_order=True)
        .agg(
            pl.col("order", "day", "ended").filter(pl.col("order") == pl.col("order").max()).first(),
            grafts=pl.len(),
        )
    )
    relapse = turns.filter(pl.col("kind") == "relapse").select(
        "patient_id", relapse_order="order", relapse_day=exact_day()
    )
    after = (
        relapse.join(last, on="patient_id")
        .filter(pl.col("relapse_order") >= pl.col("order"))
        .sort("relapse_order")
        .group_by("patient_id")
        .agg(months_to_relapse=(pl.col("relapse_day").first() - pl.col("day").first()) / DAYS_PER_MONTH)
    )
    people = registry.patient_ids()
    for frame in (last, after, sides, graft_versus_host_disease(registry, grafted, on)):
        people = people.join(frame, on="patient_id", how="left", maintain_order="left")
    over = pl.when(pl.col("ended").is_not_null()).then(
        True if on is None else (pl.col("ended") <= pl.lit(on, pl.Int64))
    )
    none = pl.col("grafts").is_null() & complete_from_the_beginning(registry, "transplants")
    months = (pl.lit(on, pl.Int64) - pl.col("day")) / DAYS_PER_MONTH
    return people.select(
        "patient_id",
        "gvhd_active",
        "gvhd_ever",
        months_to_relapse=pl.col("months_to_relapse").round(9),
        prior_transplant=pl.when(none).then(False).otherwise("before"),
        transplanted_since=pl.when(none).then(False).otherwise("since"),
        long_after_graft=pl.when(none).then(False).otherwise(months > MAINTENANCE_MONTHS),
        on_immunosuppression=pl.when(none).then(False).otherwise(~over),
    )


def _allografts(registry: Registry) -> pl.DataFrame:
    return grafts(registry).filter(~pl.col("autologous"))


def _of_the_phase(registry: Registry, table: str, people: pl.DataFrame, window: int) -> pl.DataFrame:
    """The rows of a genetic table from the present phase of overt disease, and the undated ones, told apart by `dated`."""
    rows = found_variants(registry) if table == "variants" else placed(registry, table)
    phase = people.filter("overt").select("patient_id", "phase_order", "phase_until")
    joined = rows.join(phase, on="patient_id", how="inner", maintain_order="left")
    begun = pl.col("order") >= pl.col("phase_order")
    shortly_before = pl.col("earliest_day") >= pl.col("phase_until") - window
    now = (begun | shortly_before).fill_null(False)
    return joined.filter(now | pl.col("order").is_null()).select(*rows.columns, dated=now)


def _genes(registry: Registry, settings: Settings, people: pl.DataFrame, diagnosis: pl.DataFrame) -> pl.DataFrame:
    """`GENES`: of the present phase for patients with overt disease, of the diagnosis for the others."""
    window = settings["risk.molecular_window"]
    if people["overt"].any():
        rows = {name: _of_the_phase(registry, name, people, window) for name in GENETICS}
        tested = known_on(registry, rows["genes_tested"], "variants", "recorded").filter("recorded").drop("recorded")
        now = _named(genetic_picture(rows["karyotypes"], rows["fusions"], rows["variants"], tested))
    else:
        now = pl.DataFrame(schema={"patient_id": pl.String, **dict.fromkeys(GENES, pl.Boolean)})
    both = people.select("patient_id", "overt")
    for frame, suffix in ((now, "_now"), (_named(diagnosis), "_first")):
        renamed = frame.rename({name: f"{name}{suffix}" for name in GENES})
        both = both.join(renamed, on="patient_id", how="left", maintain_order="left")
    return both.select(
        "patient_id",
        *(
            pl.when("overt").then(f"{name}_now").when(~pl.col("overt")).then(f"{name}_first").alias(name)
            for name in GENES
        ),
    )


def _with_followed(diagnosis: pl.DataFrame, molecular: pl.DataFrame) -> pl.DataFrame:
    """The picture at diagnosis, with NPM1 mutated where its transcript was ever detected: it was there to be followed."""
    seen = molecular.filter((pl.col("marker") == "NPM1") & (pl.col("detected_code") == YES))["patient_id"].unique()
    followed = pl.col("patient_id").is_in(seen.implode())
    return diagnosis.with_columns(NPM1=pl.when(pl.col("NPM1").is_null() & followed).then(True).otherwise("NPM1"))


def _named(picture: pl.DataFrame) -> pl.DataFrame:
    rearranged = pl.any_horizontal("kmt2a_rearranged", "t_9_11")
    return picture.with_columns(KMT2A_rearranged=rearranged, FLT3=pl.col("FLT3_any")).select("patient_id", *GENES)


def _at_diagnosis(diagnosis: pl.DataFrame) -> pl.DataFrame:
    """What decisions in remission and the flags of a poor outcome read of the first diagnosis."""
    return diagnosis.select(
        "patient_id",
        FLT3_at_diagnosis="FLT3_any",
        favourable_cytogenetics=pl.any_horizontal("t_8_21", "inv_16"),
    )


def _itd_before(registry: Registry, diagnosis: pl.DataFrame) -> pl.DataFrame:
    """FLT3_ITD_before: found at diagnosis or at any time since; no by the diagnosis alone."""
    itd = (pl.col("recorded_gene") == "FLT3") & (pl.col("finding") == "FLT3-ITD")
    found = found_variants(registry).filter(itd & pl.col("counts_as_mutated").fill_null(False))
    ever = found.select("patient_id", ever=pl.lit(True)).unique()
    told = diagnosis.select("patient_id", "FLT3_ITD").join(ever, on="patient_id", how="left", maintain_order="left")
    return told.select("patient_id", FLT3_ITD_before=pl.coalesce("ever", "FLT3_ITD"))


def _last_remission(turns: pl.DataFrame, state: pl.DataFrame) -> pl.DataFrame:
    """months_in_remission: from the last remission to the relapse that is now, where both days are known."""
    overt = state.filter("overt").select("patient_id", "phase_order")
    told = turns.join(overt, on="patient_id").with_columns(day=exact_day())
    remission = (pl.col("kind") == "remission") & (pl.col("order") < pl.col("phase_order"))
    relapse = (pl.col("kind") == "relapse") & (pl.col("order") >= pl.col("phase_order"))
    days = pl.col("day").filter(relapse).first() - pl.col("day").filter(remission).last()
    return told.sort("order").group_by("patient_id").agg(months_in_remission=(days / DAYS_PER_MONTH).round(9))


def _around_the_graft(registry: Registry, turns: pl.DataFrame, molecular: pl.DataFrame) -> pl.DataFrame:
    """mrd_positive_around_graft: in the last sample of each stream before the last graft, in that remission, or after it."""
    graft = _allografts(registry).group_by("patient_id").agg(graft=pl.col("order").max()).drop_nulls()
    relapses = turns.filter(pl.col("kind") == "relapse").select("patient_id", relapse="order")
    before = (
        graft.join(relapses, on="patient_id")
        .filter(pl.col("relapse") <= pl.col("graft"))
        .group_by("patient_id")
        .agg(relapsed_before=pl.col("relapse").max())
    )
    told = graft.join(before, on="patient_id", how="left").with_columns(pl.col("relapsed_before").fill_null(-FAR))
    samples = molecular.filter(counts() & (pl.col("order").is_not_null())).join(told, on="patient_id")
    of_this = samples.filter(pl.col("order") > pl.col("relapsed_before")).with_columns(
        _after=pl.col("order") >= pl.col("graft"),
        _positive=pl.when(pl.col("detected_code") != UNKNOWN).then(pl.col("detected_code") == YES),
    )
    last = (
        of_this.sort("order")
        .group_by(*STREAM, "_after", maintain_order=True)
        .agg(
            pl.when("_after")
            .then(pl.col("_positive").any(ignore_nulls=False))
            .otherwise(pl.col("_positive").last())
            .last()
        )
    )
    sides = last.group_by("patient_id").agg(
        positive=pl.col("_positive").any(ignore_nulls=False), sides=pl.col("_after").n_unique()
    )
    # Negative on one side says nothing of the other.
    return sides.select(
        "patient_id",
        mrd_positive_around_graft=pl.when("positive")
        .then(True)
        .when(~pl.col("positive") & (pl.col("sides") == 2))
        .then(False),
    )


def _repeated(registry: Registry, people: pl.DataFrame, molecular: pl.DataFrame) -> pl.DataFrame:
    """genetics_repeated: whether a gene was looked at since the relapse, overt or molecular, began."""
    looked = pl.concat([placed(registry, name).select("patient_id", "order") for name in ("variants", "genes_tested")])
    first = (
        molecular.filter(pl.col("relapse_sample_id").is_not_null())
        .group_by("patient_id")
        .agg(_molecular=pl.col("order").filter(pl.col("sample_id") == pl.col("relapse_sample_id")).max())
    )
    since = people.select("patient_id", "overt", "phase_order").join(
        first, on="patient_id", how="left", maintain_order="left"
    )
    since = since.with_columns(_since=pl.when("overt").then("phase_order").otherwise("_molecular"))
    after = looked.join(since, on="patient_id").filter(pl.col("order") >= pl.col("_since"))
    done = after.select("patient_id", genetics_repeated=pl.lit(True)).unique()
    frame = since.join(done, on="patient_id", how="left", maintain_order="left")
    known = pl.col("_since").is_not_null() & complete_from_the_beginning(registry, "variants")
    return frame.select("patient_id", genetics_repeated=pl.coalesce("genetics_repeated", pl.when(known).then(False)))
