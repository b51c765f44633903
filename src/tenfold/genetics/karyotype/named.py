"""Is an abnormality one of the named recurrent rearrangements? Yes, no, or unknown.

A karyotype shows what the microscope shows. `add(11)(q23)` and `del(11)(q23)` break where KMT2A lies but show no partner, so
they are not "t(v;11)(v;q23.3)"; a cryptic rearrangement behind them is a matter for FISH or RNA, as behind a normal karyotype.
Trap: a form told without bands is taken for the recurrent one only where AML knows no other (`unbanded`). A band that is off
on the right arm is taken for a slip where the form says so (`wide`); on the arm opposite, or with one break left out, the
answer is unknown, not no. An unbalanced 11q23 or 3q26 with a partner that is none of the known ones leaves the gene open.

Arber et al., Blood 2022;140:1200-1228 (ICC); Khoury et al., Leukemia 2022;36:1703-1719 (WHO); Döhner et al., Blood
2022;140:1345-1377 (ELN).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources

from tenfold.genetics.karyotype.abnormalities import DERIVATIVES, Abnormality, Kind
from tenfold.genetics.karyotype.bands import UNKNOWN, Breakpoint, Window, window
from tenfold.genetics.karyotype.material import OPPOSITE

REARRANGING = frozenset({Kind.TRANSLOCATION, Kind.INVERSION, Kind.INSERTION})
JOINING = frozenset({Kind.TRANSLOCATION, Kind.INSERTION})
WITHOUT_PARTNER = {
    "kmt2a_rearranged": window("11q23"),
    "mecom_other": window("3q26"),
    "nup98_rearranged": window("11p15"),
}
"""Facts whose gene may be hit although no known partner shows: the band at which a break deserves a remark."""


@dataclass(frozen=True, slots=True)
class Form:
    """One way in which a named rearrangement is written."""

    breaks: tuple[Window, ...]
    kinds: frozenset[Kind]
    unbanded: bool = False
    doubtful: bool = False
    partner: bool = False
    other_than: tuple[Window, ...] = ()
    doubtful_partners: tuple[Window, ...] = ()
    carrier: str = ""
    wide: tuple[Window, ...] = ()
    lone: bool = False


@dataclass(frozen=True, slots=True)
class Named:
    """A named rearrangement, its genes and its forms."""

    fact: str
    name: str
    genes: str
    forms: tuple[Form, ...]

    def matches(self, one: Abnormality, *, slips: bool = True) -> bool | None:
        """Whether the abnormality is this rearrangement. `slips`: a band that is off may be taken for a slip."""
        if not one.counted or one.sign < 0:
            return False
        answers = [self._match(part, one, slips) for part in _parts(one)]
        own = _either(answers)
        if one.alternatives:
            others = [self.matches(other, slips=slips) for other in one.alternatives]
            if any(other is not own for other in others):
                return None
        return None if own and one.uncertain else own

    def slipped(self, one: Abnormality) -> bool:
        """Whether it is taken for this rearrangement although a band is off."""
        return bool(self.matches(one)) and not self.matches(one, slips=False)

    def lone(self, one: Abnormality) -> bool:
        """Whether it is the derivative chromosome of this rearrangement that does not carry the fusion."""
        if (
            not any(form.lone for form in self.forms)
            or one.kind not in DERIVATIVES
            or one.sign != 0
            or self.matches(one) is not None
        ):
            return False
        balanced = (replace(part, constitutional=one.constitutional, uncertain=one.uncertain) for part in one.parts)
        return any(self.matches(part, slips=False) for part in balanced)

    def _match(self, part: Abnormality, whole: Abnormality, slips: bool) -> bool | None:
        certain = _either([_fits(form, part, whole, slips=slips) for form in self.forms])
        return None if certain and part.uncertain else certain


def _parts(one: Abnormality) -> Iterable[Abnormality]:
    return (part for part in one.rearrangements if part.kind in REARRANGING)


def _either(answers: Iterable[bool | None]) -> bool | None:
    """Three-valued or."""
    answers = list(answers)
    return True if True in answers else (None if None in answers else False)


def balanced_and_banded(one: Abnormality) -> bool:
    """Whether it is a translocation or inversion told with all its chromosomes and bands."""
    return (
        one.kind in (Kind.TRANSLOCATION, Kind.INVERSION)
        and UNKNOWN not in one.chromosomes
        and bool(one.breakpoints)
        and all(where.low is not None for where in one.breakpoints)
    )


def _fits(form: Form, part: Abnormality, whole: Abnormality, *, slips: bool) -> bool | None:
    if part.kind not in form.kinds:
        return False
    if form.partner:
        return _fits_any_partner(form, part, whole)
    needed = {wanted.chromosome for wanted in form.breaks}
    balanced = part.kind is not Kind.INSERTION and whole.kind not in DERIVATIVES
    if not needed <= set(part.chromosomes):
        # Material that could not be told, in a derivative or inserted, is no more than `add` would say.
        return None if balanced and UNKNOWN in part.chromosomes and _possible(form, part) else False
    if len(needed) == 1 and set(part.chromosomes) - needed - {UNKNOWN}:
        return False
    held = [_held(wanted, part.breakpoints) for wanted in form.breaks]
    if slips and balanced and form.wide and all(_held(wanted, part.breakpoints) for wanted in form.wide):
        return True
    if False in held:
        near = balanced and form.unbanded and sum(one is not False for one in held) == len(held) - 1
        return None if near and _off(form, part, held) else False
    if None in held and (not form.unbanded or part.kind is Kind.INSERTION):
        return None if part.kind is not Kind.INSERTION else False
    derived = whole.kind in DERIVATIVES and form.carrier not in ("", *whole.chromosomes)
    carried = not derived or (form.lone and whole.kind is Kind.ISODERIVATIVE)
    return True if carried and not form.doubtful else None


def _possible(form: Form, part: Abnormality) -> bool:
    """Whether a translocation with a partner that could not be told may be this form: its known break must fit."""
    return any(_held(wanted, part.breakpoints) for wanted in form.breaks if wanted.chromosome in part.chromosomes)


def _off(form: Form, part: Abnormality, held: list[bool | None]) -> bool:
    """Whether the break that does not fit may be a slip: a band off on its arm, the arm opposite, or left out."""
    missed = form.breaks[held.index(False)]
    if len(part.breakpoints) < len(form.breaks):
        return True
    own = [where for where in part.breakpoints if where.chromosome == missed.chromosome]
    return any(
        where.arm == missed.arm or missed.holds(replace(where, arm=OPPOSITE[where.arm])) for where in own if where.arm
    )


def _held(wanted: Window, breaks: tuple[Breakpoint, ...]) -> bool | None:
    own = [where for where in breaks if where.chromosome in (wanted.chromosome, None)]
    return _either([wanted.holds(where) for where in own]) if own else None


def _fits_any_partner(form: Form, part: Abnormality, whole: Abnormality) -> bool | None:
    wanted = form.breaks[0]
    others = [name for name in part.chromosomes if name != wanted.chromosome]
    if part.chromosomes == (wanted.chromosome,) and part.kind is Kind.TRANSLOCATION:
        others = [UNKNOWN]
    if wanted.chromosome not in part.chromosomes or not others:
        return False
    partner_breaks = tuple(where for where in part.breakpoints if where.chromosome != wanted.chromosome)
    if any(_held_only(excluded, others, partner_breaks) for excluded in form.other_than):
        return False
    held = _held(wanted, part.breakpoints)
    if not held:
        return None if held is None and not form.doubtful else False
    unbalanced = whole.kind in DERIVATIVES or part.kind is Kind.INSERTION
    if unbalanced and form.doubtful:
        return False
    open_partner = any(limit.holds(where) for limit in form.doubtful_partners for where in partner_breaks)
    open_partner |= bool(form.other_than) and set(others) == {UNKNOWN}
    return None if form.doubtful or unbalanced or open_partner else True


def _held_only(excluded: Window, others: list[str], breaks: tuple[Breakpoint, ...]) -> bool:
    """Whether the partner is the excluded one; told without a band, it is taken for it, as its own definition does."""
    if excluded.chromosome not in others:
        return False
    return _held(excluded, breaks) is not False


def with_usual_bands(one: Abnormality) -> Abnormality:
    """Give a recurrent rearrangement told without bands, such as `t(15;17)`, the bands it is known by."""
    if one.parts:
        return replace(one, parts=tuple(with_usual_bands(part) for part in one.parts))
    if one.breakpoints or one.kind not in (Kind.TRANSLOCATION, Kind.INVERSION):
        return one
    for named in named_rearrangements():
        for form in named.forms:
            usual = form.unbanded and {wanted.chromosome for wanted in form.breaks} == set(one.chromosomes)
            if usual and (one.kind is Kind.TRANSLOCATION or len(one.chromosomes) == 1):
                breaks = tuple(Breakpoint(wanted.chromosome, wanted.arm) for wanted in form.breaks)
                return replace(one, breakpoints=breaks)
    return one


@cache
def named_rearrangements() -> tuple[Named, ...]:
    """Every named rearrangement, in the order of the file."""
    text = resources.files("tenfold.genetics.karyotype").joinpath("rearrangements.toml").read_text("utf-8")
    return tuple(
        Named(fact, row["name"], row["genes"], tuple(_form(form) for form in row["forms"]))
        for fact, row in tomllib.loads(text).items()
    )


def _form(row: dict[str, object]) -> Form:
    def windows(key: str) -> tuple[Window, ...]:
        listed = row.get(key, [])
        assert isinstance(listed, list)
        return tuple(window(str(one)) for one in listed)

    partner = bool(row.get("partner"))
    kinds = row.get("kinds")
    told = frozenset(Kind(str(one)) for one in kinds) if isinstance(kinds, list) else None
    return Form(
        windows("breaks"),
        told or (JOINING if partner else REARRANGING),
        bool(row.get("unbanded")),
        bool(row.get("doubtful")),
        partner,
        windows("except"),
        windows("doubtful_partners"),
        str(row.get("carrier", "")),
        windows("wide"),
        bool(row.get("lone")),
    )
