"""Complex and monosomal karyotypes, as each edition defines them.

Complex: three or more unrelated abnormalities, and none of the class-defining rearrangements. What counts as class-defining
is an edition's own list; that a hyperdiploid karyotype with three or more trisomies and no structural change is not complex
is new in 2022. With three counted, a class-defining rearrangement keeps the name from the karyotype only where it shows: what was
not read, a partner that could not be told and a derivative chromosome without the fusion do not. Monosomal: two or more distinct autosomal monosomies in a clone, or one with a structural abnormality; not
with a core-binding factor rearrangement. Traps: a marker or ring is a structurally abnormal chromosome by ISCN and counts as
such, although it may be the missing chromosome itself; monosomies of unrelated clones leave it open.

Döhner et al., Blood 2017;129:424-447; Döhner et al., Blood 2022;140:1345-1377; monosomal: Breems et al., J Clin Oncol
2008;26:4791-4797. Counting each listed abnormality once over all clones, `+8,+8` as two, a derivative as one and polyploidy
as one: Chun et al., Leuk Res 2010;34:160-165.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from tenfold.genetics.karyotype.abnormalities import Abnormality, Kind
from tenfold.genetics.karyotype.bands import AUTOSOMES
from tenfold.genetics.karyotype.clones import Clone
from tenfold.genetics.karyotype.findings import Finding, same
from tenfold.genetics.karyotype.material import centromeres

FEWEST_TRISOMIES = 3
HUMAN = 46
CORE_BINDING_FACTOR = ("t_8_21", "inv_16")
OUTSIDE_CHROMOSOMES = frozenset({Kind.DOUBLE_MINUTE})


@dataclass(frozen=True, slots=True)
class Edition:
    """What one edition says of a complex karyotype."""

    name: str
    citation: str
    fewest: int
    hyperdiploid_exception: bool
    class_defining: tuple[str, ...]


@cache
def editions() -> tuple[Edition, ...]:
    """Every edition, oldest first."""
    text = resources.files("tenfold.genetics.karyotype").joinpath("editions.toml").read_text("utf-8")
    return tuple(
        Edition(name, row["citation"], row["fewest"], row["hyperdiploid_exception"], tuple(row["class_defining"]))
        for name, row in tomllib.loads(text).items()
    )


def complex_karyotype(
    edition: Edition, count: tuple[int, int | None], answers: Mapping[str, bool | None], hyperdiploid: bool | None
) -> bool | None:
    """Whether the karyotype is complex by this edition: yes, no, or unknown."""
    enough = at_least(edition.fewest, count)
    defining = _any(answers[fact] for fact in edition.class_defining)
    excepted = hyperdiploid if edition.hyperdiploid_exception else False
    return _all((enough, _not(defining), _not(excepted)))


def at_least(fewest: int, count: tuple[int, int | None]) -> bool | None:
    """Whether so many abnormalities are counted: yes, no, or unknown."""
    low, high = count
    return True if low >= fewest else (False if high is not None and high < fewest else None)


def monosomal(
    clones: Sequence[Clone], found: Sequence[Finding], answers: Mapping[str, bool | None]
) -> tuple[bool | None, tuple[int, ...]]:
    """Whether the karyotype is monosomal, and the clones that show it."""
    each = {clone.number: _monosomal_clone(clone, found) for clone in clones}
    shown = tuple(number for number, answer in each.items() if answer)
    answer = _any(each.values())
    if answer is False and len(clones) > 1:
        every = {name for clone in clones for name, sure in monosomies(clone, found).items() if sure}
        structural = any(item.abnormality.structural for item in found if item.clonal)
        answer = None if len(every) > 1 or (every and structural) else False
    return _all((answer, _not(_any(answers[fact] for fact in CORE_BINDING_FACTOR)))), shown


def _monosomal_clone(clone: Clone, found: Sequence[Finding]) -> bool | None:
    lost = monosomies(clone, found)
    sure = sum(lost.values())
    structural = [one for one in clone.acquired if one.structural and _clonal(one, found) is not False]
    told = [one for one in structural if one.kind not in OUTSIDE_CHROMOSOMES]
    if sure > 1 or (sure == 1 and any(not one.uncertain and _clonal(one, found) for one in told)):
        return True
    if len(lost) > 1 or (lost and structural):
        return None
    # Seen in one cell it is no clone, and no proof that there is none.
    seen = monosomies(clone, ())
    structural = [one for one in clone.acquired if one.structural and one.kind not in OUTSIDE_CHROMOSOMES]
    return None if len(seen) > 1 or (seen and structural) else False


def monosomies(clone: Clone, found: Sequence[Finding]) -> dict[str, bool]:
    """Return the autosomes of which one copy or none is left, and whether that is certain."""
    losses = Counter[str]()
    sure = Counter[str]()
    gains = Counter[str]()
    for one in clone.acquired:
        for name in centromeres(one) if one.structural and one.sign > 0 else one.chromosomes:
            if one.kind is Kind.LOSS and _clonal(one, found) is not False:
                losses[name] += 1
                sure[name] += int(not one.uncertain and _clonal(one, found) is True)
            elif one.kind is Kind.GAIN or (one.structural and one.sign > 0):
                gains[name] += 1
    return {
        name: clone.ploidy - sure[name] + gains[name] <= 1
        for name in AUTOSOMES
        if losses[name] and clone.ploidy - losses[name] + gains[name] <= 1
    }


def _clonal(one: Abnormality, found: Sequence[Finding]) -> bool | None:
    return next((item.clonal for item in found if same(item.abnormality, one)), True)


def hyperdiploid_without_structural(
    clones: Sequence[Clone], found: Sequence[Finding], *, doubtful: bool
) -> bool | None:
    """Whether a clone has three or more trisomies or polysomies and the karyotype no structural abnormality.

    `doubtful`: something could not be read, so that only a structural abnormality that was settles it.
    """
    structural = [item for item in found if item.abnormality.structural and item.clonal is not False]
    certain = any(not item.abnormality.uncertain and item.clonal for item in structural)
    if certain or doubtful:
        return False if certain else None
    most = fewest = 0
    for clone in clones:
        gained = [one for one in clone.acquired if one.kind is Kind.GAIN and _clonal(one, found) is not False]
        if clone.count is not None and clone.count[1] <= HUMAN:
            continue
        most = max(most, len({one.chromosomes for one in gained}))
        fewest = max(fewest, len({one.chromosomes for one in gained if not one.uncertain}))
    enough = True if fewest >= FEWEST_TRISOMIES else (None if most >= FEWEST_TRISOMIES else False)
    return _all((enough, None if structural else True))


def _any(answers: Iterable[bool | None]) -> bool | None:
    listed = list(answers)
    return True if True in listed else (None if None in listed else False)


def _all(answers: Sequence[bool | None]) -> bool | None:
    return False if False in answers else (None if None in answers else True)


def _not(answer: bool | None) -> bool | None:
    return None if answer is None else not answer
