"""Shorter cycles of venetoclax for cytopenia: what the label says and what practice does. It is never an order.

Traps: before remission cytopenia is usually the leukaemia and is no reason to interrupt; the label asks for grade 4 of at
least 7 days after remission, practice (Molica) shortens from grade 3 on; in FILO's cycle 1 neutropenia was not associated
with the days of venetoclax. None of the label's sentences was read in the original.

US prescribing information of venetoclax (AML); Molica et al., Cancers 2025;17:3733.
"""

from __future__ import annotations

import polars as pl

from tenfold.guidance.venetoclax.dose_data import NUMBERS
from tenfold.guidance.venetoclax.dosing import NEVER_AN_ORDER, REMISSION_INPUT
from tenfold.logic.criterion import banded, yes_no
from tenfold.logic.decision import Decision, Input, Rule, otherwise

LASTING, SHORTEN = NUMBERS["cytopenia.lasting"], NUMBERS["cytopenia.shorten_by"]
NO_CHANGE = "no change for cytopenia"
GO_ON = "in most instances do not interrupt"
NO_RULE = f"grade 4 for less than {LASTING} days: no rule; watch the counts"
RESUME = "delay the next cycle to grade 2 or better, then the same dose and days"
SHORTER = f"delay the next cycle to grade 2 or better, then {SHORTEN} days less of venetoclax in every cycle"
PRACTICE = "14 to 21 days of venetoclax a cycle"
US = NUMBERS.entries["cytopenia.lasting"].source
MOLICA = "Molica et al., Cancers 2025;17:3733"
REMISSION = yes_no("remission_at_cytopenia", "In CR, CRh or CRi", pl.col("in_remission"))

CYCLE_AFTER_CYTOPENIA = Decision(
    name="Venetoclax-cycle-after-cytopenia",
    edition="US label",
    question="What does the label say of the next cycle after grade 4 neutropenia or thrombocytopenia?",
    citation="US prescribing information of venetoclax (AML)",
    unverified=US,
    caution=NEVER_AN_ORDER,
    inputs=(
        REMISSION_INPUT,
        Input("grade_4_days", "days of grade 4 neutropenia or thrombocytopenia; 0 for none", "number", "days", 0, 366),
        Input("earlier_grade_4_episodes", "earlier such episodes after remission", "number", "episodes", 0, 50),
    ),
    criteria=(
        REMISSION,
        banded("grade_4_days", "Grade 4 neutropenia or thrombocytopenia", (">", 0), (">=", LASTING), unit="days"),
        banded("earlier_grade_4_episodes", "Earlier such episodes after remission", (">=", 1)),
    ),
    rules=(
        Rule(NO_CHANGE, lambda m: m.grade_4_days <= 0, "no grade 4 neutropenia or thrombocytopenia"),
        Rule(GO_ON, lambda m: ~m.remission_at_cytopenia, "before remission", US),
        Rule(NO_RULE, lambda m: m.grade_4_days < LASTING, f"after remission, less than {LASTING} days", US),
        Rule(RESUME, lambda m: m.earlier_grade_4_episodes < 1, "first occurrence after remission", US),
        Rule(SHORTER, otherwise, "a second or later occurrence after remission", US),
    ),
)

GRADE = Input("neutropenia_grade", "CTCAE grade of neutropenia", "number", "grade", 0, 4)

CYCLE_IN_PRACTICE = Decision(
    name="Venetoclax-cycle-in-practice",
    edition="Molica 2025",
    question="What is commonly done about neutropenia in remission?",
    citation=MOLICA,
    caution=f"{NEVER_AN_ORDER} The paper describes practice and calls for no rule.",
    inputs=(REMISSION_INPUT, GRADE),
    criteria=(REMISSION, banded("neutropenia_grade", "Neutropenia, CTCAE grade", (">=", 3))),
    rules=(
        Rule(
            PRACTICE,
            lambda m: m.remission_at_cytopenia & (m.neutropenia_grade >= 3),
            "neutropenia of grade 3 or 4 in remission",
            MOLICA,
        ),
        Rule(NO_CHANGE, otherwise, "outside remission, or less than grade 3"),
    ),
)

CYCLE_QUESTIONS: tuple[Decision, ...] = (CYCLE_AFTER_CYTOPENIA, CYCLE_IN_PRACTICE)
"""The readings of cytopenia after remission, the label's first."""
