"""The facts a karyotype gives, each yes, no or unknown, with the clones and the text that show it.

Unknown are: every fact of a karyotype that failed, was not done or cannot be read; a fact resting on `?` or `or`; a named
rearrangement or adverse loss seen in one cell; and whatever a piece that could not be read, an incomplete karyotype (`inc`) or a text cut
off might have made true. What is shown stays true beside what is not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from tenfold.genetics.karyotype.abnormalities import Abnormality, Kind
from tenfold.genetics.karyotype.bands import AUTOSOMES, UNIT, UNKNOWN
from tenfold.genetics.karyotype.clones import DIPLOID, Clone, Unread
from tenfold.genetics.karyotype.editions import (
    CORE_BINDING_FACTOR,
    at_least,
    complex_karyotype,
    editions,
    hyperdiploid_without_structural,
    monosomal,
    monosomies,
)
from tenfold.genetics.karyotype.findings import Finding, clonal, findings, present, with_bands
from tenfold.genetics.karyotype.named import WITHOUT_PARTNER, balanced_and_banded
from tenfold.genetics.karyotype.parse import Karyotype, Status
from tenfold.genetics.karyotype.questions import Question, questions
from tenfold.genetics.karyotype.statements import Says

METAPHASES_OF_A_NORMAL_KARYOTYPE = 20
"""Fewer than these make a normal karyotype less than certain. A laboratory convention, to be confirmed by a clinician."""
FEW = 3
ONE_CELL = "seen in one cell only: not a clone, unless FISH, RT-PCR or an earlier sample confirms it"
TWO_CELLS = "a loss seen in two cells only: a clone needs three"
STATED = "stated in words"
SLIP = "a band is off: taken for a slip of the pen"
LONE = "only the derivative chromosome without the fusion is listed"
BESIDE = "three or more abnormalities show, although it is not known whether there is a class-defining rearrangement"
WHOLE = (
    "three_or_more",
    "complex_eln2017",
    "complex_eln2022",
    "monosomal",
    "hyperdiploid_without_structural",
    "normal",
)
WORDS = {
    "three_or_more": "three or more unrelated abnormalities",
    "complex_eln2017": "complex karyotype (ELN 2017)",
    "complex_eln2022": "complex karyotype (ELN 2022)",
    "monosomal": "monosomal karyotype",
    "hyperdiploid_without_structural": "hyperdiploid with three or more trisomies and no structural abnormality",
    "normal": "normal karyotype",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """Yes, no or unknown (`None`), the clones and texts that show it, and what is to be said of it."""

    value: bool | None
    clones: tuple[int, ...] = ()
    texts: tuple[str, ...] = ()
    remark: str = ""


NO = Answer(False)


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything derived from one karyotype. `count`: unrelated abnormalities, least and most (`None`: no upper end)."""

    answers: Mapping[str, Answer]
    count: tuple[int, int | None]
    metaphases: int | None = None
    translocations: tuple[str, ...] = ()
    monosomies: tuple[str, ...] = ()
    trisomies: tuple[str, ...] = ()
    gained: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    def __getitem__(self, fact: str) -> bool | None:
        return self.answers[fact].value

    @property
    def unknown(self) -> tuple[str, ...]:
        """The facts that are not known."""
        return tuple(fact for fact, answer in self.answers.items() if answer.value is None)


def fact_names() -> tuple[str, ...]:
    """Every fact, in the order of its column."""
    return (*(question.fact for question in questions()), *WHOLE)


def fact_words() -> dict[str, str]:
    """What each fact is called."""
    return {question.fact: question.words for question in questions()} | WORDS


def karyotype_facts(karyotype: Karyotype) -> Facts:
    """Derive every fact. Nothing is raised; an unusable karyotype gives `None` throughout."""
    clones = present(karyotype)
    stated = tuple(with_bands(one.abnormality, ()) for one in karyotype.stated if one.abnormality is not None)
    says = {one.says for one in karyotype.stated}
    if not clones and Says.NORMAL in says and not stated and karyotype.status is Status.READ:
        answers = {fact: Answer(False, remark=STATED) for fact in fact_names()}
        return Facts(answers | {"normal": Answer(True, remark=STATED)}, (0, 0))
    found = findings(clones)
    doubts = _doubts(karyotype, clones, found)
    listed = [(clone.number, one, _touches(one)) for clone in clones for one in clone.abnormalities]
    answers = {one.fact: _answer(one, clones, listed, stated, doubts) for one in questions()}
    count = _count(found, clones, stated, doubts)
    most = count[1] if count[1] is None else max(count[1], _most_in_one_clone(found, clones))
    values = _that_bar(answers, listed)
    hyperdiploid = hyperdiploid_without_structural(clones, found, doubtful=bool(doubts))
    mono, shown = monosomal(clones, found, values)
    answers["three_or_more"] = _complex(at_least(FEW, (count[0], most)), says, found)
    for edition in editions():
        answer = _complex(complex_karyotype(edition, (count[0], most), values, hyperdiploid), says, found)
        beside = (
            answer.value and not answer.remark and any(answers[one].value is None for one in edition.class_defining)
        )
        answers[f"complex_{edition.name}"] = replace(answer, remark=BESIDE) if beside else answer
    beside = mono and any(answers[one].value is None for one in CORE_BINDING_FACTOR)
    answers["monosomal"] = Answer(None if mono is False and doubts else mono, shown, remark=BESIDE if beside else "")
    answers["hyperdiploid_without_structural"] = Answer(hyperdiploid)
    answers["normal"] = Answer(_normal(karyotype, clones, found, answers, doubts))
    return Facts(
        answers,
        count,
        karyotype.metaphases,
        _listed(found, lambda one: one.kind is Kind.TRANSLOCATION),
        _monosomies(clones, found),
        tuple(name for name in _gains(found) if name in AUTOSOMES),
        _gains(found),
        _remarks(karyotype, found),
    )


def _doubts(karyotype: Karyotype, clones: tuple[Clone, ...], found: tuple[Finding, ...]) -> tuple[Unread, ...]:
    """Return what could hide an abnormality."""
    doubts = list(karyotype.unread)
    few = sum(one.low for one in found) < FEW
    doubts.extend(
        Unread(one.position, one.text, "complex, but not spelled out")
        for one in karyotype.stated
        if one.says is Says.COMPLEX and few
    )
    if not clones:
        doubts.append(Unread(0, karyotype.text, karyotype.status.value))
    doubts.extend(Unread(one.position, one.text, "the karyotype is incomplete") for one in clones if one.incomplete)
    return tuple(doubts)


def _touches(one: Abnormality) -> frozenset[str]:
    """Return the chromosomes an abnormality names, so that only the questions about them are asked of it."""
    return frozenset(name for part in (one, *one.parts) for name in part.chromosomes).union(
        *(_touches(other) for other in one.alternatives)
    )


def _answer(
    question: Question,
    clones: tuple[Clone, ...],
    listed: list[tuple[int, Abnormality, frozenset[str]]],
    stated: tuple[Abnormality, ...],
    doubts: tuple[Unread, ...],
) -> Answer:
    concerned = question.chromosomes | {UNKNOWN}
    tests = [(number, one, question.test(one)) for number, one, touched in listed if touched & concerned]
    if not tests and not stated and not doubts:
        return NO
    shown = tuple(dict.fromkeys(number for number, _, answer in tests if answer))
    texts = tuple(dict.fromkeys(one.text for _, one, answer in tests if answer))
    by_words = [question.test(one) for one in stated]
    if shown:
        is_clone = clonal(clones, question.test)
        if is_clone or True in by_words:
            return Answer(True, shown, texts, SLIP if _slipped(question, tests) else "")
        if is_clone is None or question.open_in_one_cell:
            return Answer(None, shown, texts, TWO_CELLS if is_clone is None else ONE_CELL)
    if True in by_words:
        return Answer(True, texts=tuple(one.text for one in stated if question.test(one)), remark=STATED)
    open_ones = tuple(dict.fromkeys(number for number, _, answer in tests if answer is None))
    open_texts = tuple(dict.fromkeys(one.text for _, one, answer in tests if answer is None))
    if open_ones and _lone(question, clones):
        return Answer(True, open_ones, open_texts, LONE)
    if None in by_words or _open(question, clones):
        return Answer(None, open_ones, open_texts, "the text leaves it open")
    for doubt in doubts:
        if doubt.chromosomes is None or doubt.chromosomes & question.chromosomes:
            return Answer(None, remark=f"not read: {doubt.text or doubt.reason}")
    return Answer(False, shown, texts, ONE_CELL if shown else _without_partner(question, clones))


def _without_partner(question: Question, clones: tuple[Clone, ...]) -> str:
    """Say where a break lies at the gene although no partner shows."""
    band = WITHOUT_PARTNER.get(question.fact)
    if band is None:
        return ""
    for clone in clones:
        for one in clone.acquired:
            if any(band.holds(each) for part in (one, *one.parts) for each in part.breakpoints):
                where = f"{band.chromosome}{band.arm}{band.low // UNIT}"
                return f"{one.text} breaks at {where} without a known partner: FISH or RNA decides"
    return ""


def _slipped(question: Question, tests: list[tuple[int, Abnormality, bool | None]]) -> bool:
    return question.slipped is not None and all(question.slipped(one) for _, one, answer in tests if answer)


def _lone(question: Question, clones: tuple[Clone, ...]) -> bool:
    """Whether the derivative chromosome without the fusion stands where nothing else explains it."""
    lone = question.lone
    if lone is None or any(len(clone.acquired) >= FEW for clone in clones):
        return False
    return any(lone(one) for clone in clones for one in clone.acquired) and clonal(clones, lone) is True


def _open(question: Question, clones: tuple[Clone, ...]) -> bool:
    if not any(question.test(one) is None for clone in clones for one in clone.abnormalities):
        return False
    return question.open_in_one_cell or clonal(clones, lambda one: question.test(one) is None) is not False


def _that_bar(
    answers: Mapping[str, Answer], listed: list[tuple[int, Abnormality, frozenset[str]]]
) -> dict[str, bool | None]:
    """Return which rearrangements keep the names complex and monosomal from a karyotype, where three are counted.

    Unknown does so only where a translocation or inversion told with its bands may be the one.
    """
    bar = {fact: answer.value for fact, answer in answers.items()}
    banded = [one for _, one, _ in listed if balanced_and_banded(one)]
    for question in questions():
        if bar[question.fact] is None and question.defining:
            bar[question.fact] = None if any(question.test(one) is not False for one in banded) else False
    return bar


def _count(
    found: tuple[Finding, ...], clones: tuple[Clone, ...], stated: tuple[Abnormality, ...], doubts: tuple[Unread, ...]
) -> tuple[int, int | None]:
    if not clones:
        return len({(one.kind, one.chromosomes) for one in stated if not one.uncertain}), None
    return sum(one.low for one in found), None if doubts else sum(one.high for one in found if one.clonal is not False)


def _most_in_one_clone(found: tuple[Finding, ...], clones: tuple[Clone, ...]) -> int:
    """Return the most abnormalities that one clone shows, those of a single cell too."""
    return max((sum(one.high for one in found if clone.number in one.clones) for clone in clones), default=0)


def _complex(value: bool | None, says: set[Says], found: tuple[Finding, ...]) -> Answer:
    if value is None and Says.COMPLEX in says:
        return Answer(True, remark=STATED)
    clones = tuple(sorted({number for one in found if one.clonal for number in one.clones})) if value else ()
    return Answer(value, clones)


def _normal(
    karyotype: Karyotype,
    clones: tuple[Clone, ...],
    found: tuple[Finding, ...],
    answers: Mapping[str, Answer],
    doubts: tuple[Unread, ...],
) -> bool | None:
    if any(one.low > 0 for one in found):
        return False
    if not clones:
        words = {one.says for one in karyotype.stated}
        return False if words & {Says.ABNORMALITY, Says.COMPLEX} and karyotype.status is Status.READ else None
    said = {one.says for one in karyotype.stated}
    if Says.COMPLEX in said:
        return False
    if Says.ABNORMALITY in said:
        return None
    single = any(answer.value is None and answer.remark == ONE_CELL for answer in answers.values())
    if doubts or single or any(one.high > 0 for one in found if one.clonal is not False):
        return None
    return True if all(_fits_normal(clone) for clone in clones) else None


def _fits_normal(clone: Clone) -> bool:
    """Whether chromosome number and sex complement leave nothing to explain."""
    explained = clone.constitutional or any(one.constitutional for one in clone.abnormalities) or bool(clone.acquired)
    usual = clone.sex in ("XX", "XY") and (clone.count is None or clone.count == (46, 46))
    return explained or (usual and clone.ploidy == DIPLOID)


def _listed(found: tuple[Finding, ...], wanted: Callable[[Abnormality], bool]) -> tuple[str, ...]:
    return tuple(
        one.abnormality.text
        for one in found
        if one.clonal and not one.abnormality.uncertain and wanted(one.abnormality)
    )


def _monosomies(clones: tuple[Clone, ...], found: tuple[Finding, ...]) -> tuple[str, ...]:
    certain = {name for clone in clones for name, sure in monosomies(clone, found).items() if sure}
    return tuple(name for name in AUTOSOMES if name in certain)


def _gains(found: tuple[Finding, ...]) -> tuple[str, ...]:
    return tuple(
        one.abnormality.chromosomes[0]
        for one in found
        if one.abnormality.kind is Kind.GAIN and one.clonal and not one.abnormality.uncertain
    )


def _remarks(karyotype: Karyotype, found: tuple[Finding, ...]) -> tuple[str, ...]:
    remarks = [f"{one.abnormality.text}: {ONE_CELL}" for one in found if one.clonal is False]
    remarks.extend(f"{one.abnormality.text}: {TWO_CELLS}" for one in found if one.clonal is None)
    for clone in karyotype.own:
        for one in clone.listed:
            for where in (where for part in (one, *one.parts) for where in part.breakpoints):
                if not where.exists:
                    band = f"{where.chromosome}{where.arm}{(where.low or 0) / 1000:g}"
                    remarks.append(f"{one.text}: there is no band {band}; its arm is kept, its band is not known")
    remarks.extend(
        f"not read at character {one.position + 1}: {one.text or one.reason} ({one.reason})" for one in karyotype.unread
    )
    return tuple(dict.fromkeys(remarks))
