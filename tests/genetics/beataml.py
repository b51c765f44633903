"""Beat AML 2.0 as a genetic picture of each specimen, and ELN 2017 and 2022 from it: `python tests/genetics/beataml.py`.

Unit: a specimen, under its own id (that of its DNA, else of its RNA). What each column is worth:

- karyotype: read as written. The column of FISH texts is not read: it names probes ("24% RUNX1T1/RUNX1") as it names fusions.
- consensusAMLFusions: a fusion named was found by RNA or in the karyotype or FISH; a blank is no evidence, not a negative.
  KMT2A_re is KMT2A with a partner other than MLLT3, which has a word of its own.
- The mutation release is exome: each of its genes counts as tested where the specimen has exome data. For CEBPA that is
  generous (exomes see little of it), so `picture` can leave CEBPA out.
- FLT3-ITD, NPM1: consensus of PCR, clinical panel and exome; a blank is not known. `allelic_ratio` is that of FLT3-ITD.
- CEBPA_Biallelic: bi and mono are taken as stated, N/A leaves it open, a blank leaves it to the exome.
- RUNX1, ASXL1, TP53: variants of clinical panels and exome, as reviewed. They add variants; a blank adds nothing.

The cohort lies beside the project and is no part of it (Bottomly et al., Cancer Cell 2022;40:850-864; CC BY 4.0).
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

import polars as pl

from tenfold.exchange.beataml.genetics import REVIEWED, reviewed
from tenfold.exchange.beataml.release import open_release
from tenfold.exchange.variant_files import read_maf
from tenfold.genetics.lesions import READINGS
from tenfold.genetics.picture import genetic_picture
from tenfold.logic.answering import answer
from tenfold.risk.eln2017 import ELN_2017, HIGH_RATIO
from tenfold.risk.eln2022 import ELN_2022

FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "beataml2"
WORKBOOK = FOLDER / "beataml_wv1to4_clinical.xlsx"
MUTATIONS = FOLDER / "beataml2_mutations.txt"
EXPLAINED = Path(__file__).with_name("beataml_eln2017.csv")
CURATED = {
    "Favorable": ("favourable",),
    "Intermediate": ("intermediate",),
    "Adverse": ("adverse",),
    "FavorableOrIntermediate": ("favourable", "intermediate"),
    "IntermediateOrAdverse": ("adverse", "intermediate"),
}
"""The study's words for groups, in ours. It also writes NonInitial, NonAML, MissingKaryo and MissingMutations."""
GROUPS = ("Favorable", "Intermediate", "Adverse")
OF_THE_CONSENSUS = frozenset({"FLT3", "NPM1"})
"""Genes whose test is not the exome alone."""
REFUSED = "outside its scope"
LITERALLY = READINGS[0]


@cache
def specimens() -> pl.DataFrame:
    """The clinical table as text, blanks null, with `patient_id`: the specimen's id."""
    release = open_release(FOLDER)
    cells = [[one.cells.get(name) for name in release.columns] for one in release.specimens]
    frame = pl.DataFrame(cells, schema=dict.fromkeys(release.columns, pl.String), orient="row")
    return frame.with_columns(patient_id=pl.coalesce("dbgap_dnaseq_sample", "dbgap_rnaseq_sample"))


@cache
def mutations() -> pl.DataFrame:
    """The variants of the release, as the MAF reader gives them."""
    return read_maf(MUTATIONS)[0]


def variants() -> pl.DataFrame:
    """The release, the study's reviewed columns and its consensus of FLT3-ITD and NPM1, as one variants table."""
    people = specimens()
    release = mutations().select("patient_id", "gene", "hgvs_c", "hgvs_p", "kind", "vaf", "allelic_ratio")
    rows = [
        {"patient_id": patient, "gene": gene, "hgvs_p": change, "vaf": vaf}
        for gene in REVIEWED
        for patient, text in people.select("patient_id", gene).drop_nulls().iter_rows()
        for change, vaf in reviewed(text)
    ]
    schema = {"patient_id": pl.String, "gene": pl.String, "hgvs_p": pl.String, "vaf": pl.Float64}
    duplications = people.filter(pl.col("FLT3-ITD") == "positive").select(
        "patient_id",
        gene=pl.lit("FLT3"),
        kind=pl.lit("ITD"),
        allelic_ratio=pl.col("allelic_ratio").cast(pl.Float64),
    )
    nucleophosmin = people.filter(pl.col("NPM1") == "positive").select("patient_id", gene=pl.lit("NPM1"))
    parts = [release, pl.DataFrame(rows, schema, orient="row"), duplications, nucleophosmin]
    return pl.concat(parts, how="diagonal").with_columns(dated=pl.lit(True))


def genes_tested(*, cebpa_by_exome: bool = True) -> pl.DataFrame:
    """What a negative is worth: every gene of the release by exome, FLT3-ITD and NPM1 where the study has a result."""
    people = specimens()
    missing = OF_THE_CONSENSUS if cebpa_by_exome else OF_THE_CONSENSUS | {"CEBPA"}
    genes = sorted(set(mutations()["gene"]) - missing)
    exome = people.filter(pl.col("exomeSeq") == "y").select("patient_id", gene=pl.lit(genes)).explode("gene")
    consensus = [
        people.filter(pl.col(column).is_not_null()).select("patient_id", gene=pl.lit(gene), method=pl.lit(method))
        for column, gene, method in (("FLT3-ITD", "FLT3", "PCR for ITD"), ("NPM1", "NPM1", "PCR, panel or exome"))
    ]
    exome = exome.with_columns(method=pl.lit("exome"))
    return pl.concat([exome, *consensus]).with_columns(dated=pl.lit(True))


def picture(*, cebpa_by_exome: bool = True) -> pl.DataFrame:
    """One row per specimen: every genetic fact, the curated ELN2017 and whether there is a karyotype and an exome.

    `cebpa_by_exome`: whether an exome without a CEBPA mutation counts as none.
    """
    people = specimens()
    karyotypes = people.select("patient_id", iscn="karyotype", dated=pl.lit(True)).drop_nulls()
    partners = pl.col("consensusAMLFusions").replace("KMT2A_re", "KMT2A-another").str.replace("-", "::", literal=True)
    fusions = people.filter(pl.col("consensusAMLFusions") != "N/A").select(
        "patient_id", fusion=partners, method=pl.lit("RNA or FISH"), result=pl.lit(True), dated=pl.lit(True)
    )
    facts = genetic_picture(karyotypes, fusions, variants(), genes_tested(cebpa_by_exome=cebpa_by_exome))
    low, high = pl.col("FLT3_ITD_allelic_ratio_low"), pl.col("FLT3_ITD_allelic_ratio_high")
    stated = pl.col("cebpa_stated")
    asked = people.select(
        "patient_id",
        theirs="ELN2017",
        fusion="consensusAMLFusions",
        cebpa_stated="CEBPA_Biallelic",
        has_karyotype=pl.col("karyotype").is_not_null(),
        has_exome=pl.col("exomeSeq") == "y",
    )
    return asked.join(facts, on="patient_id", how="left", maintain_order="left").with_columns(
        FLT3_ITD_allelic_ratio=pl.when(low >= HIGH_RATIO).then(low).when(high < HIGH_RATIO).then(high),
        cebpa_by_variants="CEBPA_biallelic",
        CEBPA_biallelic=pl.when(stated == "bi")
        .then(True)
        .when(stated == "mono")
        .then(False)
        .when(stated.is_null())
        .then("CEBPA_biallelic"),
    )


def answered(facts: pl.DataFrame, reading: str | None = None) -> pl.DataFrame:
    """Both editions' answers; `ours` is that of ELN 2017 in words, a set joined by "or". `reading` fixes the footnotes."""
    both = answer(facts.with_columns(footnote_reading=pl.lit(reading, pl.String)), [ELN_2017, ELN_2022])
    possible = pl.col("eln_2017_possible")
    words = pl.when(possible.list.len() == 0).then(pl.lit(REFUSED)).otherwise(possible.list.sort().list.join(" or "))
    return both.with_columns(ours=words)


def confusion(rows: pl.DataFrame) -> pl.DataFrame:
    """How often each of our answers meets each of the study's three groups."""
    counted = rows.filter(pl.col("theirs").is_in(GROUPS)).group_by("ours", "theirs").len()
    table = counted.pivot("theirs", index="ours", values="len").fill_null(0).sort("ours")
    return table.select("ours", *(pl.col(name).cast(pl.Int64) for name in GROUPS))


def disagreements(rows: pl.DataFrame) -> pl.DataFrame:
    """The rated specimens of which our answer, or our set of answers, leaves out a group that the study allows."""
    left_out = [
        theirs in CURATED and ours != REFUSED and not set(CURATED[theirs]) <= set(ours.split(" or "))
        for ours, theirs in rows.select("ours", "theirs").iter_rows()
    ]
    return rows.filter(pl.Series(left_out, dtype=pl.Boolean))


def why_several(rows: pl.DataFrame) -> pl.DataFrame:
    """The rated specimens with a set of answers, counted by the first reason that applies."""
    several = rows.filter(pl.col("theirs").is_in(GROUPS) & (pl.col("eln_2017_possible").list.len() > 1))
    decided_by = pl.col("eln_2017_decided_by")
    reason = (
        pl.when(~pl.col("has_karyotype"))
        .then(pl.lit("no karyotype"))
        .when(~pl.col("has_exome"))
        .then(pl.lit("no exome: TP53, RUNX1, ASXL1 or CEBPA not tested"))
        .when(decided_by.list.contains("FLT3_ITD_allelic_ratio"))
        .then(pl.lit("FLT3-ITD without a ratio"))
        .when(pl.col("cebpa_stated") == "N/A")
        .then(pl.lit("CEBPA mutated, whether on both alleles not known to the study"))
        .when(decided_by.list.set_difference(pl.lit(["footnote_reading"])).list.len() == 0)
        .then(pl.lit("a disputed pair only"))
        .when(pl.col("CEBPA_biallelic").is_null())
        .then(pl.lit("CEBPA mutated once at a fraction above one half"))
        .otherwise(pl.lit("the karyotype leaves it open"))
    )
    return several.group_by(reason.alias("reason")).len().sort("len", "reason", descending=[True, False])


def explained() -> dict[str, dict[str, str]]:
    """Specimen -> the row of the checked-in list of disagreements."""
    with EXPLAINED.open(encoding="utf-8", newline="") as text:
        return {row["specimen"]: row for row in csv.DictReader(text)}


def main() -> None:
    """Print the comparison."""
    facts = picture()
    for words, reading in (("both readings of a disputed footnote", None), ("footnotes read literally", LITERALLY)):
        rows = answered(facts, reading)
        print(words)
        with pl.Config(tbl_rows=20, fmt_str_lengths=60, tbl_hide_column_data_types=True, tbl_hide_dataframe_shape=True):
            print(confusion(rows))
            print(why_several(rows))
        for row in disagreements(rows).iter_rows(named=True):
            print(f"  {row['patient_id']}: ours {row['ours']}, theirs {row['theirs']}")
    open_ = confusion(answered(picture(cebpa_by_exome=False)))
    print("CEBPA not tested by exome:", open_.filter(pl.col("ours").is_in([*sum(CURATED.values(), ())])).rows())


if __name__ == "__main__":
    main()
