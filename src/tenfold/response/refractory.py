"""Other readings of refractory AML, beside ELN 2022 and Ferguson in `eln2022`.

Traps: the VEN-PRS paper quotes ELN with an intermediate-dose course among the two; ESMO speaks of when to judge after
non-intensive treatment, in cycles and not in days.

Shahswar et al., Leukemia 2025;39:614-622, Introduction (both, quoting ELN 2022 and Heuser et al., Ann Oncol
2020;31:697-712).
"""

from tenfold.logic.criterion import banded, yes_no
from tenfold.logic.decision import Decision, Input, Rule, otherwise
from tenfold.vocabulary import Response

SHAHSWAR = "Shahswar et al., Leukemia 2025;39:614-622, Introduction"
ESMO = f"Heuser et al., Ann Oncol 2020;31:697-712, as quoted by {SHAHSWAR}"
REMISSION = Input("remission_achieved", "CR, CRh or CRi achieved")

REFRACTORY_AS_QUOTED = Decision(
    name="ELN-refractory-as-in-VEN-PRS",
    edition="ELN as quoted by Shahswar 2025",
    question="Is the leukaemia primary refractory?",
    citation=SHAHSWAR,
    inputs=(
        REMISSION,
        Input("intensive_courses", "courses of intensive induction completed", "number", "courses", 0, 20),
        Input("intermediate_dose_course", "one of them with intermediate-dose cytarabine"),
    ),
    criteria=(
        yes_no("remission_achieved", "CR, CRh or CRi achieved", citation=SHAHSWAR),
        banded("intensive_courses", "Courses of intensive induction", (">=", 2), citation=SHAHSWAR),
        yes_no("intermediate_dose_course", "One course with intermediate-dose cytarabine", citation=SHAHSWAR),
    ),
    rules=(
        Rule(
            Response.REFRACTORY,
            lambda m: ~m.remission_achieved & (m.intensive_courses >= 2) & m.intermediate_dose_course,
            "no remission after two intensive courses, one of them with intermediate-dose cytarabine",
            SHAHSWAR,
        ),
        Rule("not refractory", otherwise, "in remission, or too early to call", SHAHSWAR),
    ),
)

REFRACTORY_ESMO = Decision(
    name="ESMO-refractory-non-intensive",
    edition="ESMO 2020",
    question="Is the leukaemia refractory to non-intensive treatment?",
    citation=ESMO,
    inputs=(
        REMISSION,
        Input("nonintensive_cycles", "cycles of non-intensive treatment completed", "number", "cycles", 0, 200),
    ),
    criteria=(
        yes_no("remission_achieved", "CR, CRh or CRi achieved", citation=ESMO),
        banded("nonintensive_cycles", "Cycles of non-intensive treatment", (">=", 4), citation=ESMO),
    ),
    rules=(
        Rule(
            Response.REFRACTORY,
            lambda m: ~m.remission_achieved & (m.nonintensive_cycles >= 4),
            "no remission after four cycles of non-intensive treatment",
            ESMO,
        ),
        Rule("not refractory", otherwise, "in remission, or too early to call", ESMO),
    ),
)
