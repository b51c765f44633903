"""The abnormalities of a karyotype, each once, with the clones and cells that show it: is it clonal?

A clone is at least two cells with the same gain or structural change, or three with the same loss (ISCN 2020, chapter 11).
What a centre lists is clonal unless its own cell counts say otherwise: seen in one cell it is not a clone; a loss in two
cells is unknown, since losing a chromosome may be an artefact. Cells of subclones count for what they inherit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from tenfold.genetics.karyotype.abnormalities import DERIVATIVES, NUMERICAL, Abnormality, Kind
from tenfold.genetics.karyotype.bands import AUTOSOMES
from tenfold.genetics.karyotype.clones import DIPLOID, Clone, same_chromosome_change
from tenfold.genetics.karyotype.material import rewritten
from tenfold.genetics.karyotype.named import with_usual_bands
from tenfold.genetics.karyotype.parse import Karyotype

CELLS_OF_A_CLONE = 2
CELLS_OF_A_LOSS = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """One abnormality, the clones that have it and how many it adds to the count of abnormalities (`None`: no upper end)."""

    abnormality: Abnormality
    clones: tuple[int, ...]
    cells: int | None
    clonal: bool | None
    low: int
    high: int


def clonal(cells: int | None, *, loss: bool) -> bool | None:
    """Whether so many cells make a clone: yes, no, or `None`: a loss in two cells. Cells not told are taken for enough."""
    if cells is None or cells >= (CELLS_OF_A_LOSS if loss else CELLS_OF_A_CLONE):
        return True
    return None if cells >= CELLS_OF_A_CLONE else False


def cells_of(clones: Sequence[Clone], holds: Callable[[Clone], object]) -> int | None:
    """Return the cells of all clones for which `holds`; `None` if one of them does not tell."""
    cells = [clone.cells for clone in clones if holds(clone)]
    return None if None in cells or not cells else sum(one for one in cells if one is not None)


def present(karyotype: Karyotype) -> tuple[Clone, ...]:
    """Return the patient's clones with their abnormalities in present notation, shorthand given its bands."""
    told = [one for clone in karyotype.own for one in clone.abnormalities]
    told = [part for one in told for part in (one, *one.parts) if part.breakpoints]
    return tuple(
        replace(clone, abnormalities=tuple(with_bands(one, told) for one in rewritten(clone.abnormalities)))
        for clone in map(_against_two, karyotype.own)
    )


def _against_two(clone: Clone) -> Clone:
    """Write a near-haploid clone (`<1n>`) against the usual two: what it did not gain it has lost."""
    if clone.ploidy != 1:
        return clone
    gained = {one.chromosomes[0] for one in clone.abnormalities if one.kind is Kind.GAIN}
    others = [one for one in clone.abnormalities if one.kind is not Kind.GAIN]
    lost = [
        Abnormality(Kind.LOSS, (name,), sign=-1, text=f"-{name}", position=clone.position)
        for name in AUTOSOMES
        if name not in gained
    ]
    return replace(clone, ploidy=DIPLOID, abnormalities=(*others, *lost))


def with_bands(one: Abnormality, told: Sequence[Abnormality]) -> Abnormality:
    """Give shorthand (`+der(9)t(9;11)`, `del(7)` in a subclone) the bands told elsewhere, or those it is known by."""
    if one.parts:
        untold = any(not part.breakpoints for part in one.parts)
        return replace(one, parts=tuple(with_bands(part, told) for part in one.parts)) if untold else one
    if one.breakpoints or not one.chromosomes or one.kind in NUMERICAL:
        return one
    for other in told:
        if other.kind is one.kind and other.chromosomes == one.chromosomes:
            return replace(one, breakpoints=other.breakpoints)
    return with_usual_bands(one)


def findings(clones: Sequence[Clone]) -> tuple[Finding, ...]:
    """Return each acquired abnormality once. Derivatives of one translocation count together with it."""
    kinds: list[Abnormality] = []
    for clone in clones:
        for one in clone.acquired:
            if not any(same(one, other) for other in kinds):
                kinds.append(one)
    made: list[Finding] = []
    for at, one in enumerate(kinds):
        having = tuple(clone for clone in clones if any(same(one, other) for other in clone.acquired))
        cells = _cells(one, having)
        clone_like = clonal(cells, loss=one.kind is Kind.LOSS)
        low, high = _adds(one, having, kinds[:at])
        if clone_like is False:
            low, high = 0, 0
        elif clone_like is None:
            low = 0
        made.append(Finding(one, tuple(clone.number for clone in having), cells, clone_like, low, high))
    made.extend(_polyploid(clones))
    return tuple(made)


def _polyploid(clones: Sequence[Clone]) -> list[Finding]:
    """A polyploid clone that has no other abnormality is one; a doubled stemline adds none."""
    alone = [clone for clone in clones if clone.ploidy != DIPLOID and not clone.acquired and clone.parent is None]
    if not alone:
        return []
    first = alone[0]
    cells = cells_of(alone, bool)
    one = Abnormality(Kind.PLOIDY, text=first.text, position=first.position)
    number = int(clonal(cells, loss=False) is True)
    return [Finding(one, tuple(clone.number for clone in alone), cells, clonal(cells, loss=False), number, number)]


def same(one: Abnormality, other: Abnormality) -> bool:
    """Whether both texts name one abnormality; bands may be left out of either."""
    if one.kind in NUMERICAL:
        return other.kind is one.kind and other.chromosomes == one.chromosomes
    if one.kind is Kind.DOUBLE_MINUTE or (one.kind is Kind.MARKER and not one.chromosomes):
        return other.kind is one.kind and other.label == one.label and not other.chromosomes
    return same_chromosome_change(one, other) or same_chromosome_change(other, one)


def _cells(one: Abnormality, having: Sequence[Clone]) -> int | None:
    cells: list[int | None] = []
    for clone in having:
        own = [other.cells for other in clone.acquired if same(one, other) and other.cells is not None]
        cells.append(own[0] if own else clone.cells)
    return None if None in cells else sum(one for one in cells if one is not None)


def _adds(one: Abnormality, having: Sequence[Clone], before: Sequence[Abnormality]) -> tuple[int, int]:
    """Return the least and most that the abnormality adds to the count."""
    low, high = 1, 1
    if one.kind in NUMERICAL or (one.kind is Kind.MARKER and not one.label):
        copies = [[other.copies for other in clone.acquired if same(one, other)] for clone in having]
        low = max(sum(few for few, _ in listed) for listed in copies)
        high = max(sum(many for _, many in listed) for listed in copies)
    elif one.kind in DERIVATIVES and one.parts:
        known = [part for other in before for part in other.rearrangements if part.kind is Kind.TRANSLOCATION]
        own = [
            part
            for part in one.parts
            if not (part.kind is Kind.TRANSLOCATION and any(_one_event(part, k) for k in known))
        ]
        low = high = int(bool(own))
    elif one.kind is Kind.TRANSLOCATION:
        # A translocation listed after its derivative is the same event.
        parts = [part for other in before if other.kind in DERIVATIVES for part in other.parts]
        low = high = int(not any(_one_event(one, part) for part in parts if part.kind is Kind.TRANSLOCATION))
    return (0 if one.uncertain else low), high


def _one_event(one: Abnormality, other: Abnormality) -> bool:
    if set(one.chromosomes) != set(other.chromosomes) or not one.chromosomes:
        return False
    breaks = [{(w.chromosome, w.arm, w.low) for w in either.breakpoints} for either in (one, other)]
    return not breaks[0] or not breaks[1] or breaks[0] == breaks[1]
