"""The change in the protein, read from HGVS text in one- or three-letter code: ``p.W288Cfs*12``, ``p.Trp288fs``.

Read as well: a change without ``p.``, the older ``X`` for a stop, and cBioPortal's ``p.X307_splice``. A predicted change
in brackets is read as the change. ``p.?`` says that the effect is not known, and is read as that.

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

THREE_LETTERS = {
    "ala": "A", "arg": "R", "asn": "N", "asp": "D", "cys": "C", "gln": "Q", "glu": "E", "gly": "G", "his": "H",
    "ile": "I", "leu": "L", "lys": "K", "met": "M", "phe": "F", "pro": "P", "ser": "S", "thr": "T", "trp": "W",
    "tyr": "Y", "val": "V", "sec": "U", "xaa": "X", "ter": "*",
}  # fmt: skip
ONE_LETTER = frozenset("ARNDCQEGHILKMFPSTWYVUX*")
STOPS = ("*", "Ter", "X")


class Effect(StrEnum):
    """What a change does to the protein, in the words of the column `kind`."""

    MISSENSE = "missense"
    NONSENSE = "nonsense"
    FRAMESHIFT = "frameshift"
    IN_FRAME_INSERTION = "in-frame insertion"
    IN_FRAME_DELETION = "in-frame deletion"
    IN_FRAME_INDEL = "in-frame deletion and insertion"
    SPLICE_SITE = "splice site"
    START_LOST = "start lost"
    STOP_LOST = "stop lost"
    SYNONYMOUS = "synonymous"
    INTRONIC = "intronic"
    UNTRANSLATED = "untranslated"


IN_FRAME = frozenset({Effect.IN_FRAME_INSERTION, Effect.IN_FRAME_DELETION, Effect.IN_FRAME_INDEL})
TRUNCATING = frozenset({Effect.NONSENSE, Effect.FRAMESHIFT, Effect.SPLICE_SITE, Effect.START_LOST})


@dataclass(frozen=True, slots=True)
class ProteinChange:
    """A change in the protein; what the text does not tell is None.

    `residue` is the first residue as it was, in one-letter code (None where written X); `inserted` are the residues
    that take its place or come in; `new_stop` is the number of the new stop codon of a frameshift, counted from the
    first changed residue.
    """

    reference: str | None
    effect: Effect | None
    start: int | None = None
    end: int | None = None
    residue: str | None = None
    inserted: str | None = None
    net_residues: int | None = None
    new_stop: int | None = None


def read_protein(text: str) -> ProteinChange:
    """Read one change in the protein. NotUnderstood for everything that is not one change."""
    reference, notation = split_reference(without_transcript(tidied(text)))
    scanner = Scanner(notation)
    prefixed = scanner.take("p.") is not None
    if not prefixed and len(notation) > 1 and notation[1] == ".":
        raise NotUnderstood(f'"{text}" is not a change of the protein (p.)')
    scanner = Scanner(unwrapped(scanner.rest))
    if scanner.text in ("?", "0", "0?"):
        return ProteinChange(reference, Effect.START_LOST if scanner.text == "0" else None)
    if scanner.text == "=":
        return ProteinChange(reference, Effect.SYNONYMOUS)
    if ";" in scanner.text:
        raise NotUnderstood(f'"{text}" names more than one change; write one row for each')
    residue, start = _residue_and_number(scanner)
    if scanner.take("_splice"):
        scanner.end()
        return ProteinChange(reference, Effect.SPLICE_SITE, start, start, None if residue == "X" else residue)
    end = _residue_and_number(scanner)[1] if scanner.take("_") else start
    if end < start:
        raise NotUnderstood(f'the positions of "{text}" are in the wrong order')
    change = _edit(scanner, reference, residue, start, end)
    scanner.end()
    return change


def _residue(scanner: Scanner) -> str | None:
    three = THREE_LETTERS.get(scanner.rest[:3].casefold())
    # Case alone tells "Ala" from three residues A, L, A, and the F and S of phenylalanine and serine from "fs".
    if three is not None and not scanner.rest[:3].isupper():
        scanner.at += 3
        return three
    one = scanner.rest[:1]
    if one and one in ONE_LETTER:
        scanner.at += 1
        return one
    return None


def _residue_and_number(scanner: Scanner) -> tuple[str, int]:
    residue = _residue(scanner)
    number = scanner.number()
    if residue is None or not number:
        raise NotUnderstood(f'no residue and number at the start of "{scanner.text}"')
    return residue, number


def _residues(scanner: Scanner) -> str:
    found = ""
    while (one := _residue(scanner)) is not None:
        found += one
    return found


def _edit(scanner: Scanner, reference: str | None, residue: str, start: int, end: int) -> ProteinChange:
    known = None if residue == "X" else residue
    span = end - start + 1
    if scanner.take("fs"):
        return ProteinChange(reference, Effect.FRAMESHIFT, start, end, known, new_stop=_new_stop(scanner))
    if scanner.take("ext"):
        scanner.at = len(scanner.text)
        # Before the first residue it is the protein's beginning that is longer.
        return ProteinChange(reference, Effect.STOP_LOST if residue == "*" else None, start, end, known)
    if scanner.take("del"):
        if scanner.take("ins"):
            inserted, length = _inserted(scanner)
            return _in_frame(reference, Effect.IN_FRAME_INDEL, start, end, known, inserted, length, -span)
        _residues(scanner)
        if scanner.take("ins"):
            inserted, length = _inserted(scanner)
            return _in_frame(reference, Effect.IN_FRAME_INDEL, start, end, known, inserted, length, -span)
        return ProteinChange(reference, Effect.IN_FRAME_DELETION, start, end, known, net_residues=-span)
    if scanner.take("dup"):
        _residues(scanner)
        return ProteinChange(reference, Effect.IN_FRAME_INSERTION, start, end, known, net_residues=span)
    if scanner.take("ins"):
        if span > 2:
            raise NotUnderstood(f'"{scanner.text}": an insertion lies between two neighbouring residues')
        inserted, length = _inserted(scanner)
        return _in_frame(reference, Effect.IN_FRAME_INSERTION, start, end, known, inserted, length, 0)
    if scanner.take("="):
        return ProteinChange(reference, Effect.SYNONYMOUS, start, end, known)
    if scanner.take("?"):
        return ProteinChange(reference, Effect.START_LOST if start == 1 else None, start, end, known)
    scanner.take(">")
    return _replaced(scanner, reference, known, residue, start, end)


def _replaced(
    scanner: Scanner, reference: str | None, known: str | None, residue: str, start: int, end: int
) -> ProteinChange:
    after = _residues(scanner)
    if scanner.take("fs"):
        return ProteinChange(reference, Effect.FRAMESHIFT, start, end, known, new_stop=_new_stop(scanner))
    if residue == "*" and after and after != "*":
        if scanner.take("ext"):
            scanner.at = len(scanner.text)
        return ProteinChange(reference, Effect.STOP_LOST, start, end, known, after)
    if not after:
        raise NotUnderstood(f'"{scanner.text}" does not say what became of residue {start}')
    if len(after) > 1 or end != start:
        return _in_frame(reference, Effect.IN_FRAME_INDEL, start, end, known, after, len(after), start - end - 1)
    if after in ("*", "X"):
        effect = Effect.SYNONYMOUS if residue == "*" else Effect.NONSENSE
        return ProteinChange(reference, effect, start, end, known, "*")
    if after == residue:
        return ProteinChange(reference, Effect.SYNONYMOUS, start, end, known, after)
    effect = Effect.START_LOST if start == 1 and residue == "M" else Effect.MISSENSE
    return ProteinChange(reference, effect, start, end, known, after)


def _new_stop(scanner: Scanner) -> int | None:
    """How far the new stop is: ``*12``, ``Ter12``, ``X12``, ``*X12``; ``*?``, ``*>9``, ``*10+`` or nothing tell none."""
    scanner.take(*STOPS)
    scanner.take(*STOPS)
    beyond = scanner.take(">")
    number = scanner.number()
    return None if scanner.take("?", "+") or beyond else number


def _inserted(scanner: Scanner) -> tuple[str | None, int | None]:
    residues = _residues(scanner)
    if residues:
        return residues, len(residues)
    opened = scanner.take("(")
    length = scanner.number()
    if opened:
        scanner.take(")")
    if length is None:
        raise NotUnderstood(f'"{scanner.text}" does not say which residues were inserted, nor how many')
    return None, length


def _in_frame(
    reference: str | None,
    effect: Effect,
    start: int,
    end: int,
    residue: str | None,
    inserted: str | None,
    length: int | None,
    lost: int,
) -> ProteinChange:
    if inserted is not None and "*" in inserted:
        return ProteinChange(reference, Effect.NONSENSE, start, end, residue, inserted)
    net = None if length is None else length + lost
    return ProteinChange(reference, effect, start, end, residue, inserted, net)
