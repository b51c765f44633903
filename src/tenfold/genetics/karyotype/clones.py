"""Clones: a line of cells with one karyotype, and what a subclone inherits from its stemline or sideline.

`idem` and `sl` stand for everything the stemline (the first abnormal clone) has, `sdl1`, `sdl2` for the first and second
clone after it. What follows is relative to that: `-8` takes back an inherited `+8` and is then no monosomy; `-der(7)t(7;8)`
takes away an abnormal chromosome that had replaced a normal one, and then leaves one chromosome 7.

ISCN 2020, chapter 11 (neoplasia: clones, stemline, sideline, composite karyotypes).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from tenfold.genetics.karyotype.abnormalities import NUMERICAL, Abnormality, Kind
from tenfold.genetics.karyotype.material import centromeres

SIDELINE = "sdl"
DIPLOID = 2
IN_PLACE = frozenset({Kind.TRANSLOCATION, Kind.INSERTION})
"""Kinds whose text names two abnormal chromosomes at once, so that losing one leaves the other."""


@dataclass(frozen=True, slots=True)
class Unread:
    """A piece of the text that could not be read. `chromosomes`: the only ones it can concern; `None` is any of them."""

    position: int
    text: str
    reason: str
    chromosomes: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Clone:
    """A clone as written (`listed`) and with what it inherits (`abnormalities`).

    `count` is the range of chromosome numbers, `ploidy` the level against which gains and losses are written (2 unless the
    text says otherwise), `cells` the metaphases in brackets, `composite` that they stand for a composite karyotype (`cp`).
    `parent` is the number of the clone that `origin` (`idem`, `sl`, `sdl1`) refers to. `donor`: after `//`, cells of a graft.
    """

    number: int
    text: str = ""
    position: int = 0
    count: tuple[int, int] | None = None
    ploidy: int = DIPLOID
    sex: str = ""
    listed: tuple[Abnormality, ...] = ()
    abnormalities: tuple[Abnormality, ...] = ()
    cells: int | None = None
    composite: bool = False
    donor: bool = False
    incomplete: bool = False
    constitutional: bool = False
    origin: str = ""
    times: int = 1
    parent: int | None = None

    @property
    def acquired(self) -> tuple[Abnormality, ...]:
        """Abnormalities of the leukaemia: not the constitutional ones, not variants."""
        return tuple(one for one in self.abnormalities if one.counted)


def resolved(clones: list[Clone]) -> tuple[tuple[Clone, ...], tuple[Unread, ...]]:
    """Give every clone what it inherits. Return the clones and what refers to something that is not there."""
    done: list[Clone] = []
    faults: list[Unread] = []
    for clone in clones:
        parent = _parent(clone, done)
        if clone.origin and parent is None:
            reason = f"{clone.origin} refers to a clone that was not given before it"
            faults.append(Unread(clone.position, clone.origin, reason))
        if parent is None:
            made, lost = _with_changes((), clone, done)
        else:
            made, lost = _with_changes(parent.abnormalities, clone, done)
            ploidy = clone.ploidy if clone.ploidy != DIPLOID else parent.ploidy * clone.times
            incomplete = clone.incomplete or parent.incomplete
            made = replace(
                made, parent=parent.number, ploidy=ploidy, incomplete=incomplete, sex=clone.sex or parent.sex
            )
        done.append(made)
        faults.extend(lost)
    return tuple(done), tuple(faults)


def _parent(clone: Clone, before: list[Clone]) -> Clone | None:
    if not clone.origin:
        return None
    own = [one for one in before if not one.donor]
    abnormal = [one for one in own if one.acquired]
    if clone.origin.startswith(SIDELINE):
        place = int(clone.origin.removeprefix(SIDELINE) or 1)
        return abnormal[min(place, len(abnormal) - 1)] if abnormal else None
    return abnormal[0] if abnormal else (own[0] if own else None)


def _with_changes(inherited: tuple[Abnormality, ...], clone: Clone, before: list[Clone]) -> tuple[Clone, list[Unread]]:
    have = list(inherited)
    added: list[Abnormality] = []
    faults: list[Unread] = []
    for change in clone.listed:
        if change.kind is Kind.LOSS or change.kind is Kind.GAIN:
            opposite = Kind.GAIN if change.kind is Kind.LOSS else Kind.LOSS
            taken = [_take(have, _of(opposite, change.chromosomes)) for _ in range(change.copies[0])]
            added.extend(replace(change, copies=(1, 1)) for one in taken if one is None)
        elif change.sign >= 0:
            added.append(change)
        else:
            earlier = [one for other in before for one in other.abnormalities]
            faults.extend(_take_away(have, added, change, earlier))
    return replace(clone, abnormalities=(*have, *_without_evolved(added, clone.listed))), faults


def _without_evolved(added: list[Abnormality], listed: tuple[Abnormality, ...]) -> list[Abnormality]:
    """`-add(4)(p16),der(4)add(4)(p16)add(4)(q31)`: the abnormal 4 changed further, so no chromosome 4 was lost."""
    again = {name for one in listed if one.structural and one.sign == 0 for name in centromeres(one)}
    return [
        one
        for one in added
        if one.kind is not Kind.LOSS
        or (one.text[-1:].isalnum() and "(" not in one.text)
        or one.chromosomes[0] not in again
    ]


def _of(kind: Kind, chromosomes: tuple[str, ...]) -> Callable[[Abnormality], bool]:
    return lambda one: one.kind is kind and one.chromosomes == chromosomes and one.counted


def _take(have: list[Abnormality], fits: Callable[[Abnormality], bool]) -> Abnormality | None:
    """Take one copy of the first abnormality that fits out of the list."""
    for at, one in enumerate(have):
        if fits(one):
            low, high = one.copies
            if low > 1:
                have[at] = replace(one, copies=(low - 1, high - 1))
            else:
                del have[at]
            return one
    return None


def _take_away(
    have: list[Abnormality], added: list[Abnormality], lost: Abnormality, earlier: list[Abnormality]
) -> list[Unread]:
    """Take a lost abnormal chromosome away, and leave what that means for the number of chromosomes."""
    pool = have if any(same_chromosome_change(one, lost) for one in have) else added
    gone: Abnormality | None = None
    for _ in range(lost.copies[1]):
        found = _take(pool, lambda one: same_chromosome_change(one, lost))
        gone = gone or found
    if gone is not None:
        if gone.sign <= 0 and gone.kind not in IN_PLACE:
            added.extend(_fewer(centromeres(gone), lost))
        return []
    if lost.kind is Kind.MARKER or not lost.chromosomes:
        return []
    named = centromeres(lost)[:1]
    known = any(one.kind in IN_PLACE and set(named) <= set(one.chromosomes) for one in (*have, *added))
    if known or any(same_chromosome_change(one, lost) for one in earlier):
        added.extend(_fewer(named, lost))
        return []
    reason = "an abnormal chromosome is lost that no earlier clone has"
    return [Unread(lost.position, lost.text, reason, frozenset(lost.chromosomes))]


def _fewer(chromosomes: tuple[str, ...], lost: Abnormality) -> list[Abnormality]:
    one = Abnormality(Kind.LOSS, sign=-1, uncertain=lost.uncertain, text=lost.text, position=lost.position)
    return [replace(one, chromosomes=(chromosome,)) for chromosome in chromosomes]


def same_chromosome_change(one: Abnormality, short: Abnormality) -> bool:
    """Whether `short`, which may leave its bands out (`-del(7)`, `-der(7)`), names the abnormality `one`."""
    if one.kind is not short.kind or one.kind in NUMERICAL or one.sign < 0:
        return False
    if one.chromosomes != short.chromosomes or (short.label and one.label != short.label):
        return False
    if short.parts and one.parts and not _agree(one, short):
        return False
    return not short.breakpoints or not one.breakpoints or _breaks(one) == _breaks(short)


def _agree(one: Abnormality, short: Abnormality) -> bool:
    return len(one.parts) == len(short.parts) and all(
        a.kind is b.kind
        and a.chromosomes == b.chromosomes
        and (not a.breakpoints or not b.breakpoints or _breaks(a) == _breaks(b))
        for a, b in zip(one.parts, short.parts, strict=True)
    )


def _breaks(one: Abnormality) -> tuple[tuple[str | None, str | None, int | None], ...]:
    return tuple((where.chromosome, where.arm, where.low) for where in one.breakpoints)
