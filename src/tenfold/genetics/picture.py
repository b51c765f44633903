"""The genetic picture of each patient from one occasion: karyotype, fusions and genes as one row of facts.

Traps: a culture that failed says nothing and hides nothing; a fusion found by FISH, RNA or PCR may be cryptic in the
karyotype, so it counts though the karyotype does not show it; a rearrangement that the karyotype names and another
method does not find is a conflict, and the fact is not known; a row without a date can make a fact unknown, never known.
"""

from __future__ import annotations

import polars as pl

from tenfold.genetics.classes.functional import functional_categories, functional_genes
from tenfold.genetics.karyotype import Status, editions, fact_names, facts_frame
from tenfold.genetics.karyotype.editions import CORE_BINDING_FACTOR
from tenfold.genetics.variants import patient_findings
from tenfold.genetics.variants.genes import feature_genes

FUSIONS = {
    "RUNX1::RUNX1T1": "t_8_21",
    "CBFB::MYH11": "inv_16",
    "PML::RARA": "t_15_17",
    "MLLT3::KMT2A": "t_9_11",
    "KMT2A::MLLT3": "t_9_11",
    "DEK::NUP214": "t_6_9",
    "BCR::ABL1": "t_9_22",
    "KAT6A::CREBBP": "t_8_16",
    "GATA2::MECOM": "inv_3",
    "RBM15::MRTFA": "t_1_22",
    "NPM1::MLF1": "t_3_5",
    "PRDM16::RPN1": "t_1_3",
    "ETV6::MNX1": "t_7_12",
    "PICALM::MLLT10": "t_10_11_picalm",
    "FUS::ERG": "t_16_21_fus",
    "RUNX1::CBFA2T3": "t_16_21_cbfa2t3",
    "CBFA2T3::GLIS2": "inv_16_cbfa2t3",
}
"""The fact that each named fusion is."""
FAMILIES = {"KMT2A": "kmt2a_rearranged", "MECOM": "mecom_other", "NUP98": "nup98_rearranged", "RARA": "other_rara"}
"""The fact that a fusion of one of these genes with any other partner is."""

BREAK_APART = {
    "KMT2A": ("kmt2a_rearranged", "t_9_11"),
    "MECOM": ("mecom_other", "inv_3"),
    "NUP98": ("nup98_rearranged",),
    "CBFB": ("inv_16",),
    "RARA": ("other_rara", "t_15_17"),
}
"""The facts of which a break-apart probe of one gene tells that one holds, or that none does."""


BARRED = {f"complex_{edition.name}": edition.class_defining for edition in editions()} | {
    "monosomal": CORE_BINDING_FACTOR
}
"""The rearrangements with which a karyotype is not called complex or monosomal."""


def facts_of_fusion(fusion: str, found: bool) -> tuple[tuple[str, bool | None], ...]:
    """The facts that a result says yes, no or (None) perhaps to; empty where no definition names the fusion.

    "RUNX1::RUNX1T1" may be turned round. That one partner of KMT2A was not found does not exclude the others; a gene
    alone is a break-apart probe, which tells that it is broken and not the partner.
    """
    partners = fusion.split("::")
    if len(partners) == 2 and partners[0] == partners[1]:
        return ()  # a tandem duplication within one gene, as RNA sequencing reports KMT2A-PTD
    for named in (fusion, "::".join(reversed(partners))):
        if named in FUSIONS:
            return ((FUSIONS[named], found),)
    if len(partners) == 1 and fusion in BREAK_APART:
        possible = BREAK_APART[fusion]
        return tuple((fact, None if found and len(possible) > 1 else found) for fact in possible)
    family = next((FAMILIES[gene] for gene in partners if gene in FAMILIES), None)
    return ((family, True),) if family is not None and found else ()


def _is_named(fusion: str) -> bool:
    return bool(facts_of_fusion(fusion, True))


def genetic_picture(
    karyotypes: pl.DataFrame, fusions: pl.DataFrame, variants: pl.DataFrame, tested: pl.DataFrame
) -> pl.DataFrame:
    """Return one row per patient of any of the tables: every fact of karyotype, fusion and gene, null where not known.

    The caller chooses the rows: those of one occasion. Each frame has `patient_id` and the columns of its table, and
    `dated`: False for a row that can only make a fact unknown. `fusion_conflicts` lists what two methods contradict,
    `other_fusions` those found that no definition names.
    """
    people = pl.concat([frame.select("patient_id") for frame in (karyotypes, fusions, variants, tested)]).unique()
    chromosomes = _by_karyotype(karyotypes)
    fused = _by_fusion(fusions)
    picture = people.sort("patient_id").join(chromosomes, on="patient_id", how="left")
    picture = _settled_by_complex(picture)
    picture = picture.with_columns(pl.any_horizontal(names).alias(f"shown_{fact}") for fact, names in BARRED.items())
    picture = _without_defining(_reconciled(picture, fused))
    loss = picture.select("patient_id", loss_17p=pl.any_horizontal("loss_17", "del_17p"))
    genes = _genes(variants, tested, loss)
    other = fusions.filter(pl.col("result") & ~pl.col("fusion").map_elements(_is_named, return_dtype=pl.Boolean))
    unnamed = other.group_by("patient_id").agg(other_fusions=pl.col("fusion").unique().sort())
    whole = picture.join(genes, on="patient_id", how="left", maintain_order="left").join(
        unnamed, on="patient_id", how="left", maintain_order="left"
    )
    return functional_categories(whole.rename({"normal": "normal_karyotype"}))


def _by_karyotype(karyotypes: pl.DataFrame) -> pl.DataFrame:
    """Each fact over the karyotypes of a patient that could be read: yes if any says so, open if one leaves it open."""
    facts = list(fact_names())
    read = pl.concat([karyotypes.select("patient_id", "dated"), facts_frame(karyotypes["iscn"])], how="horizontal")
    # What failed or was not done tells only what its text states beside; what could not be read leaves everything open.
    silent = pl.col("status").is_in([Status.FAILED, Status.NOT_DONE, Status.EMPTY])
    sure, speaks = pl.col("dated"), ~silent
    in_words, unread = pl.col("clones").is_null(), pl.col("unread")
    if not read["patient_id"].is_duplicated().any():
        # Most patients have one karyotype, which is read as it stands.
        return read.select(
            "patient_id",
            *(pl.when(sure).then(pl.col(name)).alias(name) for name in facts),
            "metaphases",
            in_words=in_words,
            unread_karyotype=pl.when(unread != "").then(unread),
        )
    return read.group_by("patient_id", maintain_order=True).agg(
        *(_over_rows(pl.col(name), sure, speaks).alias(name) for name in facts),
        metaphases=pl.col("metaphases").max(),
        in_words=in_words.all(),
        unread_karyotype=unread.filter(unread != "").first(),
    )


def _over_rows(fact: pl.Expr, sure: pl.Expr, speaks: pl.Expr | None = None) -> pl.Expr:
    """Yes by any dated row; no where dated rows say no and no row that `speaks` says or leaves open otherwise."""
    yes = (fact & sure).fill_null(False).any()
    no = (~fact & sure).fill_null(False).any()
    open_ = fact.fill_null(pl.lit(True) if speaks is None else speaks).any()
    return pl.when(yes).then(True).when(no & ~open_).then(False)


def _by_fusion(fusions: pl.DataFrame) -> pl.DataFrame:
    """patient_id, fact, found (yes, no or open), whether a dated row saw it or denied it, and the methods."""
    told = fusions.filter(pl.col("result").is_not_null())
    meant = [
        (fusion, result, fact, found)
        for fusion, result in told.select("fusion", "result").unique().iter_rows()
        for fact, found in facts_of_fusion(fusion, result)
    ]
    schema = {"fusion": pl.String, "result": pl.Boolean, "fact": pl.String, "says": pl.Boolean}
    rows = told.join(pl.DataFrame(meant, schema, orient="row"), on=["fusion", "result"], maintain_order="left")
    says, sure = pl.col("says"), pl.col("dated")
    return rows.group_by("patient_id", "fact", maintain_order=True).agg(
        found=_over_rows(says, sure),
        seen=(says & sure).fill_null(False).any(),
        denied=(~says & sure).fill_null(False).any(),
        methods=pl.col("method").drop_nulls().unique(maintain_order=True).str.join(", "),
    )


def _reconciled(picture: pl.DataFrame, fused: pl.DataFrame) -> pl.DataFrame:
    """The facts of the karyotype with those of the fusions; what contradicts is open, and said."""
    told = []
    shown = {fact: picture[fact] for facts in BREAK_APART.values() for fact in facts}
    for fact in fused["fact"].unique(maintain_order=True):
        other = fused.filter(pl.col("fact") == fact).drop("fact")
        picture = picture.join(other, on="patient_id", how="left", maintain_order="left")
        by_karyotype = pl.col(fact)
        seen, denied = pl.col("seen").fill_null(False), pl.col("denied").fill_null(False)
        contradict = denied & (seen | by_karyotype.fill_null(False))
        methods = pl.col("methods").fill_null("method not recorded")
        # The karyotype may miss what another method sees; a probe that leaves the partner open leaves the fact open.
        answered = pl.col("seen").is_not_null()
        agreed = (
            pl.when(contradict)
            .then(None)
            .when(seen | by_karyotype)
            .then(True)
            .when(~answered)
            .then(by_karyotype)
            .when(denied)
            .then(False)
            .otherwise(None)
        )
        told.append(f"conflict_{fact}")
        picture = picture.with_columns(
            agreed.alias(fact),
            pl.when(contradict).then(pl.format("{}: found and not found ({})", pl.lit(fact), methods)).alias(told[-1]),
        ).drop("found", "seen", "denied", "methods")
    # A broken gene whose partner is known is explained: the probe leaves nothing open any more.
    picture = picture.with_columns(
        pl.when(pl.col(fact).is_null() & pl.any_horizontal(other for other in facts if other != fact))
        .then(shown[fact])
        .otherwise(fact)
        .alias(fact)
        for facts in BREAK_APART.values()
        for fact in facts
        if len(facts) > 1
    )
    listed = pl.concat_list(told).list.drop_nulls() if told else pl.lit([], pl.List(pl.String))
    return picture.with_columns(fusion_conflicts=listed).drop(told)


def _without_defining(picture: pl.DataFrame) -> pl.DataFrame:
    """Complex and monosomal again: a rearrangement that another method found takes the name from the karyotype.

    `shown_<fact>` says whether the karyotype itself shows such a rearrangement: where another method denies it, the
    answer that rested on it is open.
    """
    again = []
    for fact, names in BARRED.items():
        found, shown = pl.any_horizontal(names), pl.col(f"shown_{fact}")
        denied = (shown & found.is_null()).fill_null(False)
        again.append(pl.when(found).then(False).when(~denied).then(pl.col(fact)).alias(fact))
    return picture.with_columns(again).drop([f"shown_{fact}" for fact in BARRED])


def _settled_by_complex(picture: pl.DataFrame) -> pl.DataFrame:
    """A karyotype that is called complex in words has none of the rearrangements that define a class in that edition.

    Where clones are written out and a piece of them could not be read, what they leave open stays open.
    """
    for edition in editions():
        complex_ = pl.col(f"complex_{edition.name}") & pl.col("in_words")
        picture = picture.with_columns(
            pl.when(pl.col(fact).is_null() & complex_).then(False).otherwise(fact).alias(fact)
            for fact in edition.class_defining
        )
    return picture.drop("in_words")


def _genes(variants: pl.DataFrame, tested: pl.DataFrame, loss: pl.DataFrame) -> pl.DataFrame:
    """The findings of each patient; a variant or a test without a date can only leave one open."""
    asked = tuple(dict.fromkeys((*feature_genes(), *functional_genes())))
    tests = tested.filter("dated").select("patient_id", "gene", "method")
    dated = patient_findings(variants.filter("dated"), tests, asked, loss)
    if variants["dated"].all():
        return dated
    everything = patient_findings(variants, tests, asked, loss)
    both = everything.join(dated, on="patient_id", how="left", suffix="_dated", maintain_order="left")
    return both.select(
        "patient_id",
        *(
            pl.when(pl.col(name) == pl.col(f"{name}_dated")).then(pl.col(name)).alias(name)
            for name in dated.columns
            if name != "patient_id"
        ),
    )
