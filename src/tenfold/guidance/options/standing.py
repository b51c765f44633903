"""How an option stands for a patient, the facts that options are decided on, and the situations of the review.

Thol, Döhner, Ganser, Blood 2024;143:11-20. Its Figure 1 is a picture that was not read: the order of options is that of
the text. Options that the authors do not rank against each other stand alike.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from tenfold.logic.criterion import Criterion, Facts, banded, yes_no
from tenfold.logic.decision import Decision, Input, Rule, otherwise

THOL = "Thol, Döhner, Ganser, Blood 2024;143:11-20"
EARLY_MONTHS = 6.0


class Standing(StrEnum):
    """Where the source puts an option for this patient, from the first choice down."""

    FIRST = "first"
    SECOND = "second"
    THIRD = "third"
    NAMED = "named, not ranked"
    NEWER = "newer than the source, not ranked by it"
    LATER = "after transplant"
    ONCE_CONFIRMED = "once confirmed"
    STUDIED = "under study"
    NOT_YET = "not yet"
    NOT_FAVOURED = "not favoured"
    SPECIALIST = "contraindicated or specialist decision"
    NO = "not in this situation"


class Step(StrEnum):
    """What is to be done beside any treatment."""

    NOW = "now"
    DONE = "done"
    NO = "not in this situation"


FACTS: dict[str, Criterion] = {
    criterion.name: criterion
    for criterion in (
        yes_no("overt", "Relapsed or refractory, beyond MRD"),
        yes_no("mrd_relapse", "MRD relapse"),
        yes_no("confirmation_open", "MRD relapse that a second sample has yet to confirm"),
        yes_no("mrd_relapse_confirmed", "MRD relapse that a second sample confirmed"),
        yes_no("molecular_progression", "Molecular progression: a tenfold rise without an earlier negative"),
        yes_no("molecular_persistence", "Molecular persistence: detectable after the end of treatment"),
        yes_no("persistence_below_2", "Persistence below 2 % of ABL1, no more"),
        yes_no("npm1_followed", "It is NPM1 that is followed"),
        yes_no("failure_confirmed", "Confirmed by a consecutive sample"),
        yes_no("level_confirmed", "The level confirmed by another sample of that tissue"),
        yes_no("blood_only_at_trigger", "At the trigger in blood, and no marrow sampled since"),
        yes_no("venetoclax_now", "Venetoclax is being given"),
        yes_no("transplanted_since", "Transplanted since this relapse"),
        yes_no("long_after_graft", "More than 24 months after transplant"),
        yes_no("transplant_eligible", "Eligible for allogeneic transplant"),
        yes_no("fit_for_intensive", "Fit for intensive treatment"),
        yes_no("prior_intensive", "Treated intensively before"),
        yes_no("prior_venetoclax", "Treated with venetoclax before"),
        yes_no("prior_hma_venetoclax", "Treated with a hypomethylating agent and venetoclax before"),
        yes_no("prior_transplant", "Allogeneic transplant before"),
        yes_no("in_remission", "In CR, CRh or CRi"),
        yes_no("gvhd_active", "Active graft-versus-host disease"),
        yes_no("gvhd_ever", "Graft-versus-host disease now or before"),
        yes_no("on_immunosuppression", "Taking immunosuppression"),
        yes_no("mrd_positive_around_graft", "MRD positive before or after transplant"),
        yes_no("genetics_repeated", "Mutations looked for since this relapse"),
        yes_no("FLT3", "FLT3 mutated now"),
        yes_no("FLT3_ITD", "FLT3-ITD now"),
        yes_no("FLT3_at_diagnosis", "FLT3 mutated at diagnosis (ITD, TKD or another)"),
        yes_no("FLT3_ITD_before", "FLT3-ITD at diagnosis or later"),
        yes_no("IDH1", "IDH1 mutated now"),
        yes_no("IDH2", "IDH2 mutated now"),
        yes_no("NPM1", "NPM1 mutated now"),
        yes_no("KMT2A_rearranged", "KMT2A rearranged now"),
        yes_no("CD33", "CD33 on the blasts (in no table)"),
        yes_no("revumenib_for_NPM1", "Revumenib approved by the FDA by that day for mutated NPM1"),
        yes_no("revumenib_for_KMT2A", "Revumenib approved by the FDA by that day for rearranged KMT2A"),
        yes_no("ziftomenib_for_NPM1", "Ziftomenib approved by the FDA by that day for mutated NPM1"),
        banded("months_to_relapse", "Relapse after transplant", (">", EARLY_MONTHS), unit="months", citation=THOL),
    )
}
"""Every fact that an option or a step reads, by name."""


def criteria(*names: str) -> tuple[Criterion, ...]:
    """Return facts by name, for a question."""
    return tuple(FACTS[name] for name in names)


def inputs(*names: str) -> tuple[Input, ...]:
    """Return the inputs that the named facts read."""
    numbers = {
        "months_to_relapse": Input("months_to_relapse", "months from transplant to relapse", "number", "months", 0, 600)
    }
    return tuple(numbers.get(name, Input(name, FACTS[name].wording)) for name in names)


MOLECULAR = ("overt", "mrd_relapse", "molecular_progression", "molecular_persistence", "persistence_below_2")
"""What the branch of molecular failure reads."""


def failing(m: Facts) -> Any:
    """Molecular failure that asks for more than watching: relapse, progression, or persistence of 2 % or more."""
    lasting = m.molecular_persistence & ~m.persistence_below_2
    return ~m.overt & (m.mrd_relapse | m.molecular_progression | lasting)


def unconfirmed(m: Facts) -> Any:
    """Progression or persistence that one sample alone shows, or whose level at the trigger one sample alone shows."""
    lasting = m.molecular_persistence & ~m.persistence_below_2 & m.npm1_followed
    return failing(m) & ~m.mrd_relapse & (~m.failure_confirmed | (lasting & ~m.level_confirmed))


CONFIRMING = ("failure_confirmed", "npm1_followed", "level_confirmed")
"""What `unconfirmed` reads beside the branch."""


def only_low(m: Facts) -> Any:
    """Persistence below 2 % and nothing else."""
    below = m.molecular_persistence & m.persistence_below_2
    return ~m.overt & below & ~m.mrd_relapse & ~m.molecular_progression


def after_transplant(m: Facts) -> Any:
    """Overt relapse after an allogeneic transplant."""
    return m.overt & m.prior_transplant


def after_hma_venetoclax(m: Facts) -> Any:
    """Overt, after a hypomethylating agent with venetoclax, transplanted later or not."""
    return m.overt & m.prior_hma_venetoclax


class Situation(StrEnum):
    """The branch of the review that a patient is in."""

    AFTER_TRANSPLANT = "relapse after transplant"
    AFTER_HMA_VENETOCLAX = "relapsed or refractory after a hypomethylating agent and venetoclax"
    AFTER_INTENSIVE = "relapsed or refractory after intensive treatment"
    OTHER = "relapsed or refractory after other treatment"
    MOLECULAR_FAILURE = "molecular failure"
    LOW_PERSISTENCE = "molecular persistence below 2 %"
    NONE = "no relapse and no molecular failure"


BRANCHES = (*MOLECULAR, "prior_transplant", "prior_hma_venetoclax", "prior_intensive")

SITUATION = Decision(
    name="Thol-situation",
    edition="Thol 2024",
    question="Which branch of the review is the patient in?",
    citation=THOL,
    inputs=inputs(*BRANCHES),
    criteria=criteria(*BRANCHES),
    rules=(
        Rule(Situation.AFTER_TRANSPLANT, after_transplant, "overt, and transplanted before", THOL),
        Rule(Situation.AFTER_HMA_VENETOCLAX, after_hma_venetoclax, "overt, after both drugs together", THOL),
        Rule(Situation.AFTER_INTENSIVE, lambda m: m.overt & m.prior_intensive, "overt, treated intensively", THOL),
        Rule(Situation.OTHER, lambda m: m.overt, "overt, treated otherwise"),
        Rule(Situation.MOLECULAR_FAILURE, failing, "relapse, progression or persistence by MRD alone", THOL),
        Rule(
            Situation.LOW_PERSISTENCE,
            only_low,
            "detectable below 2 % after treatment: watched, not treated, unless it rises",
            "ELN 2021 counts it as low risk; Tiong et al., Br J Haematol 2021;192:1026-1030, treated five such patients"
            " without a comparator",
        ),
        Rule(Situation.NONE, otherwise, "in remission without molecular failure, or never treated"),
    ),
)


def option(name: str, facts: tuple[str, ...], *rules: Rule, caution: str = "", named: str = "") -> Decision:
    """Return the question of where the source puts an option; what no rule names is not for this situation."""
    return _question(f"Option: {name}", f"Where does the source put {named or name}?", Standing, facts, rules, caution)


def step(name: str, facts: tuple[str, ...], *rules: Rule, caution: str = "") -> Decision:
    """Return the question of whether something is to be done now, beside any treatment."""
    return _question(f"Step: {name}", f"Is this to be done now: {name}?", Step, facts, rules, caution)


def _question(
    name: str, asked: str, words: type[StrEnum], facts: tuple[str, ...], rules: tuple[Rule, ...], caution: str
) -> Decision:
    return Decision(
        name=name,
        edition="Thol 2024",
        question=asked,
        citation=THOL,
        inputs=inputs(*facts),
        criteria=criteria(*facts),
        rules=(*rules, Rule(Standing.NO, otherwise, "the source does not name it here")),
        order=tuple(words),
        caution=caution,
    )
