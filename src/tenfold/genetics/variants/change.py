"""One change of a gene, from what a report writes of its coding sequence, of its protein, or only of its kind.

What none of the three tells is None. Text that cannot be read stands in `unread` in plain words; where the coding and
the protein text contradict each other in what both tell, the point is None and the contradiction is in `unread` too.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from tenfold.exchange.variant_files.consequences import kind_of
from tenfold.genetics.variants.coding import CodingChange, Edit, Place, read_coding
from tenfold.genetics.variants.protein import IN_FRAME, Effect, ProteinChange, read_protein
from tenfold.genetics.variants.scanner import NotUnderstood, split_reference, tidied


@dataclass(frozen=True, slots=True)
class Change:
    """What is known of one change.

    `start` and `end` are places in the coding sequence; `codon` and `last_codon` are residues of the protein; `residue`
    is the residue as it was, in one-letter code; `inserted` are bases gained, `inserted_residues` residues gained;
    `written` says whether a coding or protein text was given at all, `in_frame` whether an insertion, deletion or both keeps the reading frame (None for other changes too).
    """

    edit: Edit | None = None
    effect: Effect | None = None
    start: Place | None = None
    end: Place | None = None
    deleted: str | None = None
    inserted: str | None = None
    inserted_length: int | None = None
    net_bases: int | None = None
    codon: int | None = None
    last_codon: int | None = None
    residue: str | None = None
    inserted_residues: str | None = None
    net_residues: int | None = None
    new_stop: int | None = None
    in_frame: bool | None = None
    coding_reference: str | None = None
    protein_reference: str | None = None
    written: bool = False
    unread: tuple[str, ...] = ()

    @property
    def described(self) -> bool:
        """Whether anything at all is known of the change."""
        return self.edit is not None or self.effect is not None or self.codon is not None


@lru_cache(maxsize=100_000)
def read_change(hgvs_c: str | None, hgvs_p: str | None, kind: str | None = None) -> Change:
    """What is known of a change from its HGVS texts and its kind; nothing is raised, what cannot be read is reported.

    `kind` (missense, frameshift ...; also the words of Sequence Ontology and MAF) fills in the effect on the protein
    where neither text tells it.
    """
    hgvs_c, hgvs_p = _by_numbering(hgvs_c, hgvs_p)
    unread: list[str] = []
    coding = protein = None
    if hgvs_c and hgvs_c.strip():
        try:
            coding = read_coding(hgvs_c)
        except NotUnderstood as fault:
            unread.append(str(fault))
    if hgvs_p and hgvs_p.strip():
        try:
            protein = read_protein(hgvs_p)
        except NotUnderstood as fault:
            unread.append(str(fault))
    effect = _effect(coding, protein, unread)
    if effect is None and kind:
        named = kind_of(kind)
        effect = Effect(named) if named in set(Effect) else None
    codon, last_codon = _codons(coding, protein)
    net_bases = coding.net_bases if coding else None
    net_residues = protein.net_residues if protein else None
    if net_residues is None and effect in IN_FRAME and net_bases is not None:
        net_residues = net_bases // 3
    return Change(
        edit=coding.edit if coding else None,
        effect=effect,
        start=coding.start if coding else None,
        end=coding.end if coding else None,
        deleted=coding.deleted if coding else None,
        inserted=coding.inserted if coding else None,
        inserted_length=coding.inserted_length if coding else None,
        net_bases=net_bases,
        codon=codon,
        last_codon=last_codon,
        residue=protein.residue if protein else None,
        inserted_residues=protein.inserted if protein else None,
        net_residues=net_residues,
        new_stop=protein.new_stop if protein else None,
        in_frame=_in_frame(coding, effect),
        coding_reference=coding.reference if coding else None,
        protein_reference=protein.reference if protein else None,
        written=bool(hgvs_c or hgvs_p),
        unread=tuple(unread),
    )


def _by_numbering(hgvs_c: str | None, hgvs_p: str | None) -> tuple[str | None, str | None]:
    """A text that stands alone in the other's column is read for what it says that it is."""
    if hgvs_c and not hgvs_p and split_reference(tidied(hgvs_c))[1].startswith("p."):
        return None, hgvs_c
    if hgvs_p and not hgvs_c and split_reference(tidied(hgvs_p))[1].startswith("c."):
        return hgvs_p, None
    return hgvs_c, hgvs_p


def _effect(coding: CodingChange | None, protein: ProteinChange | None, unread: list[str]) -> Effect | None:
    by_coding = _coding_effect(coding) if coding else None
    by_protein = protein.effect if protein else None
    if by_coding is None or by_protein is None:
        return by_protein or by_coding
    frame_by_coding, frame_by_protein = by_coding in IN_FRAME, by_protein in IN_FRAME
    shifted = Effect.FRAMESHIFT in (by_coding, by_protein)
    if shifted and (frame_by_coding or frame_by_protein):
        unread.append(f"the coding change reads as {by_coding}, the protein change as {by_protein}")
        return None
    return by_protein


def _coding_effect(coding: CodingChange) -> Effect | None:
    """What the coding text alone tells; of an exchanged base it does not tell whether the residue changes."""
    places = (coding.start, coding.end)
    if coding.edit is Edit.NONE:
        return Effect.SYNONYMOUS
    if any(place.splice_site for place in places):
        return Effect.SPLICE_SITE
    if any(place.offset for place in places):
        # From an exon into the intron, or over a whole exon, the change takes a splice site with it.
        within = all(place.offset for place in places) and _same_intron(*places)
        return Effect.INTRONIC if within else Effect.SPLICE_SITE
    if all(not place.offset and (place.after_stop or place.base < 0) for place in places):
        return Effect.UNTRANSLATED
    net = coding.net_bases
    if coding.span is None or net is None or coding.edit in (Edit.SUBSTITUTION, Edit.INVERSION):
        return None
    if net % 3:
        return Effect.FRAMESHIFT
    if coding.edit is Edit.INDEL:
        return Effect.IN_FRAME_INDEL if net else None
    return Effect.IN_FRAME_INSERTION if net > 0 else Effect.IN_FRAME_DELETION


def _same_intron(start: Place, end: Place) -> bool:
    if start.offset > 0 > end.offset:
        return end.base == start.base + 1
    return start.base == end.base and start.offset <= end.offset


def _codons(coding: CodingChange | None, protein: ProteinChange | None) -> tuple[int | None, int | None]:
    if protein is not None and protein.start is not None:
        return protein.start, protein.end
    if coding is not None and coding.start.coding and coding.end.coding:
        return (coding.start.base + 2) // 3, (coding.end.base + 2) // 3
    return None, None


def _in_frame(coding: CodingChange | None, effect: Effect | None) -> bool | None:
    if effect in IN_FRAME:
        return True
    if effect is Effect.FRAMESHIFT:
        return False
    length = coding is not None and coding.edit in (Edit.DELETION, Edit.INSERTION, Edit.DUPLICATION, Edit.INDEL)
    # An insertion that brings a stop codon keeps the frame in letter only.
    return False if length and effect is Effect.NONSENSE else None
