"""The type of an NPM1 mutation, told by the sequence it makes and not by how it is spelled.

Type A alone is written ``c.860_863dup``, ``c.863_864insTCTG`` and ``c.859_860insTCTG`` in public cohorts: applied to the
reference, all three give the same sequence. What makes an NPM1 mutation the one of NPM1-mutated AML is that a frameshift
in exon 12 reads on to ``...VSLRK`` and so loses tryptophan 290 (often 288 too) and gains a nuclear export signal.

Traps: a missense change (p.I284F, p.R291G) and a frameshift before exon 12 (c.804_805insGCTAAATT) are not it; qPCR for
types A, B and D finds no other type, and 8 to 9 % of NPM1-mutated patients have another; ``p.W288Cfs*12`` says that it
is an exon 12 mutation, but not which type; older reports number on the messenger RNA (96 more) or on the isoform of 265
residues (29 residues fewer).

Falini et al., N Engl J Med 2005;352:254-266 (types); Falini et al., Blood 2006;108:1999-2005 (tryptophans, export
signal). Reference: NM_002520, exon 12 and the end of exon 11.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tenfold.genetics.variants.change import Change
from tenfold.genetics.variants.coding import CodingChange, Edit, read_coding
from tenfold.genetics.variants.protein import Effect

FIRST_BASE = 820
"""The coding number of the first base of `REFERENCE`: codon 274."""
REFERENCE = (
    "AATTGCTTCCGGATGACTGACCAAGAG"  # c.820-846, the end of exon 11
    "GCTATTCAAGATCTCTGGCAGTGGAGGAAGTCTCTTTAA"  # c.847-885, exon 12 to the stop codon
    "GAAAATAGTTTAAACAATTTG"  # after the stop codon, where the shifted frame ends
)
LAST_BASE = 885
EXON_12 = 847
PROTEIN = (
    "MEDSMDMDMSPLRPQNYLFGCELKADKDYHFKVDNDENEHQLSLRTVSLGAGAKDELHIVEAEAMNYEGSPIKVTLATLKMSVQPTVSLGGFEITPPV"
    "VLRLKCGSGPVHISGQHLVAVEEDAESEDEEEEDVKLLSISGKRSAPGGGSKVPQKKVKLAADEDDDDDDEEDDDEDDDDDDFDDEEAEEKAPVKKSI"
    "RDTPAKNAQKSNQNGKDSKPSSTPRSKGQESFKKQEKTPKTPKGPSSVEDIKAKMQASIEKGGSLPKVEAKFINYVKNCFRMTDQEAIQDLWQWRKSL"
)
"""The wild type (UniProt P06748)."""
SHIFTED_END = "VSLRK"
"""The last residues of every exon 12 mutant (Falini et al., Blood 2006)."""
MUTANT_LENGTH = 298
"""Residues of the mutant of types A, B and D: four more than the 294 of the wild type."""
ISOFORM_SHIFT = 29
"""Residues missing from the isoform of 265 residues before exon 12 (UniProt P06748-2 [unverified])."""
MESSENGER_SHIFT = 96
"""What numbering on the messenger RNA adds: type E is 965_969 there (Falini 2005) and 869_873 here."""
SAME_PLACE = 3
"""Residues by which coding and protein text may differ, each written as far 3' as it goes."""
TRANSCRIPTS = ("NM_002520", "ENST00000296930", "ENST00000517671")
"""Transcripts numbered as `REFERENCE` is; ENST00000517671 [unverified]."""

CODONS = {
    first + second + third: "FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG"[16 * i + 4 * j + k]
    for i, first in enumerate("TCAG")
    for j, second in enumerate("TCAG")
    for k, third in enumerate("TCAG")
}


class Npm1Name(StrEnum):
    """What an NPM1 change is called."""

    A = "A"
    B = "B"
    D = "D"
    OTHER = "other"
    """An exon 12 mutation whose sequence is known and is not type A, B or D."""
    UNTYPED = "exon 12, type not known"
    NOT_EXON_12 = "not an exon 12 mutation"
    UNKNOWN = "not known"


@dataclass(frozen=True, slots=True)
class Npm1Type:
    """The type of one NPM1 change; `sequence` is the change in one spelling, the most 3', where it is known."""

    name: Npm1Name
    sequence: str | None = None
    remark: str | None = None

    @property
    def exon_12(self) -> bool | None:
        """Whether it is the mutation of NPM1-mutated AML; None where that is not known."""
        if self.name is Npm1Name.UNKNOWN:
            return None
        return self.name is not Npm1Name.NOT_EXON_12


UNKNOWN = Npm1Type(Npm1Name.UNKNOWN)


def assay_may_miss(type_: Npm1Type) -> bool | None:
    """Whether qPCR for types A, B and D may fail to find this mutation; None where the type is not known."""
    if type_.name in (Npm1Name.A, Npm1Name.B, Npm1Name.D):
        return False
    return True if type_.name in (Npm1Name.OTHER, Npm1Name.NOT_EXON_12) else None


def npm1_type(change: Change) -> Npm1Type:
    """The type of an NPM1 change.

    By sequence where the coding change is known; otherwise the protein change tells at most that it is an exon 12
    mutation. "NPM1 mutated", with nothing written of the change, means the exon 12 mutation; a text that could not be
    read leaves it open.
    """
    if not change.described and not change.written:
        return Npm1Type(Npm1Name.UNTYPED, remark="reported as mutated, without the change")
    by_sequence = _by_sequence(change)
    if by_sequence.name is not Npm1Name.UNKNOWN:
        return by_sequence
    by_protein = _by_protein(change)
    remark = by_protein.remark or by_sequence.remark
    return Npm1Type(by_protein.name, None, remark)


def named_type(kind: str | None) -> Npm1Type | None:
    """The type where the report names only that: "type A", "NPM1 mutation A", "mutA"."""
    words = (kind or "").casefold().replace("mut", " ").replace("_", " ").replace("-", " ").split()
    if words and words[-1] in ("a", "b", "d") and set(words[:-1]) <= {"npm1", "type", "typ", "ation", "exon", "12"}:
        return Npm1Type(Npm1Name(words[-1].upper()), remark="the type is as reported, without its sequence")
    return None


def mutated_sequence(change: Change, shift: int = 0) -> str | None:
    """`REFERENCE` with the change made in it; None where the change does not fit into it or is not known base by base.

    Equal sequences are equal mutations, however they are spelled. `shift` is taken off the positions first.
    """
    start, end = change.start, change.end
    if start is None or end is None or start.offset or end.offset or start.base < 0 or start.after_stop:
        return None
    first = start.base - shift - FIRST_BASE
    last = (end.base - shift if not end.after_stop else LAST_BASE + end.base) - FIRST_BASE
    if first < 0 or last >= len(REFERENCE):
        return None
    there = REFERENCE[first : last + 1]
    gained = change.inserted
    match change.edit:
        case Edit.INSERTION:
            return None if gained is None else REFERENCE[: first + 1] + gained + REFERENCE[last:]
        case Edit.DUPLICATION:
            return REFERENCE[: last + 1] + there + REFERENCE[last + 1 :] if gained in (None, there) else None
        case Edit.DELETION:
            gained = ""
        case Edit.SUBSTITUTION | Edit.INDEL:
            pass
        case _:
            return None
    if gained is None or change.deleted not in (None, there):
        return None
    return REFERENCE[:first] + gained + REFERENCE[last + 1 :]


def _typed(sequence: str) -> str:
    mutated = mutated_sequence(_as_change(read_coding(sequence)))
    if mutated is None:
        raise ValueError(f"{sequence} does not fit the reference")
    return mutated


def _as_change(coding: CodingChange) -> Change:
    return Change(edit=coding.edit, start=coding.start, end=coding.end, inserted=coding.inserted)


TYPES = {
    _typed("c.863_864insTCTG"): Npm1Name.A,
    _typed("c.863_864insCATG"): Npm1Name.B,
    _typed("c.863_864insCCTG"): Npm1Name.D,
}
"""The sequence that each type makes -> the type (Falini 2005)."""


def most_3_prime(mutated: str) -> str:
    """The one spelling of a mutated `REFERENCE`: as far 3' as it can be written, a duplication where it is one."""
    prefix = 0
    while prefix < min(len(REFERENCE), len(mutated)) and REFERENCE[prefix] == mutated[prefix]:
        prefix += 1
    suffix = 0
    longest = min(len(REFERENCE), len(mutated)) - prefix
    while suffix < longest and REFERENCE[-1 - suffix] == mutated[-1 - suffix]:
        suffix += 1
    gained = mutated[prefix : len(mutated) - suffix]
    lost = len(REFERENCE) - suffix - prefix
    before = FIRST_BASE + prefix - 1
    if lost == 0:
        if gained and REFERENCE[:prefix].endswith(gained):
            first = before - len(gained) + 1
            return f"c.{first}dup" if len(gained) == 1 else f"c.{first}_{before}dup"
        return f"c.{before}_{before + 1}ins{gained}"
    where = f"{before + 1}" if lost == 1 else f"{before + 1}_{before + lost}"
    return f"c.{where}delins{gained}" if gained else f"c.{where}del"


def _by_sequence(change: Change) -> Npm1Type:
    reference = change.coding_reference
    if change.edit is None or change.start is None or change.end is None:
        return UNKNOWN
    if reference is not None and reference.split(".")[0] not in (*TRANSCRIPTS, "NPM1"):
        return Npm1Type(Npm1Name.UNKNOWN, remark=f"numbered on {reference}, not on {TRANSCRIPTS[0]}")
    by_text = change.codon
    if by_text is not None and change.start.coding and abs(by_text - (change.start.base + 2) // 3) > SAME_PLACE:
        return Npm1Type(Npm1Name.UNKNOWN, remark="the coding and the protein change name different places")
    for shift, numbering in ((-3 * ISOFORM_SHIFT, "the shorter isoform"), (MESSENGER_SHIFT, "the messenger RNA")):
        shifted = mutated_sequence(change, shift)
        if shifted in TYPES and reference is None:
            return Npm1Type(
                Npm1Name.UNKNOWN, remark=f"would be type {TYPES[shifted]} if it were numbered on {numbering}"
            )
    if not _named_bases_fit(change):
        return Npm1Type(Npm1Name.UNKNOWN, remark="the bases named are not those of NM_002520 at these positions")
    if change.end.coding and change.end.base < EXON_12:
        return Npm1Type(Npm1Name.NOT_EXON_12, remark="before exon 12")
    if change.net_bases is not None and change.net_bases % 3 != 1:
        return Npm1Type(Npm1Name.NOT_EXON_12, remark="does not shift the reading frame as exon 12 mutations do")
    mutated = mutated_sequence(change)
    if mutated is None and change.inserted is None and change.net_bases is not None and _in_exon_12(change):
        return Npm1Type(Npm1Name.UNTYPED, remark="the inserted bases are not named")
    if mutated is None:
        return Npm1Type(Npm1Name.UNKNOWN, remark="not known base by base")
    if not _shifted(mutated):
        return Npm1Type(Npm1Name.NOT_EXON_12, most_3_prime(mutated), "does not end as exon 12 mutants do")
    name = TYPES.get(mutated, Npm1Name.OTHER)
    return Npm1Type(name, most_3_prime(mutated))


def _named_bases_fit(change: Change) -> bool:
    """Whether the bases that are said to be lost or doubled stand there, as far as `REFERENCE` reaches."""
    named = change.inserted if change.edit is Edit.DUPLICATION else change.deleted
    if named is None or change.start is None or not change.start.coding or change.start.base < FIRST_BASE:
        return True
    first = change.start.base - FIRST_BASE
    return REFERENCE[first : first + len(named)] == named


def _in_exon_12(change: Change) -> bool:
    return all(
        place is not None and place.coding and EXON_12 <= place.base <= LAST_BASE
        for place in (change.start, change.end)
    )


def _shifted(mutated: str) -> bool:
    """Whether the protein reads on in the shifted frame to its end, VSLRK."""
    protein = "".join(CODONS[mutated[at : at + 3]] for at in range(0, len(mutated) - 2, 3))
    return protein.partition("*")[0].endswith(SHIFTED_END)


def _by_protein(change: Change) -> Npm1Type:
    if change.effect is not None and change.effect is not Effect.FRAMESHIFT:
        return Npm1Type(
            Npm1Name.NOT_EXON_12, remark=f"a {change.effect} change is not the mutation of NPM1-mutated AML"
        )
    if change.effect is None:
        return UNKNOWN
    if change.codon is None:
        return Npm1Type(Npm1Name.UNTYPED, remark="reported as a frameshift only") if not change.unread else UNKNOWN
    if change.edit is not None and change.start is not None and change.residue is None:
        return UNKNOWN
    codon, remark = change.codon, None
    if not _residue_fits(codon, change.residue) and _residue_fits(codon + ISOFORM_SHIFT, change.residue):
        codon, remark = codon + ISOFORM_SHIFT, "numbered on the isoform of 265 residues"
    if not _residue_fits(codon, change.residue):
        return Npm1Type(Npm1Name.UNKNOWN, remark=f"residue {change.codon} of NPM1 is not {change.residue}")
    if codon < (EXON_12 + 2) // 3:
        return Npm1Type(Npm1Name.NOT_EXON_12, remark="before exon 12")
    if change.new_stop is not None and codon + change.new_stop - 1 != MUTANT_LENGTH + 1:
        remark = remark or f"the new stop named does not fit a mutant of {MUTANT_LENGTH} residues"
    return Npm1Type(Npm1Name.UNTYPED, remark=remark)


def _residue_fits(codon: int, residue: str | None) -> bool:
    """Whether the residue stands at that number in the wild type."""
    return residue is None or (codon <= len(PROTEIN) and PROTEIN[codon - 1] == residue)
