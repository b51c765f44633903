"""The facts that are asked of one abnormality at a time: losses, gains, arms, named rearrangements.

`del_5q`, `del_7q`, `del_12p` hold for any unbalanced loss of the arm (del, add, derivative, dicentric, isochromosome,
whole-arm translocation), as WHO and ICC word them; `del_11q`, `del_13q`, `del_20q` for deletions alone. `abn_17p` is any
change that breaks or loses 17p, balanced or not (ELN: abn(17p)). `t_5q` and `t_12p` are translocations with a break there
(ICC: t(5q), t(12p)). A loss is relative to the clone's ploidy, as ISCN writes it.

Khoury et al., Leukemia 2022;36:1703-1719; Arber et al., Blood 2022;140:1200-1228; Döhner et al., Blood 2022;140:1345-1377.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

from tenfold.genetics.karyotype.abnormalities import Abnormality, Kind
from tenfold.genetics.karyotype.bands import Window, window
from tenfold.genetics.karyotype.material import lost_segments
from tenfold.genetics.karyotype.named import named_rearrangements

Test = Callable[[Abnormality], bool | None]


@dataclass(frozen=True, slots=True)
class Question:
    """A fact: its name, what it is called, the chromosomes it concerns, and its test of one abnormality.

    `defining`: a recurrent rearrangement. `open_in_one_cell`: seen in a single cell, it leaves the answer open, as all
    that defines a class or an adverse risk does. `slipped`: whether it was recognised although its bands are off. `lone`:
    whether it is the derivative chromosome that does not carry the fusion, which shows it where it stands alone.
    """

    fact: str
    words: str
    chromosomes: frozenset[str]
    test: Test
    defining: bool = False
    open_in_one_cell: bool = False
    slipped: Callable[[Abnormality], bool] | None = None
    lone: Callable[[Abnormality], bool] | None = None


def _sure(answer: bool | None, one: Abnormality) -> bool | None:
    return None if answer and (one.uncertain or one.alternatives) else answer


def _whole(kind: Kind, chromosome: str) -> Test:
    def test(one: Abnormality) -> bool | None:
        return _sure(one.counted and one.kind is kind and one.chromosomes == (chromosome,), one)

    return test


def _arm_lost(chromosome: str, arm: str, *, deletions_only: bool = False) -> Test:
    def test(one: Abnormality) -> bool | None:
        found: bool | None = False
        for each in (one, *one.alternatives):
            segments = [
                segment
                for part in ([each] if not deletions_only else _deletions(each))
                for segment in lost_segments(part)
                if segment.chromosome == chromosome
            ]
            if any(segment.arm == arm and not segment.doubtful for segment in segments):
                found = True
            elif found is False and any(segment.arm in (arm, None) for segment in segments):
                found = None
        return _sure(found, one)

    return test


def _deletions(one: Abnormality) -> list[Abnormality]:
    if one.sign != 0 or not one.counted:
        return []
    return [replace(part, uncertain=part.uncertain) for part in one.rearrangements if part.kind is Kind.DELETION]


def _broken(chromosome: str, arm: str, kinds: frozenset[Kind] | None = None) -> Test:
    """A break on the arm, in any rearrangement of these kinds."""

    def test(one: Abnormality) -> bool | None:
        if not one.structural or one.sign < 0:
            return False
        found: bool | None = False
        for part in (one, *one.parts):
            if kinds is not None and part.kind not in kinds:
                continue
            for where in (each for each in part.breakpoints if not each.centromeric):
                if where.chromosome == chromosome and where.arm == arm:
                    return _sure(True, one)
                if where.chromosome == chromosome and where.arm is None:
                    found = None
            if chromosome in part.chromosomes and not part.breakpoints and not one.parts:
                found = None
        return found

    return test


def _either(*tests: Test) -> Test:
    def test(one: Abnormality) -> bool | None:
        answers = [each(one) for each in tests]
        return True if True in answers else (None if None in answers else False)

    return test


def _isochromosome_17q(one: Abnormality) -> bool | None:
    if one.chromosomes != ("17",) or not one.counted or one.sign < 0:
        return False
    arms = {where.arm for where in one.breakpoints}
    if one.kind is Kind.ISOCHROMOSOME:
        return _sure(None if not arms or None in arms else "q" in arms, one)
    return _sure(one.kind is Kind.ISODICENTRIC and "p" in arms, one)


def _isodicentric(where: Window) -> Test:
    def test(one: Abnormality) -> bool | None:
        if one.kind is not Kind.ISODICENTRIC or one.chromosomes != (where.chromosome,) or one.sign < 0:
            return False
        answers = [where.holds(each) for each in one.breakpoints] or [None]
        return _sure(True if True in answers else (None if None in answers else False), one)

    return test


def _loss(chromosome: str) -> Question:
    words, test = f"-{chromosome}", _whole(Kind.LOSS, chromosome)
    adverse = chromosome in ADVERSE
    return Question(f"loss_{chromosome}", words, frozenset({chromosome}), test, open_in_one_cell=adverse)


def _del(chromosome: str, arm: str, words: str, *, deletions_only: bool = False) -> Question:
    test = _arm_lost(chromosome, arm, deletions_only=deletions_only)
    name, adverse = f"del_{chromosome}{arm}", chromosome in ADVERSE
    return Question(name, words, frozenset({chromosome}), test, open_in_one_cell=adverse)


ADVERSE = frozenset({"5", "7", "17"})
"""Chromosomes whose loss, in whole or of an arm, is an adverse risk."""
TRANSLOCATIONS = frozenset({Kind.TRANSLOCATION})


@cache
def questions() -> tuple[Question, ...]:
    """Every fact that is asked of one abnormality at a time."""
    named = tuple(
        Question(
            one.fact,
            one.name,
            frozenset(wanted.chromosome for form in one.forms for wanted in form.breaks),
            one.matches,
            defining=True,
            open_in_one_cell=True,
            slipped=one.slipped,
            lone=one.lone,
        )
        for one in named_rearrangements()
    )
    broken_17p = _either(_broken("17", "p"), _arm_lost("17", "p"))
    return (
        *named,
        _loss("5"),
        _del("5", "q", "del(5q) or another unbalanced loss of 5q"),
        Question("t_5q", "a translocation with a break in 5q", frozenset({"5"}), _broken("5", "q", TRANSLOCATIONS)),
        _loss("7"),
        _del("7", "q", "del(7q) or another unbalanced loss of 7q"),
        _loss("17"),
        Question("abn_17p", "abn(17p)", frozenset({"17"}), broken_17p, open_in_one_cell=True),
        _del("17", "p", "del(17p) or another unbalanced loss of 17p"),
        Question("i_17q", "i(17)(q10)", frozenset({"17"}), _isochromosome_17q, open_in_one_cell=True),
        _del("11", "q", "del(11q)", deletions_only=True),
        _del("12", "p", "del(12p) or another unbalanced loss of 12p"),
        Question("t_12p", "a translocation with a break in 12p", frozenset({"12"}), _broken("12", "p", TRANSLOCATIONS)),
        _loss("13"),
        _del("13", "q", "del(13q)", deletions_only=True),
        _del("20", "q", "del(20q)", deletions_only=True),
        Question("gain_8", "+8", frozenset({"8"}), _whole(Kind.GAIN, "8")),
        Question("idic_x_q13", "idic(X)(q13)", frozenset({"X"}), _isodicentric(window("Xq13"))),
    )
