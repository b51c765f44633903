"""The change in the coding sequence, read from HGVS text: ``c.860_863dupTCTG``, ``c.375-2A>G``.

Traps: ``c.860-863dup`` is base 863 into the intron before base 860, not the bases 860 to 863; where the bases that are
named do not fit the positions, the text is not understood rather than read one way or the other. A genomic (``g.``) or
messenger RNA (``n.``, ``r.``) numbering is not a coding one and is not converted. The numbering is that of whatever
transcript the laboratory used; where the text names it, `reference` keeps it.

HGVS Nomenclature, den Dunnen et al., Hum Mutat 2016;37:564-569.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tenfold.genetics.variants.scanner import (
    NotUnderstood,
    Scanner,
    split_reference,
    tidied,
    unwrapped,
    without_transcript,
)

BASES = frozenset("ACGTN")
SPLICE_SITE = 2
"""Bases of the intron at each end that make the splice site (the "canonical" GT and AG)."""
OTHER_NUMBERINGS = {
    "g.": "the genome",
    "m.": "the mitochondrial genome",
    "n.": "a non-coding transcript",
    "o.": "a circular genome",
    "p.": "the protein",
    "r.": "the RNA",
}


class Edit(StrEnum):
    """What was done to the sequence."""

    SUBSTITUTION = "substitution"
    DELETION = "deletion"
    INSERTION = "insertion"
    DUPLICATION = "duplication"
    INDEL = "deletion and insertion"
    INVERSION = "inversion"
    NONE = "no change"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A base of a transcript: its coding number, how far into the intron, and whether it lies after the stop codon."""

    base: int
    offset: int = 0
    after_stop: bool = False

    @property
    def coding(self) -> bool:
        """Whether the base itself is translated."""
        return self.base > 0 and self.offset == 0 and not self.after_stop

    @property
    def splice_site(self) -> bool:
        """Whether the base is one of the two at the end of an intron."""
        return 0 < abs(self.offset) <= SPLICE_SITE


@dataclass(frozen=True, slots=True)
class CodingChange:
    """A change in the coding sequence; an unknown sequence or length is None.

    `inserted` are the bases gained (of a duplication only where they are named), `deleted` those lost.
    """

    reference: str | None
    edit: Edit
    start: Place
    end: Place
    deleted: str | None = None
    inserted: str | None = None
    inserted_length: int | None = None

    @property
    def span(self) -> int | None:
        """How many bases lie from start to end; None where an intron is between them."""
        return self.end.base - self.start.base + 1 if self.start.coding and self.end.coding else None

    @property
    def net_bases(self) -> int | None:
        """Bases gained less bases lost; None where not known."""
        lost = self.span if self.deleted is None else len(self.deleted)
        match self.edit:
            case Edit.SUBSTITUTION | Edit.INVERSION | Edit.NONE:
                return 0
            case Edit.DELETION:
                return None if lost is None else -lost
            case Edit.INSERTION:
                return self.inserted_length
            case Edit.DUPLICATION:
                return self.inserted_length if self.inserted_length is not None else self.span
            case Edit.INDEL:
                return None if lost is None or self.inserted_length is None else self.inserted_length - lost


def read_coding(text: str) -> CodingChange:
    """Read one change in the coding sequence.

    ``c.`` may be missing before a number. NotUnderstood for everything that is not one exact coding change.
    """
    reference, notation = split_reference(without_transcript(tidied(text)))
    for prefix, numbering in OTHER_NUMBERINGS.items():
        if notation.casefold().startswith(prefix):
            raise NotUnderstood(f'"{text}" is numbered on {numbering}, not on the coding sequence (c.)')
    scanner = Scanner(notation)
    scanner.take("c.")
    scanner = Scanner(unwrapped(scanner.rest))
    if ";" in scanner.text:
        raise NotUnderstood(f'"{text}" names more than one change; write one row for each')
    if "?" in scanner.text or scanner.text.startswith("("):
        raise NotUnderstood(f'"{text}" does not name an exact position')
    start = _place(scanner)
    end = _place(scanner) if scanner.take("_") else start
    change = _edit(scanner, reference, start, end)
    scanner.end()
    _check(change, text)
    return change


def _place(scanner: Scanner) -> Place:
    sign = scanner.take("*", "-")
    base = scanner.number()
    if base is None or base == 0:
        raise NotUnderstood(f'no position in the coding sequence at "{scanner.rest}" in "{scanner.text}"')
    offset = 0
    direction = scanner.take("+", "-")
    if direction:
        into = scanner.number()
        if into is None:
            raise NotUnderstood(f'no position in the intron at "{scanner.rest}" in "{scanner.text}"')
        offset = into if direction == "+" else -into
    return Place(-base if sign == "-" else base, offset, sign == "*")


def _edit(scanner: Scanner, reference: str | None, start: Place, end: Place) -> CodingChange:
    if scanner.take("delins"):
        bases, length = _sequence(scanner)
        return CodingChange(reference, Edit.INDEL, start, end, None, bases, length)
    if scanner.take("del"):
        deleted, _ = _sequence(scanner, required=False)
        if scanner.take("ins"):
            bases, length = _sequence(scanner)
            return CodingChange(reference, Edit.INDEL, start, end, deleted, bases, length)
        return CodingChange(reference, Edit.DELETION, start, end, deleted)
    if scanner.take("dup"):
        bases, length = _sequence(scanner, required=False)
        return CodingChange(reference, Edit.DUPLICATION, start, end, None, bases, length)
    if scanner.take("ins"):
        bases, length = _sequence(scanner)
        return CodingChange(reference, Edit.INSERTION, start, end, None, bases, length)
    if scanner.take("inv"):
        return CodingChange(reference, Edit.INVERSION, start, end)
    if scanner.take("="):
        return CodingChange(reference, Edit.NONE, start, end)
    before = _bases(scanner)
    if scanner.take("="):
        return CodingChange(reference, Edit.NONE, start, end)
    if before and scanner.take(">"):
        after = _bases(scanner)
        if not after:
            raise NotUnderstood(f'"{scanner.text}" does not say what the base became')
        edit = Edit.SUBSTITUTION if len(before) == len(after) == 1 else Edit.INDEL
        return CodingChange(reference, edit, start, end, before, after, len(after))
    raise NotUnderstood(f'"{scanner.rest}" in "{scanner.text}" is not a change of the sequence')


def _bases(scanner: Scanner) -> str:
    return scanner.take_while(lambda letter: letter.upper() in BASES).upper()


def _sequence(scanner: Scanner, required: bool = True) -> tuple[str | None, int | None]:
    """Bases by name (``TCTG``) or only by number (``30``, ``(30)``, ``30bp``, ``N[30]``)."""
    bases = _bases(scanner)
    if bases == "N" and scanner.take("["):
        length = scanner.number()
        scanner.take("]")
        return None, length
    if bases:
        return (bases if "N" not in bases else None), len(bases)
    opened = scanner.take("(")
    length = scanner.number()
    scanner.take("bp", "nt")
    if opened and not scanner.take(")"):
        raise NotUnderstood(f'"{scanner.rest}" in "{scanner.text}" is not understood')
    if required and length is None:
        raise NotUnderstood(f'"{scanner.text}" does not say which bases were inserted, nor how many')
    return None, length


def _check(change: CodingChange, text: str) -> None:
    """The bases that are named must fit the positions, and an insertion lies between two neighbours."""
    span = change.span
    if span is not None and span < 1:
        raise NotUnderstood(f'the positions of "{text}" are in the wrong order')
    if change.edit is Edit.INSERTION:
        if span is not None and span != 2:
            raise NotUnderstood(f'"{text}": an insertion lies between two neighbouring positions')
        return
    named = len(change.deleted) if change.deleted is not None else None
    if change.edit is Edit.DUPLICATION:
        named = change.inserted_length
        intron = change.start.offset != 0 and change.start == change.end
        if intron and named is not None and named > 1:
            raise NotUnderstood(f'"{text}": {named} bases are named, one position in an intron is given')
    if named is not None and span is not None and named != span:
        raise NotUnderstood(f'"{text}": {named} bases are named, the positions hold {span}')
