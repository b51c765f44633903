"""Genetics of each specimen: variants, which genes were looked at, karyotypes and fusions.

What each column is worth (the dictionary's words, and what was found in the release itself):

- The table of mutations is exome. A gene that it names for anybody counts as looked at wherever the exome was sequenced,
  unless the clinical report of the specimen, or the study's own review, names that gene and the exome does not show it:
  then the gene is left open. For CEBPA, of which exomes see little, that is generous all the same.
- FLT3-ITD and NPM1 are a consensus of PCR, clinical panel and exome; a blank is not known. The ratio is that of FLT3-ITD.
- RUNX1, ASXL1, TP53: variants of clinical panels and exome, as reviewed. They add variants; a blank adds nothing.
- CEBPA_Biallelic: bi, mono or N/A of a known variant. What the exome shows of it may be one of two, or none.
- consensusAMLFusions: a fusion named was found; a blank is no evidence. KMT2A_re names no partner.
- A karyotype may be of any time up to seven days after the specimen. Only for a specimen of the diagnosis is that time known
  well enough; beside a later specimen it may be the karyotype of the diagnosis once more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from tenfold.exchange.beataml.course import Course
from tenfold.exchange.beataml.release import Release, Specimen
from tenfold.exchange.beataml.rows import Row, once
from tenfold.exchange.variant_files.symbols import read_symbol
from tenfold.records.faults import Fault, Used
from tenfold.records.lexicon import genes

REVIEWED = ("RUNX1", "ASXL1", "TP53")
CONSENSUS = (("FLT3-ITD", "FLT3", "PCR for ITD"), ("NPM1", "NPM1", "PCR, panel or exome"))
"""Column, gene and method of the tests that are not the exome alone."""
OF_THE_CONSENSUS = frozenset(gene for _, gene, _ in CONSENSUS)
EXOME = "exome"
BIALLELIC, MONOALLELIC = "bi", "mono"
NPM1_EXON_12 = "p.W288"
"""How the release writes the protein change of the common NPM1 mutations."""
NO_PARTNER = {"KMT2A_re": "KMT2A"}


@dataclass(frozen=True, slots=True)
class Found:
    """What was made of the specimens' genetics.

    `of_the_exome`: rows of variants from the table of mutations; `reviewed`: those from the workbook; `tested`: rows of
    genes_tested (with `line`); `left_open`: how often a gene counts as not looked at because another report names it;
    `later_karyotypes`: karyotypes beside a later specimen of a patient whose diagnosis has a specimen.
    """

    of_the_exome: pl.DataFrame
    reviewed: list[Row]
    tested: pl.DataFrame
    karyotypes: list[Row]
    fusions: list[Row]
    faults: list[Fault]
    left_open: int
    later_karyotypes: int


def genetics(release: Release, courses: Mapping[str, Course], exome: pl.DataFrame) -> Found:
    """The genetics of every specimen. `exome`: the variants of the release under the specimens' names, with `line`."""
    by_specimen = {one.dna: one for one in release.specimens if one.dna is not None}
    shown = _shown(exome)
    kept, faults = _without_contradicted(exome, by_specimen, release.mutations.name)
    known = exome.filter(pl.col("gene").is_in(list(genes())))["gene"].unique().to_list()
    open_genes = _open_genes(release, shown)
    extra = [
        row
        for one in release.specimens
        for row in _stated(one, courses[one.patient].where(one), shown.get(one.dna or "", {}))
    ]
    tested = list(_tested(release, courses, frozenset(known) - OF_THE_CONSENSUS, open_genes))
    karyotypes, later = _karyotypes(release, courses)
    return Found(
        of_the_exome=_placed(kept.filter(pl.col("gene").is_in(known)), by_specimen, courses),
        reviewed=once(extra),
        tested=_as_frame(tested),
        karyotypes=karyotypes,
        fusions=_fusions(release, courses),
        faults=[*faults, *_contradictions(release, shown)],
        left_open=sum(len(open_genes[one.line] & set(known)) for one in release.specimens if one.sequenced),
        later_karyotypes=later,
    )


def reviewed(text: str) -> tuple[tuple[str | None, float | None], ...]:
    """Protein change and variant allele fraction of each variant in "TP53 (p.I195T; 22.2%)|TP53 (p.P151R; 54.8%)"."""
    found = []
    for one in text.split("|"):
        inside = one.partition("(")[2].strip().removesuffix(")")
        change, _, rest = inside.partition(";")
        before = rest.partition("%")[0].split()
        # A range ("20-30%") is no number.
        percent = before[-1] if "%" in rest and before and before[-1].replace(".", "").isdigit() else None
        found.append((change.strip() or None, float(percent) / 100 if percent else None))
    return tuple(found)


def genes_named(text: str) -> frozenset[str]:
    """The genes at the beginnings of "IDH2 (R140Q)|FLT3-D835|No gene mutations found": those that are known genes."""
    first = (part.replace("(", " ").replace("-", " ").split()[:1] for part in text.split("|"))
    symbols = (read_symbol(words[0]).gene for words in first if words)
    return frozenset(symbol for symbol in symbols if symbol in genes())


def _shown(exome: pl.DataFrame) -> dict[str, dict[str, frozenset[str]]]:
    """Specimen -> gene -> the protein changes that the exome shows."""
    found: dict[str, dict[str, frozenset[str]]] = {}
    for specimen, gene, change in exome.select("patient_id", "gene", "hgvs_p").iter_rows():
        of_specimen = found.setdefault(specimen, {})
        of_specimen[gene] = of_specimen.get(gene, frozenset()) | {change or ""}
    return found


def _open_genes(release: Release, shown: Mapping[str, Mapping[str, frozenset[str]]]) -> dict[int, frozenset[str]]:
    """Line -> the genes left open: those of every specimen of the patient's that day, for reports are shared."""
    of_the_day: dict[tuple[str, int | None], frozenset[str]] = {}
    for one in release.specimens:
        day = (one.patient, one.day)
        of_the_day[day] = of_the_day.get(day, frozenset()) | _open(one, shown.get(one.dna or "", {}))
    return {one.line: of_the_day[(one.patient, one.day)] for one in release.specimens}


def _open(one: Specimen, shown: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """The genes that another report of the specimen names and the exome does not show, and CEBPA where they differ."""
    named = genes_named(one.get("variantSummary") or "")
    stated = one.cells.get("CEBPA_Biallelic")
    contradicted = stated == MONOALLELIC and len(shown.get("CEBPA", ())) > 1
    if contradicted or (stated is not None and "CEBPA" not in shown):
        named |= {"CEBPA"}
        shown = {gene: changes for gene, changes in shown.items() if gene != "CEBPA"}
    return named - set(shown) - OF_THE_CONSENSUS


def _contradictions(release: Release, shown: Mapping[str, Mapping[str, frozenset[str]]]) -> Iterator[Fault]:
    """Where a consensus is positive and negative on one day, or negative while the exome shows the NPM1 mutation."""
    file, remedy = release.workbook.name, "ask the study which holds; both are kept, and what was found counts as found"
    for column, _, _ in CONSENSUS:
        first: dict[tuple[str, int | None], Specimen] = {}
        for one in release.specimens:
            said = one.get(column)
            if said is None:
                continue
            before = first.setdefault((one.patient, one.day), one)
            if before.get(column) != said:
                rule = (
                    f"{column} is {before.get(column)} on line {before.line} and {said} here, in specimens of one day"
                )
                yield Fault(file, one.line, one.patient, column, said, rule, remedy, Used.KEPT)
    for one in release.specimens:
        changes = shown.get(one.dna or "", {}).get("NPM1", frozenset())
        if one.get("NPM1") == "negative" and any(change.startswith(NPM1_EXON_12) for change in changes):
            rule = f"NPM1 is negative here, and the exome of specimen {one.dna} shows {', '.join(sorted(changes))}"
            yield Fault(file, one.line, one.patient, "NPM1", "negative", rule, remedy, Used.KEPT)


def _without_contradicted(
    exome: pl.DataFrame, by_specimen: Mapping[str, Specimen], file: str
) -> tuple[pl.DataFrame, list[Fault]]:
    """The variants without two CEBPA mutations of a specimen of which the study says that it has one: a fault."""
    cebpa = exome.filter(pl.col("gene") == "CEBPA")
    several = (
        cebpa.group_by("patient_id").agg(pl.col("hgvs_p").n_unique().alias("changes")).filter(pl.col("changes") > 1)
    )
    faults, contradicted = [], []
    for name in several["patient_id"].sort():
        specimen = by_specimen[name]
        if specimen.get("CEBPA_Biallelic") == MONOALLELIC:
            contradicted.append(name)
            for row in cebpa.filter(pl.col("patient_id") == name).iter_rows(named=True):
                rule = (
                    f"specimen {name} has several CEBPA mutations here, and CEBPA_Biallelic is mono on line "
                    f"{specimen.line} of the workbook"
                )
                remedy = "ask the study whether one or both alleles are mutated; until then CEBPA is not known"
                faults.append(
                    Fault(file, row["line"], specimen.patient, "hgvsp", row["hgvs_p"], rule, remedy, Used.ROW_SET_ASIDE)
                )
    return exome.filter(~(pl.col("patient_id").is_in(contradicted) & (pl.col("gene") == "CEBPA"))), faults


def _placed(exome: pl.DataFrame, by_specimen: Mapping[str, Specimen], courses: Mapping[str, Course]) -> pl.DataFrame:
    """The variants under the patients' names, each on the day and in the place of its specimen."""
    of_specimens = [by_specimen[name] for name in exome["patient_id"].unique()]
    where = [{"specimen": one.dna, "patient": one.patient, **courses[one.patient].where(one)} for one in of_specimens]
    schema = {"specimen": pl.String, "patient": pl.String, "sample_day": pl.Int64, "sequence": pl.Int64}
    kept = ("gene", "hgvs_c", "hgvs_p", "kind", "vaf")
    joined = exome.select("line", "patient_id", *kept).join(
        pl.DataFrame(where, schema, orient="row"), left_on="patient_id", right_on="specimen", maintain_order="left"
    )
    told = joined.select("line", "sample_day", "sequence", *kept, patient_id="patient")
    # Two programs, or two specimens of one day, may say the very same.
    return told.unique([name for name in told.columns if name != "line"], keep="first", maintain_order=True)


def _stated(one: Specimen, where: Mapping[str, int | None], shown: Mapping[str, frozenset[str]]) -> Iterator[Row]:
    """The variants that the workbook states: FLT3-ITD, NPM1, the reviewed genes, and CEBPA that the exome does not show."""
    place = {"patient_id": one.patient, **where}
    if one.get("FLT3-ITD") == "positive":
        yield Row(one.line, {**place, "gene": "FLT3", "kind": "ITD", "allelic_ratio": one.get("allelic_ratio")})
    if one.get("NPM1") == "positive" and "NPM1" not in shown:
        yield Row(one.line, {**place, "gene": "NPM1"})
    for gene in REVIEWED:
        text = one.get(gene)
        for change, vaf in () if text is None else reviewed(text):
            if change not in shown.get(gene, ()):
                yield Row(one.line, {**place, "gene": gene, "hgvs_p": change, "vaf": vaf})
    stated = one.get("CEBPA_Biallelic")
    few = len(shown.get("CEBPA", ()))
    if (stated == BIALLELIC and few < 2) or (stated == MONOALLELIC and few == 0):
        yield Row(one.line, {**place, "gene": "CEBPA"})


def _tested(
    release: Release, courses: Mapping[str, Course], known: frozenset[str], open_genes: Mapping[int, frozenset[str]]
) -> Iterator[tuple[int, str, int | None, int | None, str, str]]:
    """What was looked at: line, patient, day, place, gene, method."""
    for one in release.specimens:
        where = courses[one.patient].where(one)
        place = (one.line, one.patient, where["sample_day"], where["sequence"])
        if one.sequenced:
            for gene in sorted(known - open_genes[one.line]):
                yield (*place, gene, EXOME)
        for column, gene, method in CONSENSUS:
            if one.get(column) is not None:
                yield (*place, gene, method)


def _as_frame(tested: list[tuple[int, str, int | None, int | None, str, str]]) -> pl.DataFrame:
    """What was looked at, once where two specimens of one day were."""
    schema = {"line": pl.Int64, "patient_id": pl.String, "sample_day": pl.Int64, "sequence": pl.Int64}
    frame = pl.DataFrame(tested, {**schema, "gene": pl.String, "method": pl.String}, orient="row")
    return frame.unique([name for name in frame.columns if name != "line"], keep="first", maintain_order=True)


def _karyotypes(release: Release, courses: Mapping[str, Course]) -> tuple[list[Row], int]:
    rows, later = [], 0
    for one in release.specimens:
        iscn = one.get("karyotype")
        course = courses[one.patient]
        if iscn is None:
            continue
        if one.of_the_diagnosis:
            rows.append(Row(one.line, {"patient_id": one.patient, **course.where(one), "iscn": iscn}))
        elif not course.places:
            rows.append(Row(one.line, {"patient_id": one.patient, "iscn": iscn}))
        else:
            later += 1
    return once(rows), later


def _fusions(release: Release, courses: Mapping[str, Course]) -> list[Row]:
    rows = []
    for one in release.specimens:
        named = one.get("consensusAMLFusions")
        if named is not None:
            fusion = NO_PARTNER.get(named, named.replace("-", "::"))
            place = {"patient_id": one.patient, **courses[one.patient].where(one)}
            rows.append(Row(one.line, {**place, "fusion": fusion, "method": "cytogenetics or RNA", "result": True}))
    return once(rows)
