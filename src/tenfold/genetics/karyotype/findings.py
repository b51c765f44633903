"""The abnormalities of a karyotype, each once, with the clones and cells that show it: is it clonal?

A clone is at least two cells with the same gain or structural change, or three with the same loss (ISCN 2020, chapter 11).
What a centre lists is clonal unless its own cell counts say otherwise: seen in one cell it is not a clone; a loss in two
cells, and nothing else, is unknown, since losing a chromosome may be an artefact. Where a gain or structural change makes a
clone of those cells, so it does of the loss. Cells of subclones count for what they inherit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

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
    """One abnormality, the clones that have it and how many it adds to the count of abnormalities, at least and at most.

    What is seen in one cell (`clonal` is `False`) is not counted; `high` is then what it would add if it were clonal.
    """

    abnormality: Abnormality
    clones: tuple[int, ...]
    clonal: bool | None
    low: int
    high: int


def clonal(clones: Sequence[Clone], holds: Callable[[Abnormality], object]) -> bool | None:
    """Whether the abnormalities for which `holds` are clonal in these clones: yes, no, or unknown.

    Unknown is a loss in two cells that nothing else makes a clone. Cells that are not told are taken for enough.
    """
    having = [(clone, [one for one in clone.acquired if holds(one)]) for clone in clones]
    having = [(clone, listed) for clone, listed in having if listed]
    cells = _cells(having)
    losses = all(one.kind is Kind.LOSS for _, listed in having for one in listed)
    if cells is None or cells >= (CELLS_OF_A_LOSS if losses else CELLS_OF_A_CLONE):
        return True
    if cells < CELLS_OF_A_CLONE:
        return False
    return True if _supported([clone for clone, _ in having]) else None


def _supported(clones: Sequence[Clone]) -> bool:
    """Whether a gain or structural change makes a clone of those that lost a chromosome."""
    makes = [one for clone in clones for one in clone.acquired if one.kind is not Kind.LOSS and one.sign >= 0]
    for one in (one for one in makes if not one.uncertain):
        cells = _cells([(clone, [c for c in clone.acquired if same(one, c)]) for clone in clones])
        if cells is None or cells >= CELLS_OF_A_CLONE:
            return True
    return False


def _cells(having: Iterable[tuple[Clone, Sequence[Abnormality]]]) -> int | None:
    """Return the cells that show what is listed beside each clone; `None` if one of the clones does not tell."""
    total = 0
    for clone, listed in having:
        if not listed:
            continue
        own = [clone.cells if one.cells is None else one.cells for one in listed]
        told = [cells for cells in own if cells is not None]
        if len(told) < len(own):
            return None
        total += max(told)
    return total


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
        clone_like = clonal(having, partial(same, one))
        low, high = _adds(one, having, kinds[:at])
        made.append(Finding(one, tuple(clone.number for clone in having), clone_like, low if clone_like else 0, high))
    made.extend(_polyploid(clones))
    return tuple(made)


def _polyploid(clones: Sequence[Clone]) -> list[Finding]:
    """A polyploid clone that has no other abnormality is one; a doubled stemline adds none."""
    alone = [clone for clone in clones if clone.ploidy != DIPLOID and not clone.acquired and clone.parent is None]
    if not alone:
        return []
    first = alone[0]
    cells = [clone.cells for clone in alone if clone.cells is not None]
    is_clone = len(cells) < len(alone) or sum(cells) >= CELLS_OF_A_CLONE
    one = Abnormality(Kind.PLOIDY, text=first.text, position=first.position)
    return [Finding(one, tuple(clone.number for clone in alone), is_clone, int(is_clone), 1)]


def same(one: Abnormality, other: Abnormality) -> bool:
    """Whether both texts name one abnormality; bands may be left out of either."""
    if one.kind in NUMERICAL:
        return other.kind is one.kind and other.chromosomes == one.chromosomes
    if one.kind is Kind.DOUBLE_MINUTE or (one.kind is Kind.MARKER and not one.chromosomes):
        return other.kind is one.kind and other.label == one.label and not other.chromosomes
    return same_chromosome_change(one, other) or same_chromosome_change(other, one)


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
