"""Reads a karyotype as centres write it: ISCN of any edition, with free text, FISH and slips of the pen around it.

Traps: a culture that failed is unknown, never normal; `?` and `or` are uncertain, not present; one metaphase is not a clone;
what cannot be read is reported with its position, and the readable rest still counts.

McGowan-Jordan, Hastings, Moore (eds), ISCN 2020: An International System for Human Cytogenomic Nomenclature, Karger 2020.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tenfold.genetics.karyotype.clones import Clone, Unread, resolved
from tenfold.genetics.karyotype.reading import BROKEN_OFF, CANNOT_READ, header_ahead, read_clones
from tenfold.genetics.karyotype.scanning import cleaned, squeezed
from tenfold.genetics.karyotype.statements import Says, Statement, statements
from tenfold.genetics.karyotype.tails import Parts, fish_statements, parted

COLUMN_WIDTHS = range(250, 257)
"""A text of this length whose last clone alone has no cell count was cut off by a column of that many characters."""


class Status(StrEnum):
    """What the text is."""

    READ = "read"
    FAILED = "failed"
    NOT_DONE = "not done"
    UNREADABLE = "unreadable"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Karyotype:
    """A karyotype: its clones, what free text states, what FISH tails and comments hold, what could not be read.

    `metaphases`: cells over all clones of the patient, `None` if any clone does not say.
    """

    text: str
    status: Status
    clones: tuple[Clone, ...] = ()
    unread: tuple[Unread, ...] = ()
    stated: tuple[Statement, ...] = ()
    fish: tuple[str, ...] = ()
    comments: tuple[str, ...] = ()

    @property
    def own(self) -> tuple[Clone, ...]:
        """The patient's clones; those of a graft (after `//`) left out."""
        return tuple(clone for clone in self.clones if not clone.donor)

    @property
    def metaphases(self) -> int | None:
        """How many metaphases were analysed."""
        cells = [clone.cells for clone in self.own]
        return sum(one for one in cells if one is not None) if cells and None not in cells else None


def read_karyotype(text: str | None) -> Karyotype:
    """Read one karyotype. Nothing is raised: what cannot be read is in `unread`, and `status` says what the text is."""
    if text is None or not text.strip():
        return Karyotype(text or "", Status.EMPTY)
    plain = _with_separators(text, cleaned(text))
    parts = parted(plain)
    found = read_clones(squeezed(plain, keep=parts.iscn))
    listed, stated = _stated(plain, found.clones, parts)
    clones, faults = resolved(listed)
    clones = tuple(clone for clone in clones if clone.count is not None or clone.sex or clone.listed or clone.origin)
    if not clones:
        return _without_clones(text, plain, stated, tuple(plain[start:stop].strip() for start, stop in parts.fish))
    stated = tuple(one for one in stated if one.says not in (Says.FAILED, Says.NOT_DONE))
    return Karyotype(
        text,
        Status.READ,
        clones,
        tuple(sorted((*found.unread, *faults, *_cut(plain, clones)), key=lambda one: one.position)),
        stated,
        tuple(plain[start:stop].strip() for start, stop in parts.fish),
        tuple(plain[start:stop].strip() for start, stop in parts.prose),
    )


def _stated(plain: str, clones: list[Clone], parts: Parts) -> tuple[list[Clone], tuple[Statement, ...]]:
    """Return the clones, and what words state. An abnormality without a clone around it belongs to the words behind it."""
    kept: list[Clone] = []
    prose = list(parts.prose)
    for clone in clones:
        bare = clone.count is None and not clone.sex and not clone.origin
        behind = [at for at, (start, _) in enumerate(prose) if bare and start >= clone.position]
        later = [other.position for other in clones if other.position > clone.position]
        if behind and not (later and later[0] < prose[behind[0]][0]):
            prose[behind[0]] = (clone.position, prose[behind[0]][1])
        else:
            kept.append(clone)
    words = [one for start, stop in prose for one in statements(plain[start:stop], start, whole=not kept)]
    signals = [one for start, stop in parts.fish for one in fish_statements(plain[start:stop], start)]
    return kept, (*words, *(one for one in signals if not _is_shown(one, kept)))


def _is_shown(signal: Statement, clones: list[Clone]) -> bool:
    """Whether FISH names, without its bands, what the metaphases show with them: it adds nothing but doubt."""
    named = signal.abnormality
    if named is None or named.breakpoints or len(named.chromosomes) < 2:
        return False
    listed = [part for clone in clones for one in clone.listed for part in (one, *one.parts)]
    return any(set(part.chromosomes) == set(named.chromosomes) and part.breakpoints for part in listed)


def _with_separators(text: str, plain: str) -> str:
    """Put a `/` in the place of a line end or "und" behind which a new clone begins."""
    letters = list(plain)
    for at, letter in enumerate(text):
        before = plain[:at].rstrip()[-1:]
        if letter in "\r\n" and before and before not in "/,;(" and header_ahead(squeezed(plain[at : at + 30])):
            letters[at] = "/"
            plain = "".join(letters)
    lower = plain.lower()
    for word in (" und ", " and ", " sowie "):
        at = lower.find(word)
        while at >= 0:
            end = at + len(word)
            if lower[:1].isdigit() and header_ahead(squeezed(plain[end : end + 30])):
                plain = plain[:at] + "/".ljust(len(word)) + plain[end:]
            at = lower.find(word, end)
    return plain


def _without_clones(text: str, plain: str, stated: tuple[Statement, ...], fish: tuple[str, ...]) -> Karyotype:
    whole = statements(plain, 0, whole=True) if not fish else stated
    says = {one.says for one in whole}
    if says & {Says.ABNORMALITY, Says.COMPLEX, Says.NORMAL} and not (
        Says.FAILED in says and says == {Says.FAILED, Says.NORMAL}
    ):
        kept = tuple(one for one in whole if one.says not in (Says.FAILED, Says.NOT_DONE))
        if (
            fish
            and says == {Says.ABNORMALITY}
            and all(one.abnormality is None or one.abnormality.uncertain for one in kept)
        ):
            return Karyotype(text, Status.NOT_DONE, stated=kept, fish=fish)
        status = Status.FAILED if Says.FAILED in says else Status.READ
        return Karyotype(text, status, stated=kept, fish=fish)
    for word, status in ((Says.FAILED, Status.FAILED), (Says.NOT_DONE, Status.NOT_DONE)):
        if word in says:
            return Karyotype(text, status, stated=whole, fish=fish)
    if fish:
        return Karyotype(text, Status.NOT_DONE, stated=whole, fish=fish)
    unread = Unread(len(plain) - len(plain.lstrip()), plain.strip(), CANNOT_READ)
    return Karyotype(text, Status.UNREADABLE, unread=(unread,), comments=(plain.strip(),))


def _cut(plain: str, clones: tuple[Clone, ...]) -> tuple[Unread, ...]:
    """Notice that a text was cut off, so that what followed is not known."""
    end = plain.rstrip()
    ends_open = (end[-1] in ",[/(" and end[-2:-1] not in ("]", ")")) or end[-2:] in (",+", ",-")
    others = [clone.cells for clone in clones[:-1]]
    too_long = len(plain) in COLUMN_WIDTHS and clones[-1].cells is None and any(cells is not None for cells in others)
    return (Unread(len(end), "", BROKEN_OFF),) if ends_open or too_long else ()
