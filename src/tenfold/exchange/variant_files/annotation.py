"""The annotated consequences of a VCF record: Ensembl VEP's CSQ and SnpEff's ANN.

Traps: one record carries one entry for each allele and transcript; of one gene a single entry is taken, by the
annotator's own choice (PICK), then the agreed transcript (MANE Select), the canonical one, the transcripts that the
field numbers its mutations on, a coding transcript, and at last the more severe consequence. CSQ's fields stand in the
header and differ from file to file; VEP can be told to write them under ANN.

https://www.ensembl.org/info/docs/tools/vep/vep_formats.html; SnpEff's "Variant annotations in VCF format", version 1.0.
"""

from dataclasses import dataclass
from urllib.parse import unquote

from tenfold.exchange.variant_files.consequences import OUTSIDE, kind_of

TRANSCRIPTS_OF_THE_FIELD = frozenset(
    {"NM_002520", "NM_004119", "NM_004364", "NM_005896", "NM_002168", "NM_000546", "NM_001754", "NM_016222"}
)
"""NPM1, FLT3, CEBPA, IDH1, IDH2, TP53, RUNX1 and DDX41 as laboratories number them."""
SNPEFF_FIELDS = (
    "Allele", "Annotation", "Annotation_Impact", "Gene_Name", "Gene_ID", "Feature_Type", "Feature_ID",
    "Transcript_BioType", "Rank", "HGVS.c", "HGVS.p",
)  # fmt: skip
NAMES = {
    "allele": ("Allele",),
    "allele_number": ("ALLELE_NUM",),
    "consequence": ("Consequence", "Annotation"),
    "gene": ("SYMBOL", "Gene_Name"),
    "transcript": ("Feature", "Feature_ID"),
    "biotype": ("BIOTYPE", "Transcript_BioType"),
    "hgvs_c": ("HGVSc", "HGVS.c"),
    "hgvs_p": ("HGVSp", "HGVS.p"),
    "pick": ("PICK",),
    "mane": ("MANE_SELECT", "MANE"),
    "canonical": ("CANONICAL",),
}
SEVERITY = ("splice site", "nonsense", "frameshift", "stop lost", "start lost", "missense", "synonymous")


@dataclass(frozen=True)
class Annotator:
    """Under which key of INFO the annotations stand, and in which order each tells what."""

    key: str
    places: dict[str, int]


@dataclass(frozen=True)
class Annotation:
    """What an annotator says of one allele in one gene."""

    gene: str
    kind: str | None
    hgvs_c: str | None
    hgvs_p: str | None

    @property
    def outside(self) -> bool:
        """Whether it is neither in the coding sequence nor in a splice site."""
        return self.kind in OUTSIDE


def annotator(header: list[str]) -> Annotator | None:
    """The annotator that the ``##INFO`` lines of a header name, or None."""
    for key in ("CSQ", "ANN"):
        for line in header:
            if line.startswith(f"##INFO=<ID={key},"):
                return Annotator(key, _places(line))
    return None


def _places(line: str) -> dict[str, int]:
    description = line.partition('Description="')[2].rpartition('"')[0]
    _, colon, listed = description.rpartition("Format:")
    if not colon:
        listed = description.partition("'")[2].rpartition("'")[0]
    fields = (
        [field.strip(" '\"").split(" ")[0] for field in listed.split("|")] if "|" in listed else list(SNPEFF_FIELDS)
    )
    by_name = {field: place for place, field in enumerate(fields)}
    return {ours: by_name[name] for ours, names in NAMES.items() for name in names if name in by_name}


def of_allele(annotator: Annotator, info: str, ref: str, alt: str, number: int) -> list[Annotation]:
    """One annotation for each gene that the allele (the `number`-th ALT, from 1) lies in, in the order of the record."""
    best: dict[str, tuple[tuple[int, ...], Annotation]] = {}
    for entry in info.split(","):
        cells = [unquote(cell) for cell in entry.split("|")]
        row = {name: cells[place] for name, place in annotator.places.items() if place < len(cells) and cells[place]}
        gene = row.get("gene")
        if gene is None or not _is_of(row, ref, alt, number):
            continue
        kind = kind_of(row["consequence"]) if "consequence" in row else None
        found = Annotation(gene, kind, _on_transcript(row), row.get("hgvs_p"))
        rank = _rank(row, kind)
        if gene not in best or rank < best[gene][0]:
            best[gene] = (rank, found)
    return [found for _, found in best.values()]


def _is_of(row: dict[str, str], ref: str, alt: str, number: int) -> bool:
    if "allele_number" in row:
        return row["allele_number"] == str(number)
    allele = row.get("allele")
    # VEP writes an allele without the base it shares with the reference, and "-" for a deletion; SnpEff writes ALT.
    shared = 1 if ref[:1] == alt[:1] else 0
    return allele is None or allele in (alt, alt[shared:] or "-")


def _on_transcript(row: dict[str, str]) -> str | None:
    change, transcript = row.get("hgvs_c"), row.get("transcript")
    if change is None or ":" in change or transcript is None:
        return change
    return f"{transcript}:{change}"


def _rank(row: dict[str, str], kind: str | None) -> tuple[int, ...]:
    transcript = row.get("transcript", "").split(".")[0]
    mane = row.get("mane", "").split(".")[0]
    severity = SEVERITY.index(kind) if kind in SEVERITY else len(SEVERITY)
    return (
        0 if row.get("pick") == "1" else 1,
        0 if mane else 1,
        0 if row.get("canonical") == "YES" else 1,
        0 if transcript in TRANSCRIPTS_OF_THE_FIELD else 1,
        0 if row.get("biotype", "").startswith("protein_coding") else 1,
        1 if kind in OUTSIDE else 0,
        severity,
    )
