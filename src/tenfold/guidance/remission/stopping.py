"""Stopping venetoclax in NPM1-mutated AML: not supported, not yet, or may be considered. It is never an order.

Molica gives three durations and no consensus (D-M9): 12 months of negativity, 6 to 12 months, and 8 cycles; strict, the
default, asks for 12 months and 8 cycles. Each is a decision of its own; what must hold besides is the same in all.
Traps: "12 months" is Molica's wording, whose citation is doubtful (D-M7), and Chua's twelve months are months on venetoclax;
an earlier molecular relapse is against Molica's criteria, though the patients who stopped in Jimenez-Chillon's and the FILO
series had been treated for molecular failure; IDH2 has no validated marker.

Molica et al., Cancers 2025;17:3733; Othman 2024 (EV040); Jimenez-Chillon 2024 (EV042); FILO 2025 (EV023).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import polars as pl

from tenfold.guidance.numbers import read_numbers
from tenfold.logic.criterion import Criterion, Facts, any_of, certain, yes_no
from tenfold.logic.decision import Decision, Guard, Input, Rule, otherwise
from tenfold.settings import Settings

STOPPING = read_numbers("remission/stopping.toml")
"""The numbers as shipped; `STOPPING.changed(sustained__marrows=4)` for a centre that asks for more."""

CONSIDERED, NOT_YET, NOT_SUPPORTED = "may be considered", "not yet", "not supported"
MOLICA = "Molica et al., Cancers 2025;17:3733"
CHUA = "Chua et al., Blood Adv 2022;6:3879-3883 (as cited by Molica; not read in the original)"
SCHEDULE = "MRD monthly for the first 6 months, then every 2 months"
NEVER_AN_ORDER = (
    "Never an order: stopping is a decision of the treating team, and only with close molecular monitoring planned "
    f"({SCHEDULE}). The evidence is observational."
)
STOPPED_BEFORE = (
    "confirmed molecular relapse before. Those who stopped in Jimenez-Chillon's series (18, treatment-free at 2 years 62 %) "
    "and in FILO (2, still negative) had been treated for molecular failure: evidence outside these criteria"
)

NEVER, GIVEN, STOPPED = "never given", "being given", "stopped"
VENETOCLAX_WORDS = (NEVER, GIVEN, STOPPED)
VENETOCLAX_INPUT = Input(
    "venetoclax",
    "the last course of venetoclax in this remission or for it, outside intensive chemotherapy",
    "word",
    words=VENETOCLAX_WORDS,
)
REMISSION_INPUT = Input("in_remission", "in CR, CRh or CRi")
CO_MUTATIONS = ("FLT3_ITD_against", "TP53", "ASXL1", "RUNX1")
"""What speaks against stopping; which FLT3-ITD does, `genes.flt3_itd` says."""
GENE_INPUTS = (
    Input("NPM1", "NPM1 mutated"),
    Input("FLT3_ITD_against", "FLT3-ITD, any or of high ratio as the setting says"),
    *(Input(gene, f"{gene} mutated") for gene in CO_MUTATIONS[1:]),
)
RUN_INPUTS = (
    Input("negative_marrows_low", "adequate negative marrows in a row, at least", "number", "marrows", 0, 200),
    Input("negative_marrows_high", "adequate negative marrows in a row, at most", "number", "marrows", 0, 200),
    Input("negative_gap_months_low", "longest time between two of them, at least", "number", "months", 0, 600),
    Input("negative_gap_months_high", "longest time between two of them, at most", "number", "months", 0, 600),
    Input("last_marrow_days_low", "age of the last of them, at least", "number", "days", 0, 20_000),
    Input("last_marrow_days_high", "age of the last of them, at most", "number", "days", 0, 20_000),
    Input("positive_in_the_run", "a sample of any tissue was positive since the first of them"),
    Input("blood_positive_after_marrow", "a blood sample was positive after the last marrow"),
    Input("fluctuating", "positive between two negatives in this remission"),
)
MONTHS_INPUTS = (
    Input("negative_months_low", "months from the first to the last of them, at least", "number", "months", 0, 600),
    Input("negative_months_high", "months from the first to the last of them, at most", "number", "months", 0, 600),
)
CYCLES_INPUTS = (
    Input("venetoclax_cycles_low", "cycles of this course of venetoclax, at least", "number", "cycles", 0, 200),
    Input("venetoclax_cycles_high", "cycles of this course of venetoclax, at most", "number", "cycles", 0, 200),
)
RELAPSE_INPUT = Input("earlier_molecular_relapse", "a molecular relapse was confirmed before")
COUNTS_INPUT = Input("counts_stable", "neutrophils and platelets stably recovered")

NPM1_MEASURED_INPUT = Input("npm1_measured", "NPM1 transcripts were measured by PCR")
NPM1 = yes_no("NPM1", "NPM1 mutated", citation=MOLICA)
NPM1_FOLLOWED = Guard(
    yes_no("npm1_followed", "NPM1 mutated and followed by PCR", pl.col("NPM1") & pl.col("npm1_measured")),
    "the review is of NPM1-mutated AML that is followed by PCR",
)
CO_MUTATED = any_of("co_mutation_against", "Co-mutation of high risk", *CO_MUTATIONS, citation=MOLICA)
EARLIER_RELAPSE = yes_no("earlier_molecular_relapse", "Confirmed molecular relapse before", citation=f"{MOLICA}, 4.2")
IN_REMISSION = Guard(yes_no("in_remission", "In CR, CRh or CRi"), "outside remission")
WORD = pl.col("venetoclax")
EVER_GIVEN = Guard(
    yes_no("venetoclax_ever_given", "A course of venetoclax was given", WORD != NEVER),
    "no course of venetoclax was given",
)
NOT_STOPPED = Guard(yes_no("venetoclax_goes_on", "Venetoclax is not stopped yet", WORD != STOPPED), "already stopped")


def bounded(name: str, wording: str, quantity: str, relation: str, cut: float, unit: str, citation: str) -> Criterion:
    """Return a yes/no criterion on a quantity that is known between `<quantity>_low` and `<quantity>_high`.

    `relation` is ">=" or "<="; an upper bound of null is no bound.
    """
    low, high = pl.col(f"{quantity}_low").cast(pl.Float64), pl.col(f"{quantity}_high").cast(pl.Float64)
    code = certain(low >= cut, high >= cut) if relation == ">=" else certain(high <= cut, low <= cut)
    return Criterion(name, wording, code, value=f"{quantity}_low", unit=unit, citation=citation)


def sustained_criteria(numbers: Settings = STOPPING) -> tuple[Criterion, ...]:
    """What makes negativity sustained, whatever its duration."""
    source = f"{numbers.entries['sustained.marrows'].source} (unverified)"
    marrows, gap, age = (numbers[f"sustained.{name}"] for name in ("marrows", "gap_months", "last_within"))
    return (
        bounded("enough_marrows", f"At least {marrows} adequate negative marrows in a row", "negative_marrows", ">=", marrows, "marrows", source),
        bounded("gaps_short", f"No more than {gap:g} months between two of them", "negative_gap_months", "<=", gap, "months", source),
        bounded("last_marrow_recent", f"The last of them at most {age} days old", "last_marrow_days", "<=", age, "days", source),
        yes_no("positive_in_the_run", "A sample of any tissue positive since", citation=source),
        yes_no("blood_positive_after_marrow", "Blood positive after the last marrow", citation=source),
        yes_no("fluctuating", "Positive between negatives in this remission", citation=f"{MOLICA}, 4.2"),
    )  # fmt: skip


@dataclass(frozen=True)
class Duration:
    """One published duration: the names of the numbers it asks for, months of negativity and cycles of venetoclax."""

    name: str
    months: str | None
    cycles: str | None

    def source(self, numbers: Settings) -> str:
        """Where its numbers are from."""
        return "; ".join(numbers.entries[name].source for name in (self.months, self.cycles) if name is not None)


DURATIONS = (
    Duration("strict", "duration.months", "duration.cycles"),
    Duration("12 months", "duration.months", None),
    Duration("6 to 12 months", "duration.months_short", None),
    Duration("8 cycles", None, "duration.cycles"),
)
"""The published durations, the strict one, which asks for both, first."""


AGAINST_STOPPING = (
    "co_mutation_against",
    "earlier_molecular_relapse",
    "positive_in_the_run",
    "blood_positive_after_marrow",
    "fluctuating",
)
"""The criteria that must not hold; all others must."""
ISOLATED = "NPM1 without FLT3-ITD, TP53, ASXL1, RUNX1"


def said_both_ways(numbers: Settings = STOPPING) -> dict[str, tuple[str, str]]:
    """Return by the name of each criterion what is said where it speaks for stopping, and where it speaks against it."""
    marrows, gap, age = (numbers[f"sustained.{name}"] for name in ("marrows", "gap_months", "last_within"))
    in_a_row, in_turn = "adequate negative marrows in a row", "months between two of them"
    said = {
        "NPM1": ("NPM1 mutated", "NPM1 not mutated"),
        "co_mutation_against": ("no co-mutation of high risk", "a co-mutation of high risk"),
        "earlier_molecular_relapse": ("no confirmed molecular relapse before", "a confirmed molecular relapse before"),
        "enough_marrows": (f"at least {marrows} {in_a_row}", f"fewer than {marrows} {in_a_row}"),
        "gaps_short": (f"no more than {gap:g} {in_turn}", f"more than {gap:g} {in_turn}"),
        "last_marrow_recent": (
            f"the last of them at most {age} days old",
            f"the last of them more than {age} days old",
        ),
        "positive_in_the_run": ("no positive sample of any tissue since", "a positive sample since"),
        "blood_positive_after_marrow": (
            "no positive blood since the last marrow",
            "blood positive since the last marrow",
        ),
        "fluctuating": (
            "no positive sample between negatives in this remission",
            "a positive sample between negatives in this remission",
        ),
        "counts_stable": ("counts stably recovered", "counts not stably recovered"),
    }
    for months in (numbers["duration.months"], numbers["duration.months_short"]):
        said[_months_name(months)] = (
            f"negative for at least {months:g} months",
            f"negative for less than {months:g} months",
        )
    cycles = numbers["duration.cycles"]
    of = "cycles of venetoclax in this course"
    said[f"cycles_{cycles:g}"] = (f"at least {cycles:g} {of}", f"fewer than {cycles:g} {of}")
    return said


def _months_name(months: float) -> str:
    return f"negative_{months:g}_months".replace(".", "_")


RESTS_ON = ("sustained.", "counts.")
"""What every duration rests on besides."""


def _unless(name: str, holds: bool) -> Callable[[Facts], Any]:
    """A condition: the fact is not as it must be."""
    return lambda m: ~getattr(m, name) if holds else getattr(m, name)


def stopping_question(duration: Duration, numbers: Settings = STOPPING) -> Decision:
    """Return the decision of one duration with a centre's numbers."""
    length: list[Criterion] = []
    inputs: tuple[Input, ...] = ()
    if duration.months is not None:
        months, source = numbers[duration.months], numbers.entries[duration.months].source
        said = f"Negative for at least {months:g} months"
        length.append(bounded(_months_name(months), said, "negative_months", ">=", months, "months", source))
        inputs += MONTHS_INPUTS
    if duration.cycles is not None:
        cycles, source = numbers[duration.cycles], numbers.entries[duration.cycles].source
        name, said = f"cycles_{cycles:g}", f"At least {cycles:g} cycles of venetoclax in this course"
        length.append(bounded(name, said, "venetoclax_cycles", ">=", cycles, "cycles", source))
        inputs += CYCLES_INPUTS
    counts = yes_no("counts_stable", "Stable haematological recovery", citation=f"{MOLICA}, 4.2")
    sustained, words = sustained_criteria(numbers), said_both_ways(numbers)
    unmet = [
        Rule(
            NOT_YET,
            _unless(criterion.name, criterion.name not in AGAINST_STOPPING),
            words[criterion.name][1],
            criterion.citation,
        )
        for criterion in (*sustained, *length, counts)
    ]
    asked = (duration.months, duration.cycles, *(name for name in numbers.entries if name.startswith(RESTS_ON)))
    entries = [numbers.entries[name] for name in asked if name is not None]
    unverified = [f"{entry.meaning}: {entry.value:g} {entry.unit}" for entry in entries if not entry.verified]
    return Decision(
        name=f"Stopping-venetoclax-{duration.name.replace(' ', '-')}",
        edition=f"Molica 2025, {duration.name}",
        question="May stopping venetoclax be considered?",
        citation=f"{MOLICA}; Othman 2024; Jimenez-Chillon 2024; FILO 2025",
        unverified="; ".join(unverified),
        caution=f"{NEVER_AN_ORDER} Duration: {duration.source(numbers)}.",
        inputs=(*GENE_INPUTS, RELAPSE_INPUT, *RUN_INPUTS, *inputs, COUNTS_INPUT, REMISSION_INPUT, VENETOCLAX_INPUT),
        criteria=(NPM1, CO_MUTATED, EARLIER_RELAPSE, *sustained, *length, counts),
        guards=(IN_REMISSION, EVER_GIVEN, NOT_STOPPED),
        order=(CONSIDERED, NOT_YET, NOT_SUPPORTED),
        rules=(
            Rule(NOT_SUPPORTED, lambda m: ~m.NPM1, "not supported by a validated marker (Chua observational)", CHUA),
            Rule(
                NOT_SUPPORTED,
                lambda m: m.co_mutation_against,
                "FLT3-ITD, TP53, ASXL1 or RUNX1: a relative contraindication until there are data",
                f"{MOLICA}, 5",
            ),
            Rule(
                NOT_SUPPORTED,
                lambda m: m.earlier_molecular_relapse,
                STOPPED_BEFORE,
                f"{MOLICA}, 4.2; Jimenez-Chillon 2024; FILO 2025",
            ),
            *unmet,
            Rule(CONSIDERED, otherwise, f"all criteria met; only with {SCHEDULE} planned", f"{MOLICA}, 5; Othman 2024"),
        ),
    )


def stopping_questions(numbers: Settings = STOPPING) -> dict[str, Decision]:
    """Return the decision of each published duration by its name, the strict one first."""
    return {duration.name: stopping_question(duration, numbers) for duration in DURATIONS}


STOPPING_BY_DURATION = stopping_questions()
STOPPING_QUESTIONS: tuple[Decision, ...] = tuple(STOPPING_BY_DURATION.values())
"""The published durations, the strict one first."""
