"""The leukaemia at diagnosis: which genetic results describe it, and the picture that risk and class are read from.

A result describes the diagnosis if its sample was taken before the first treatment of the leukaemia began (on its day
included), or, where no treatment is recorded, within a window around the day of diagnosis; an older one, from an
earlier disorder, does not. A result without a date can leave a fact open and never settle it.
"""

from __future__ import annotations

import polars as pl

from tenfold.genetics.classes.facts import BLASTS_AML
from tenfold.genetics.classes.qualifiers import icc_qualifiers, progressed_from_mds
from tenfold.genetics.karyotype import fact_names
from tenfold.genetics.lesions import ADVERSE_CYTOGENETICS_2017
from tenfold.genetics.picture import genetic_picture
from tenfold.genetics.variants import found_variants
from tenfold.records.registry import Registry
from tenfold.records.therapy import antileukaemic, grafts
from tenfold.records.timeline import DAYS_PER_MONTH, complete_from_the_beginning, exact_day, known_on, placed
from tenfold.response.course import in_doubt
from tenfold.risk.eln2017 import HIGH_RATIO
from tenfold.risk.relapse_indices import WORDS
from tenfold.settings import Settings
from tenfold.vocabulary import HYPOMETHYLATING_AGENTS, Intent, Ontogeny

GENETICS = ("karyotypes", "fusions", "variants", "genes_tested")
DAYS_IN_YEAR = 365.25
SAME = 9
"""Decimals kept of a quotient: one patient alone and among others must not differ in the last bit."""


def opening(registry: Registry) -> pl.DataFrame:
    """Each patient's day of diagnosis and first treatment of the leukaemia, and what casts doubt on its being the first."""
    day = registry.days("patients").select("patient_id", pl.col("diagnosis_day").cast(pl.Int64))
    lines = antileukaemic(registry)
    first = lines.group_by("patient_id").agg(
        first_order=pl.col("order").min(),
        undated_line=pl.col("order").is_null().any(),
        salvage=(pl.col("intent").sort_by("order").first() == Intent.SALVAGE).fill_null(False),
        lines=pl.len(),
    )
    return day.join(first, on="patient_id", how="full", coalesce=True)


def at_diagnosis(registry: Registry, table: str, settings: Settings, opened: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of a table that describe the diagnosis, and the undated ones, told apart by `dated`.

    `opened` is the result of `opening`.
    """
    rows = found_variants(registry) if table == "variants" else placed(registry, table)
    known = rows.join(opened, on="patient_id", how="left", maintain_order="left")
    window = settings["risk.diagnostic_window"]
    before = pl.col("order") <= pl.col("first_order")
    near = (pl.col("latest_day") <= pl.col("diagnosis_day") + window) & pl.col("lines").is_null()
    old = (pl.col("latest_day") < pl.col("diagnosis_day") - settings["risk.molecular_window"]).fill_null(False)
    describes = (before | near) & ~old
    # Long after the diagnosis, or before a salvage that is the first line recorded, an earlier treatment may be missing.
    late = (pl.col("latest_day") > pl.col("diagnosis_day") + settings["risk.untreated_at_most"]).fill_null(False)
    doubtful = pl.col("undated_line").fill_null(False) | pl.col("salvage").fill_null(False) | late
    undated = (
        pl.col("order").is_null() | (describes.fill_null(False) & doubtful) | pl.col("undated_line").fill_null(False)
    )
    told = known.select(*rows.columns, _describes=describes.fill_null(False), _undated=undated)
    return told.filter(pl.col("_describes") | pl.col("_undated")).select(
        *rows.columns, dated=pl.col("_describes") & ~pl.col("_undated")
    )


def diagnostic_picture(registry: Registry, settings: Settings, turns: pl.DataFrame) -> pl.DataFrame:
    """Return one row for each patient: every genetic fact at diagnosis, blasts, and what the relapse indices ask.

    `turns` is the result of `course`. Null stands for what is not known.
    """
    opened = opening(registry)
    tables = {name: at_diagnosis(registry, name, settings, opened) for name in GENETICS}
    # A gene looked at counts as not mutated only where mutations are recorded completely.
    tested = known_on(registry, tables["genes_tested"], "variants", "recorded").filter("recorded").drop("recorded")
    picture = genetic_picture(tables["karyotypes"], tables["fusions"], tables["variants"], tested)
    picture = _open_where_rows_were_set_aside(registry, picture)
    people = registry.patient_ids()
    for frame in (picture, _blasts(registry, settings, opened), _first_relapse(registry, turns)):
        people = people.join(frame, on="patient_id", how="left", maintain_order="left")
    ontogeny = registry.table("patients").select("patient_id", "ontogeny")
    people = people.join(ontogeny, on="patient_id", how="left", maintain_order="left").with_columns(
        prior_mpn=pl.when(pl.col("ontogeny") == Ontogeny.DE_NOVO).then(False),
        prior_mds_or_mds_mpn=pl.lit(None, pl.Boolean),
        germline_predisposition=pl.lit(None, pl.Boolean),
    )
    people = icc_qualifiers(people.with_columns(prior_mds_or_mds_mpn=progressed_from_mds()))
    low, high = pl.col("FLT3_ITD_allelic_ratio_low"), pl.col("FLT3_ITD_allelic_ratio_high")
    inv_16, t_8_21 = pl.col("inv_16"), pl.col("t_8_21")
    return people.with_columns(
        # Between two bounds the ratio is known only where both lie on one side of the cut-off.
        FLT3_ITD_allelic_ratio=pl.when(low >= HIGH_RATIO).then(low).when(high < HIGH_RATIO).then(high),
        breems_cytogenetics=pl.when(inv_16)
        .then(pl.lit(WORDS[0]))
        .when(~inv_16 & t_8_21)
        .then(pl.lit(WORDS[1]))
        .when(~inv_16 & ~t_8_21)
        .then(pl.lit(WORDS[2])),
        high_risk_cytogenetics=pl.any_horizontal(ADVERSE_CYTOGENETICS_2017),
    )


def _open_where_rows_were_set_aside(registry: Registry, picture: pl.DataFrame) -> pl.DataFrame:
    """The picture in which no karyotype or fusion fact is "no" for a patient of whom such a row could not be used."""
    if registry.set_aside.is_empty():
        return picture
    aside = registry.set_aside.filter(pl.col("table").is_in(["karyotypes", "fusions"]) & ~pl.col("repeat"))
    doubtful = pl.col("patient_id").is_in(aside["patient_id"].drop_nulls().implode())
    facts = [name for name in fact_names() if name in picture.columns]
    return picture.with_columns(
        pl.when(doubtful & ~pl.col(name)).then(None).otherwise(pl.col(name)).alias(name) for name in facts
    )


def first_line(registry: Registry, turns: pl.DataFrame) -> pl.DataFrame:
    """What the first line of the leukaemia was, and whether it led to a remission.

    `first_line_intensive`, `first_line_hma_venetoclax`; `remission_on_first_line` is "no" where a salvage came before the
    first remission, "yes" where a remission came and no salvage before it.
    """
    lines = antileukaemic(registry)
    drugs = pl.col("drugs").str.to_lowercase().fill_null("")
    hma = pl.any_horizontal(drugs.str.contains(name, literal=True) for name in HYPOMETHYLATING_AGENTS)
    ordered = lines.filter(pl.col("order").is_not_null()).sort("order")
    opening = ordered.filter(pl.col("order") == pl.col("order").min().over("patient_id"))
    first = opening.group_by("patient_id").agg(
        opening_intent=pl.col("intent").first(),
        first_line_intensive=pl.col("intensive").any(ignore_nulls=False),
        first_line_hma_venetoclax=hma.any() & drugs.str.contains("venetoclax", literal=True).any(),
    )
    salvage = (
        ordered.filter(pl.col("intent") == Intent.SALVAGE).group_by("patient_id").agg(salvage=pl.col("order").min())
    )
    remission = turns.filter(pl.col("kind") == "remission").group_by("patient_id").agg(remitted=pl.col("order").min())
    joined = first.join(salvage, on="patient_id", how="left").join(remission, on="patient_id", how="left")
    from_the_start = pl.col("opening_intent") != Intent.SALVAGE
    before = pl.col("salvage") < pl.col("remitted")
    return joined.select(
        "patient_id",
        "first_line_intensive",
        "first_line_hma_venetoclax",
        remission_on_first_line=pl.when(from_the_start & before)
        .then(False)
        .when(from_the_start & pl.col("remitted").is_not_null())
        .then(True),
    )


def _blasts(registry: Registry, settings: Settings, opened: pl.DataFrame) -> pl.DataFrame:
    """Blasts at diagnosis, in marrow or blood, whichever are more: of several samples the last before treatment.

    Below the threshold of AML in one of them they are known only if the other was looked at, too.
    """
    last = [
        at_diagnosis(registry, table, settings, opened)
        .filter(pl.col("dated") & pl.col(column).is_not_null())
        .sort("order")
        .group_by("patient_id")
        .agg(pl.col(column).last())
        for table, column in (("marrows", "blasts_pct"), ("counts", "blasts_pb_pct"))
    ]
    both = last[0].join(last[1], on="patient_id", how="full", coalesce=True)
    more = pl.max_horizontal("blasts_pct", "blasts_pb_pct")
    seen = pl.col("blasts_pct").is_not_null() & pl.col("blasts_pb_pct").is_not_null()
    return both.select("patient_id", diagnostic_blasts_pct=pl.when(seen | (more >= BLASTS_AML)).then(more))


def _first_relapse(registry: Registry, turns: pl.DataFrame) -> pl.DataFrame:
    """The interval from first remission to first relapse, age and transplantation then, and whether that relapse is now.

    Only exact days give an interval. Where the course is not recorded completely, an unseen remission may lie between. Nobody
    has surely never relapsed of whose course anything is in doubt, or who was given a salvage after a remission.
    """
    day, order = exact_day(), pl.col("order")
    is_relapse = pl.col("kind") == "relapse"
    firsts = turns.group_by("patient_id", "kind", maintain_order=True).agg(day.first().alias("day"), order.first())
    remission = firsts.filter(~is_relapse).select("patient_id", remitted="day", remitted_order="order")
    relapse = firsts.filter(is_relapse).select("patient_id", relapsed="day", relapsed_order="order")
    last = turns.group_by("patient_id").agg(last_remission=order.filter(~is_relapse).max())
    people = registry.days("patients")
    for frame in (remission, relapse, last):
        people = people.join(frame, on="patient_id", how="left", maintain_order="left")
    people = people.join(_transplanted(registry, people), on="patient_id", how="left", maintain_order="left")
    since_birth = (pl.col("relapsed") - pl.col("birth_day")) / DAYS_IN_YEAR
    since_diagnosis = pl.col("age_at_diagnosis_years") + (pl.col("relapsed") - pl.col("diagnosis_day")) / DAYS_IN_YEAR
    recorded = complete_from_the_beginning(registry, "responses") & complete_from_the_beginning(registry, "events")
    again = pl.col("last_remission") > pl.col("relapsed_order")
    doubtful = pl.col("patient_id").is_in(in_doubt(registry)["patient_id"].implode())
    salvaged = pl.col("patient_id").is_in(_salvaged_in_remission(registry, remission).implode())
    never = pl.col("relapsed_order").is_null() & recorded & ~doubtful & ~salvaged
    return people.select(
        "patient_id",
        relapse_free_months=pl.when(pl.col("relapsed") > pl.col("remitted")).then(
            ((pl.col("relapsed") - pl.col("remitted")) / DAYS_PER_MONTH).round(SAME)
        ),
        age_at_relapse=pl.coalesce(since_birth, since_diagnosis).round(SAME),
        prior_transplant="transplanted",
        first_relapse=pl.when(again | never)
        .then(False)
        .when(pl.col("relapsed_order").is_not_null() & recorded)
        .then(True),
        ever_relapsed=pl.when(pl.col("relapsed_order").is_not_null()).then(True).when(never).then(False),
        # A relapse tells of a remission before it, recorded or not.
        ever_in_remission=pl.when(pl.col("remitted_order").is_not_null() | pl.col("relapsed_order").is_not_null()).then(
            True
        ),
    )


def _salvaged_in_remission(registry: Registry, remission: pl.DataFrame) -> pl.Series:
    """Patients with a remission and a salvage that may have followed it: a relapse between them may be unrecorded."""
    lines = antileukaemic(registry).filter(pl.col("intent") == Intent.SALVAGE)
    after = (pl.col("order") > pl.col("remitted_order")).fill_null(True)
    return lines.join(remission, on="patient_id", how="inner").filter(after)["patient_id"].unique()


def _transplanted(registry: Registry, people: pl.DataFrame) -> pl.DataFrame:
    """Whether a stem cell transplantation came before the first relapse; null without a relapse."""
    relapse = people.select("patient_id", "relapsed_order").drop_nulls()
    given = grafts(registry).join(relapse, on="patient_id", how="inner")
    before = (pl.col("order") < pl.col("relapsed_order")).any(ignore_nulls=False)
    counted = given.group_by("patient_id").agg(before=before, transplants=pl.len())
    joined = relapse.join(counted, on="patient_id", how="left", maintain_order="left")
    none = (pl.col("transplants").is_null() | ~pl.col("before")).fill_null(False)
    recorded = complete_from_the_beginning(registry, "transplants")
    return joined.select(
        "patient_id", transplanted=pl.when(pl.col("before")).then(True).when(none & recorded).then(False)
    )


def planned(registry: Registry, on: int | None) -> pl.DataFrame:
    """What is about to start on the index day: `azacitidine_ivosidenib`; null where nothing is."""
    lines = registry.days("treatments").filter((pl.col("start_day") == pl.lit(on, pl.Int64)).fill_null(False))
    drugs = pl.col("drugs").str.to_lowercase().fill_null("")
    return lines.group_by("patient_id").agg(
        azacitidine_ivosidenib=drugs.str.contains("azacitidine", literal=True).any()
        & drugs.str.contains("ivosidenib", literal=True).any(),
    )
