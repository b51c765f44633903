"""What an abnormality does to the amount of each chromosome: whose centromeres it keeps and which arms it loses.

A derivative chromosome keeps the centromere of the chromosome it is named after and loses what lay beyond the break. `add`
loses what lay beyond its band (the added material is unknown). `i(17)(q10)` keeps two long arms, so the short arm is lost.
A whole-arm derivative such as `der(1;7)(q10;p10)` keeps the arms it names. Balanced rearrangements lose nothing. Where no
break is told (`der(5)`, `add(7)`, `r(7)`), something may be lost from either arm.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from tenfold.genetics.karyotype.abnormalities import DERIVATIVES, Abnormality, Kind
from tenfold.genetics.karyotype.bands import END, UNIT, UNKNOWN, Breakpoint

BALANCED = frozenset({Kind.TRANSLOCATION, Kind.INVERSION, Kind.INSERTION})
TWO_CENTROMERES = frozenset({Kind.DICENTRIC})
WITHOUT_MATERIAL_LOSS = frozenset(
    {
        Kind.DUPLICATION,
        Kind.MARKER,
        Kind.DOUBLE_MINUTE,
        Kind.HOMOGENEOUSLY_STAINING_REGION,
        Kind.FRAGILE_SITE,
    }
)
REPLACING = DERIVATIVES | {Kind.ADDITION, Kind.ISOCHROMOSOME, Kind.ISODICENTRIC, Kind.DICENTRIC, Kind.RING}
"""Kinds of abnormal chromosomes that stand in place of a normal one and lack part of it."""
OPPOSITE = {"p": "q", "q": "p"}


@dataclass(frozen=True, slots=True)
class Segment:
    """A lost part of an arm; `arm` is `None` where the text does not say which.

    `doubtful`: the arm is changed, and whether anything is lost is not told (`abn(5q)`).
    """

    chromosome: str
    arm: str | None
    low: int = 0
    high: int = END + UNIT
    doubtful: bool = False


def centromeres(one: Abnormality) -> tuple[str, ...]:
    """Return the chromosomes whose centromere the abnormal chromosome keeps, that is, which it replaces."""
    if one.kind in TWO_CENTROMERES or one.kind in DERIVATIVES:
        return tuple(name for name in one.chromosomes if name != UNKNOWN)
    if one.kind in BALANCED and len(set(one.chromosomes)) > 1:
        return tuple(dict.fromkeys(name for name in one.chromosomes if name != UNKNOWN))
    return tuple(name for name in one.chromosomes[:1] if name != UNKNOWN)


def lost_segments(one: Abnormality) -> tuple[Segment, ...]:
    """Return what the abnormal chromosome, in place of a normal one, has lost."""
    if one.sign != 0 or not one.counted or one.kind in BALANCED or one.kind in WITHOUT_MATERIAL_LOSS:
        return ()
    if one.kind is Kind.DELETION:
        return _deleted(one)
    if one.kind is Kind.OTHER:
        return _changed(one)
    if not one.breakpoints and not one.parts and one.kind in REPLACING:
        return _unknown_arm(one)
    if one.kind is Kind.ISOCHROMOSOME:
        return tuple(_other_arm(where) for where in one.breakpoints[:1])
    if one.kind in DERIVATIVES:
        return _derivative(one)
    if one.kind in (Kind.ADDITION, Kind.ISODICENTRIC, Kind.DICENTRIC, Kind.RING):
        return tuple(segment for where in one.breakpoints for segment in _beyond(where))
    return ()


def _derivative(one: Abnormality) -> tuple[Segment, ...]:
    own = set(one.chromosomes)
    segments: list[Segment] = []
    if one.kind is Kind.ISODERIVATIVE and not one.breakpoints:
        segments.extend(_unknown_arm(one))
    elif one.breakpoints and (len(one.chromosomes) > 1 or (one.kind is Kind.DERIVATIVE and not one.parts)):
        segments.extend(segment for where in one.breakpoints for segment in _beyond(where))
    elif one.kind is Kind.ISODERIVATIVE:
        segments.extend(_other_arm(where) for where in one.breakpoints[:1])
    for part in one.parts:
        if part.kind is Kind.TRANSLOCATION:
            segments.extend(_translocated(part, own))
        elif part.kind is not Kind.INSERTION:
            segments.extend(lost_segments(replace(part, sign=0)))
    return tuple(segment for segment in segments if segment.chromosome in own)


def _unknown_arm(one: Abnormality) -> tuple[Segment, ...]:
    return tuple(Segment(name, None) for name in one.chromosomes if name != UNKNOWN)


def _changed(one: Abnormality) -> tuple[Segment, ...]:
    """`abn(5q)` may lose something; `upd`, two chromosomes of one parent, loses nothing."""
    if "upd" in one.text.lower():
        return ()
    told = tuple(Segment(where.chromosome, where.arm, doubtful=True) for where in one.breakpoints if where.chromosome)
    return told or _unknown_arm(one)


def _translocated(part: Abnormality, own: set[str]) -> Iterable[Segment]:
    if not part.breakpoints:
        yield from (segment for segment in _unknown_arm(part) if segment.chromosome in own)
    for where in part.breakpoints:
        if where.chromosome in own:
            yield from _beyond(where)
            if len(set(part.chromosomes)) == 1:
                return


def _beyond(where: Breakpoint) -> tuple[Segment, ...]:
    if where.chromosome is None or where.chromosome == UNKNOWN:
        return ()
    if where.centromeric:
        return (_other_arm(where),)
    return (Segment(where.chromosome, where.arm, where.low or 0),)


def _other_arm(where: Breakpoint) -> Segment:
    return Segment(where.chromosome or UNKNOWN, OPPOSITE[where.arm] if where.arm else None)


def _deleted(one: Abnormality) -> tuple[Segment, ...]:
    chromosome = one.chromosomes[0]
    breaks = one.breakpoints
    if not breaks:
        return (Segment(chromosome, None),)
    if len(breaks) >= 2 and breaks[0].arm == breaks[1].arm:
        lows = [where.low for where in breaks if where.low is not None]
        highs = [where.high for where in breaks if where.high is not None]
        return (Segment(chromosome, breaks[0].arm, min(lows, default=0), max(highs, default=END + UNIT)),)
    if len(breaks) == 2:
        return tuple(Segment(chromosome, where.arm, 0, where.high or END) for where in breaks)
    return (
        _beyond(replace(breaks[0], chromosome=chromosome))
        if not breaks[0].centromeric
        else (Segment(chromosome, breaks[0].arm),)
    )


def rewritten(abnormalities: Iterable[Abnormality]) -> tuple[Abnormality, ...]:
    """Write old forms as present ones: `-5,+der(5)t(5;12)` and `+1,der(1;7)` both mean a chromosome was replaced.

    A lost chromosome that comes back as an abnormal one is no monosomy; a gained one that makes up for a whole arm is no
    trisomy.
    """
    have = list(abnormalities)
    for at, one in enumerate(have):
        if one.structural and one.sign > 0 and one.chromosomes:
            partners = [_find(have, Kind.LOSS, name) for name in centromeres(one)]
            found = [place for place in partners if place is not None]
            if not found:
                continue
            replaced = {have[place].chromosomes[0] for place in found}
            breaks = one.breakpoints
            if len(found) < len(partners):
                breaks = tuple(where for where in breaks if where.chromosome in replaced)
            have[at] = replace(one, sign=0, breakpoints=breaks)
            _drop(have, found)
        elif one.structural and one.sign == 0 and len(set(centromeres(one))) == 2 and one.kind not in BALANCED:
            _drop(have, [place for name in centromeres(one) if (place := _find(have, Kind.GAIN, name)) is not None])
    return tuple(one for one in have if one.kind is not Kind.VARIANT or one.text)


def _find(have: list[Abnormality], kind: Kind, chromosome: str) -> int | None:
    for at, one in enumerate(have):
        if one.kind is kind and one.chromosomes == (chromosome,) and one.counted:
            return at
    return None


def _drop(have: list[Abnormality], places: list[int]) -> None:
    for place in set(places):
        have[place] = Abnormality(Kind.VARIANT)
