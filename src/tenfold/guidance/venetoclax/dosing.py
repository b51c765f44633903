"""The daily dose of venetoclax: what the labels and the consensus print, side by side. It is never an order.

Four questions about one day of venetoclax: the US label, the EU label, ELN 2022, and what the studies of molecular relapse
gave without a ramp-up. Two more about shortening cycles after remission. A dose that a source does not print is *not stated in
this source*; instructions that contradict each other, or that no source combines, go to *pharmacist review*.
Traps: with posaconazole the US label says 70 mg and ELN 2022 100 mg or less; leaving out the ramp-up was studied in remission
only (low burden) and is never offered in overt leukaemia; without a recorded liver function the dose stays open; every use in
relapse is off label; venetoclax with low-dose cytarabine is not on the EU label.

Doses in mg a day by mouth. Sources and whether they were read: ``dosing.toml``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import polars as pl

from tenfold.guidance.numbers import read_file
from tenfold.guidance.venetoclax.dose_data import LAST_STEP, NUMBERS, Dose, Schedule, every_dose, schedules
from tenfold.logic.answering import answer
from tenfold.logic.criterion import Criterion, Facts, yes_no
from tenfold.logic.decision import Decision, Guard, Input, Rule, otherwise

NEVER_AN_ORDER = "This is what the source prints, never an order; a physician and a pharmacist decide."
UNVERIFIED = "the doses, which were not read in the original"
REVIEW = "pharmacist review"
AVOID = "avoid the CYP3A4 inducer"
AVOID_P_GP = "avoid the P-gp inhibitor during the ramp-up"
NOT_STATED = "not stated in this source"
RAMP_UP = "overt leukaemia: ramp up as labelled"
WITHOUT_RAMP_UP = "400 mg (FILO) or 400 to 600 mg (Tiong) from day 1, without ramp-up"
WITHOUT_RAMP_UP_LDAC = "400 to 600 mg (Tiong) from day 1, without ramp-up"
WITHOUT_RAMP_UP_STRONG = "100 mg (Tiong) from day 1, without ramp-up"
HMA, LDAC, OTHER = "hypomethylating agent", "low-dose cytarabine", "another partner"
PARTNERS = {"azacitidine": HMA, "decitabine": HMA, "low-dose cytarabine": LDAC, "other": OTHER}
"""The partner drug as it is asked, and the line of the labels to which it belongs."""


def _words(column: str, levels: dict[str, str]) -> pl.Expr:
    order = list(dict.fromkeys(levels.values()))
    return pl.col(column).replace_strict(
        {word: order.index(level) for word, level in levels.items()}, default=None, return_dtype=pl.Int8
    )


def _day() -> Criterion:
    day = pl.col("venetoclax_day")
    code = (day >= 2).cast(pl.Int8) + (day >= 3).cast(pl.Int8) + (day >= LAST_STEP).cast(pl.Int8)
    steps = ("day 1", "day 2", "day 3", "day 4 or later")
    return Criterion("venetoclax_step", "Day of venetoclax", code, steps, value="venetoclax_day")


LIVER = {"none": "not severe", "A": "not severe", "B": "not severe", "C": "Child-Pugh C"}
STEP = _day()
PARTNER = Criterion("venetoclax_partner_line", "Partner", _words("venetoclax_partner", PARTNERS), (HMA, LDAC, OTHER))
TAKEN = (
    yes_no("posaconazole", "Posaconazole"),
    yes_no("other_strong_cyp3a4_inhibitor", "Another strong CYP3A4 inhibitor"),
    yes_no("moderate_cyp3a4_inhibitor", "A moderate CYP3A4 inhibitor"),
    yes_no("p_gp_inhibitor", "A P-gp inhibitor"),
    yes_no("cyp3a4_inducer", "A strong or moderate CYP3A4 inducer"),
    yes_no("interaction_disputed", "A drug whose strength the sources dispute"),
)
"""What other medicines do, as `interactions` finds it; a drug counts once, by its strongest effect."""
SEVERE_LIVER = Criterion("severe_liver", "Liver", _words("child_pugh", LIVER), ("not severe", "Child-Pugh C"))
IN_REMISSION = yes_no("remission_before_venetoclax", "In CR, CRh or CRi", pl.col("in_remission"))

PARTNER_INPUT = Input("venetoclax_partner", "partner of venetoclax", "word", words=tuple(PARTNERS))
DAY_INPUT = Input("venetoclax_day", "day of venetoclax, 1 the first ever", "number", "days", 1, 10_000)
TAKEN_INPUTS = tuple(Input(criterion.name, criterion.wording) for criterion in TAKEN)
LIVER_INPUT = Input("child_pugh", "hepatic impairment, Child-Pugh class", "word", words=tuple(LIVER))
REMISSION_INPUT = Input("in_remission", "in CR, CRh or CRi")
FRONT_LINE_INPUT = Input("front_line_unfit", "started for newly diagnosed AML, 75 or older or unfit for intensive")
ON_LABEL = Guard(
    yes_no("front_line_unfit", "Started for newly diagnosed AML, 75 or older or unfit for intensive"),
    "off label: it was licensed for newly diagnosed AML only",
    refuses=False,
)


def _inhibited(m: Facts) -> Any:
    return m.posaconazole | m.other_strong_cyp3a4_inhibitor | m.moderate_cyp3a4_inhibitor | m.p_gp_inhibitor


def _to_review(m: Facts) -> Any:
    both_strong = m.posaconazole & m.other_strong_cyp3a4_inhibitor
    with_liver = _inhibited(m) & m.severe_liver.is_("Child-Pugh C")
    return m.interaction_disputed | both_strong | with_liver | (_inhibited(m) & m.cyp3a4_inducer)


REVIEWED = (
    Rule(REVIEW, _to_review, "instructions that contradict each other, or a combination that no source covers"),
    Rule(
        AVOID,
        lambda m: m.cyp3a4_inducer,
        "an inducer takes venetoclax's effect away",
        "US and EU labels of venetoclax (not read in the original)",
    ),
)

SITUATIONS: dict[str, Callable[[Facts], Any]] = {
    "posaconazole": lambda m: m.posaconazole,
    "strong": lambda m: m.other_strong_cyp3a4_inhibitor & ~m.posaconazole,
    "moderate": lambda m: m.moderate_cyp3a4_inhibitor & ~m.posaconazole & ~m.other_strong_cyp3a4_inhibitor,
    "p_gp": lambda m: (
        m.p_gp_inhibitor & ~m.posaconazole & ~m.other_strong_cyp3a4_inhibitor & ~m.moderate_cyp3a4_inhibitor
    ),
    "child_pugh_c": lambda m: ~_inhibited(m) & m.severe_liver.is_("Child-Pugh C"),
    "none": lambda m: ~_inhibited(m) & m.severe_liver.is_("not severe"),
}
"""What changes the dose; each holds without the others. The strongest inhibitor's dose satisfies a weaker one's too."""


def _holds(situation: str, partners: tuple[str, ...], steps: tuple[int, ...], m: Facts) -> Any:
    days = m.venetoclax_step.is_(*(STEP.levels[step] for step in steps))
    return SITUATIONS[situation](m) & m.venetoclax_partner_line.is_(*partners) & days


def _rules(schedule: Schedule, situation: str, change: Callable[[Dose], Dose] = lambda dose: dose) -> list[Rule]:
    partners = (HMA, LDAC) if schedule.partner == "either" else (schedule.partner,)
    wording = f"{schedule.partner}, {situation.replace('_', ' ')}" if situation != "none" else schedule.partner
    source = schedule.source if schedule.verified else f"{schedule.source} (not read in the original)"
    doses = dict.fromkeys(str(change(dose)) for dose in schedule.doses)
    return [
        Rule(
            said,
            partial(
                _holds,
                situation,
                partners,
                tuple(step for step, dose in enumerate(schedule.doses) if str(change(dose)) == said),
            ),
            wording,
            source,
        )
        for said in doses
    ]


def _halved(key: str, bound: str) -> Callable[[Dose], Dose]:
    return lambda dose: dose.reduced(NUMBERS[key], bound)


def _dose_question(key: str, reduced: dict[str, Callable[[Dose], Dose]], extra: tuple[Rule, ...] = ()) -> Decision:
    """The question of one edition; `reduced`: how a full dose is changed where the edition says so, by situation."""
    [edition] = [entry for entry in read_file("venetoclax/dosing.toml")["edition"] if entry["key"] == key]
    printed = schedules(key)
    rules = [rule for schedule in printed for rule in _rules(schedule, schedule.situation)]
    full = [schedule for schedule in printed if schedule.situation == "none"]
    rules += [rule for name, change in reduced.items() for schedule in full for rule in _rules(schedule, name, change)]
    read = all(schedule.verified for schedule in printed)
    return Decision(
        name=f"Venetoclax-dose-{edition['name'].replace(' ', '-')}",
        edition=edition["name"],
        question=f"Which daily dose of venetoclax does {edition['citation']} print?",
        citation=edition["citation"],
        unverified="" if read else UNVERIFIED,
        caution=f"{NEVER_AN_ORDER} {edition['note'][0].upper()}{edition['note'][1:]}.",
        inputs=(PARTNER_INPUT, DAY_INPUT, *TAKEN_INPUTS, LIVER_INPUT, FRONT_LINE_INPUT),
        criteria=(PARTNER, STEP, *TAKEN, SEVERE_LIVER),
        guards=(ON_LABEL,),
        rules=(*REVIEWED, *extra, *rules, Rule(NOT_STATED, otherwise, "the source prints no dose for this")),
    )


US_LABEL = _dose_question(
    "us_label",
    {
        "moderate": _halved("reduction.moderate_or_p_gp", "at most"),
        "p_gp": _halved("reduction.moderate_or_p_gp", "at most"),
        "child_pugh_c": _halved("reduction.child_pugh_c", ""),
    },
)
EU_LABEL = _dose_question(
    "eu_label",
    {
        "moderate": _halved("reduction.moderate_or_p_gp", "at most"),
        "p_gp": lambda dose: dose,
        "child_pugh_c": _halved("reduction.child_pugh_c", "at most"),
    },
    (
        Rule(
            AVOID_P_GP,
            partial(_holds, "p_gp", (HMA,), (0, 1, 2)),
            "a P-gp inhibitor is to be avoided until the steady dose; if it must be given, closer monitoring",
            "EU summary of product characteristics of venetoclax (not read in the original)",
        ),
    ),
)
ELN_2022_DOSE = _dose_question("eln2022", {})

STUDIED = "FILO 2025; Tiong et al., Br J Haematol 2021;192:1026-1030"
STUDY_PARTNER = Criterion(
    "venetoclax_partner_studied",
    "Partner",
    _words("venetoclax_partner", {"azacitidine": "azacitidine", LDAC: LDAC, "decitabine": OTHER, "other": OTHER}),
    ("azacitidine", LDAC, OTHER),
)


def _plain(m: Facts) -> Any:
    return ~_inhibited(m) & m.severe_liver.is_("not severe")


WITHOUT_RAMP_UP_IN_REMISSION = Decision(
    name="Venetoclax-without-ramp-up",
    edition="FILO 2025, Tiong 2021",
    question="What did the studies of molecular relapse give without a ramp-up, in remission?",
    citation=STUDIED,
    caution=f"{NEVER_AN_ORDER} Off label; studied in remission with a low burden only, never in overt leukaemia.",
    inputs=(PARTNER_INPUT, *TAKEN_INPUTS, LIVER_INPUT, REMISSION_INPUT),
    criteria=(IN_REMISSION, STUDY_PARTNER, *TAKEN, SEVERE_LIVER),
    rules=(
        Rule(
            RAMP_UP, lambda m: ~m.remission_before_venetoclax, "leaving out the ramp-up was studied in remission only"
        ),
        *REVIEWED,
        Rule(
            WITHOUT_RAMP_UP_STRONG,
            lambda m: (m.posaconazole | m.other_strong_cyp3a4_inhibitor) & ~m.venetoclax_partner_studied.is_(OTHER),
            "a strong CYP3A4 inhibitor, e.g. posaconazole",
            "Tiong et al., Br J Haematol 2021;192:1026-1030",
        ),
        Rule(
            WITHOUT_RAMP_UP,
            lambda m: _plain(m) & m.venetoclax_partner_studied.is_("azacitidine"),
            "FILO: days 1 to 7, 14, 21 or 28; Tiong: 14 to 28 days, azacitidine 5 to 7 days; no tumour lysis prophylaxis",
            STUDIED,
        ),
        Rule(
            WITHOUT_RAMP_UP_LDAC,
            lambda m: _plain(m) & m.venetoclax_partner_studied.is_(LDAC),
            "14 to 28 days, low-dose cytarabine 7 to 10 days; no tumour lysis prophylaxis",
            "Tiong et al., Br J Haematol 2021;192:1026-1030",
        ),
        Rule(NOT_STATED, otherwise, "the studies do not say"),
    ),
)

DOSE_QUESTIONS: tuple[Decision, ...] = (US_LABEL, EU_LABEL, ELN_2022_DOSE, WITHOUT_RAMP_UP_IN_REMISSION)
"""The sources that are asked for a dose, in the order in which they are shown."""


def doses(inputs: pl.DataFrame) -> pl.DataFrame:
    """Answer every source for each row of inputs, and say whether the labels and the consensus differ.

    Inputs: `venetoclax_partner`, `venetoclax_day`, `child_pugh`, `in_remission`, `front_line_unfit` and the columns of
    `interactions`; what is missing is not known. Adds the columns of the answered questions and `sources_differ` (null
    where an answer is open).
    """
    answered = answer(inputs, DOSE_QUESTIONS)
    said = [pl.col(question.key) for question in (US_LABEL, EU_LABEL, ELN_2022_DOSE)]
    compared = [
        pl.when(one.is_not_null() & other.is_not_null()).then(one != other)
        for k, one in enumerate(said)
        for other in said[k + 1 :]
    ]
    return answered.with_columns(sources_differ=pl.any_horizontal(compared))


@dataclass(frozen=True)
class Steps:
    """The doses of one source for days 1 to 4. `alert` where no dose is given; `said` are the answers as worded."""

    edition: str
    citation: str
    said: tuple[str, ...]
    ramp: tuple[Dose, ...]
    alert: str | None

    @property
    def steady(self) -> Dose | None:
        """The dose after the ramp-up; None where the source gives none."""
        return self.ramp[-1] if self.ramp else None


def ramp_up(question: Decision, **facts: Any) -> Steps:
    """Return what one source prints for days 1 to 4 of completely known `facts` (inputs of `doses` by name).

    A medicine that is not named is taken to be known as not given, the liver as not impaired: for a calculator, where
    everything is entered. ValueError for a fact that is not known or not asked, or a word that is not one of its words.
    """
    inputs = {item.name: item for asked in DOSE_QUESTIONS for item in asked.inputs}
    for name, value in facts.items():
        if name not in inputs:
            raise ValueError(f"{name} is not asked; there are {', '.join(inputs)}")
        if inputs[name].words and value is not None and value not in inputs[name].words:
            raise ValueError(f"{name} must be one of {', '.join(inputs[name].words)}, not {value!r}")
    known = {**{item.name: False for item in TAKEN_INPUTS}, "child_pugh": "none", **facts}
    needed = frozenset().union(*(criterion.reads for criterion in question.criteria)) - {DAY_INPUT.name}
    if unknown := sorted(name for name in needed if known.get(name) is None):
        raise ValueError(f"{', '.join(unknown)} must be known here; use `doses` where something is not")
    rows = [{**known, "venetoclax_day": float(day)} for day in range(1, LAST_STEP + 1)]
    schema = {item.name: item.dtype for item in question.inputs if item.name in rows[0]}
    said = answer(pl.DataFrame(rows, schema), [question])[question.key].to_list()
    by_words = every_dose()
    given = [by_words.get(word) for word in said]
    ramp = tuple(dict.fromkeys(dose for dose in given if dose is not None)) if None not in given else ()
    # A source that is silent or warns on any of the days gives no ramp-up.
    alert = next((word for word in said if word not in by_words), None)
    return Steps(question.edition, question.citation, tuple(said), ramp, alert)
