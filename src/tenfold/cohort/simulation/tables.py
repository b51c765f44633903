"""The clinical tables of a block: patients, treatments, cycles, transplants, responses, events, medications, status.

Only columns that the simulation fills; dates are calendar dates; nothing is dated after a death.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from tenfold.cohort.simulation.course import START, Answer, Course
from tenfold.cohort.simulation.numbers import NEVER, Flags, Integers, draw, number
from tenfold.cohort.simulation.population import Group, Population
from tenfold.cohort.simulation.rows import Block, happens, known, stacked, words
from tenfold.records.timeline import DAYS_PER_MONTH
from tenfold.vocabulary import Endpoint, EventKind, Intent, Ontogeny, Response, Sex

CYCLE = 35
"""Days from one cycle of venetoclax to the next."""
MOST_CYCLES = 12
ONTOGENY = (Ontogeny.DE_NOVO, Ontogeny.THERAPY_RELATED, Ontogeny.SECONDARY)
REPORTED = (None, Response.CR, Response.CRI, Response.MLFS, Response.PR, Response.STABLE, Response.DIED)
"""A first response by its number (`course.Answer`)."""
INDUCTIONS = (("7+3", "cytarabine+daunorubicin"), ("azacitidine", "azacitidine"), ("LDAC", "cytarabine"))
WITH_VENETOCLAX = (("AZA/VEN", "azacitidine+venetoclax"), ("VEN-DEC", "decitabine+venetoclax"))


def clinical_tables(
    people: Population, happened: Course, block: Block, generator: np.random.Generator
) -> dict[str, pl.DataFrame]:
    """Return the clinical tables of a block by name."""
    lines = _Lines(people, happened, generator)
    return {
        "patients": _patients(people, happened, block),
        "treatments": _treatments(people, happened, block, lines, generator),
        "status": _status(people, happened, block),
        "cycles": _cycles(block, lines, generator),
        "transplants": _transplants(people, happened, block, generator),
        "responses": _responses(happened, block),
        "events": _events(people, happened, block, generator),
        "medications": _medications(block, lines),
        "reported_outcomes": block.frame(
            np.arange(len(people)),
            {},
            {
                "endpoint": words([Endpoint.OS], np.zeros(len(people), np.int64)),
                "clock_start": words(["diagnosis"], np.zeros(len(people), np.int64)),
                "time_months": np.round(happened.end / DAYS_PER_MONTH, 4),
                "event": happened.died,
            },
        ),
    }


def _patients(people: Population, happened: Course, block: Block) -> pl.DataFrame:
    everybody = np.arange(len(people))
    relapsed = np.minimum(happened.relapse, happened.second_relapse) < NEVER
    active = relapsed | (happened.refractory < NEVER) | (happened.failed < NEVER) & (happened.second_remission == NEVER)
    return block.frame(
        everybody,
        {
            "birth_date": -(people.age * 365.25).astype(np.int64),
            "diagnosis_date": np.zeros(len(people), np.int64),
            "last_contact_date": happened.end,
            "death_date": happened.death,
        },
        {
            "sex": words([Sex.MALE, Sex.FEMALE], people.female.astype(np.int64)),
            "age_at_diagnosis_years": np.floor(people.age * 10) / 10,
            "ontogeny": words(ONTOGENY, people.ontogeny),
            "treatment_intent": words(["intensive", "non-intensive"], (~people.intensive).astype(np.int64)),
            "cause_of_death": known(words(["in remission", "leukaemia"], active.astype(np.int64)), happened.died),
        },
    )


class _Lines:
    """Lines with venetoclax: whose, from when until when, cycles, dose, days and partner drug (0 azacitidine)."""

    def __init__(self, people: Population, happened: Course, generator: np.random.Generator) -> None:
        pre_emptive, later = happens(happened.pre_emptive), np.flatnonzero(happened.venetoclax)
        self.who = np.concatenate([pre_emptive, later])
        self.pre_emptive = np.arange(len(self.who)) < len(pre_emptive)
        self.start = np.concatenate([happened.pre_emptive[pre_emptive], happened.index[later]])
        ends = np.stack([happened.second_relapse, happened.refractory, happened.second_transplant, happened.end])
        first = np.minimum(np.minimum(happened.transplant, happened.failed), happened.end)
        stop = np.where(self.pre_emptive, np.where(first > happened.pre_emptive, first, happened.end)[self.who], 0)
        stop = np.where(self.pre_emptive, stop, ends.min(axis=0)[self.who])
        self.cycles = np.clip((stop - self.start + CYCLE - 1) // CYCLE, 1, MOST_CYCLES)
        n = len(people)
        self.dose = np.array([50.0, 100.0, 400.0])[draw(number("venetoclax.dose"), n, generator)][self.who]
        self.days = np.array([7, 14, 28])[draw(number("venetoclax.days"), n, generator)][self.who]
        uniform = generator.random((5, n))[:, self.who]
        self.decitabine = ~self.pre_emptive & (uniform[0] >= number("venetoclax.azacitidine"))
        self.ramp_up = ~self.pre_emptive & (uniform[1] < number("venetoclax.ramp_up"))
        self.azole = uniform[2] < number("venetoclax.azole")
        self.inpatient = uniform[3] < number("venetoclax.inpatient")
        self.g_csf = uniform[4] < number("venetoclax.g_csf")
        self.last = happened.end[self.who]
        self.end = np.minimum(self.start + (self.cycles - 1) * CYCLE + self.days - 1, self.last)

    @property
    def line(self) -> Integers:
        """Number of the line of treatment."""
        return np.where(self.pre_emptive, 2, 3)


def _treatments(
    people: Population, happened: Course, block: Block, lines: _Lines, generator: np.random.Generator
) -> pl.DataFrame:
    def given(
        day: Integers, length: int, line: int, intent: Intent, regimen: str, drugs: str, intensive: bool
    ) -> pl.DataFrame:
        who = happens(day)
        end = np.minimum(day[who] + length, happened.end[who])
        constant = {"intent": intent, "regimen": regimen, "drugs": drugs}
        columns = {name: words([word], np.zeros(len(who), np.int64)) for name, word in constant.items()}
        numbers = {"line": np.full(len(who), line), "intensive": np.full(len(who), intensive)}
        return block.frame(who, {"start_date": day[who], "end_date": end}, columns | numbers)

    n = len(people)
    induction = np.where(people.intensive, 0, np.where(people.prior_hma, 1, 2))
    parts = [
        given(np.where(induction == k, START, NEVER), 7, 1, Intent.INDUCTION, name, drugs, k == 0)
        for k, (name, drugs) in enumerate(INDUCTIONS)
    ]
    limit = np.minimum(np.minimum(happened.end, happened.failed), happened.transplant)
    for k in range(3):
        day = happened.remission + 10 + 35 * k
        parts.append(
            given(np.where(people.intensive & (day + 7 < limit), day, NEVER), 5, 1, Intent.CONSOLIDATION,
                  "IDAC", "cytarabine", True)
        )  # fmt: skip
    again = people.intensive & (happened.remission == NEVER) & (happened.failed < NEVER)
    second = np.where(again & (happened.end > 36), 36, NEVER)
    parts.append(given(second, 7, 2, Intent.INDUCTION, "HAM", "cytarabine+mitoxantrone", True))
    parts.append(given(happened.hma_line, 28, 2, Intent.SALVAGE, "azacitidine", "azacitidine", False))
    salvage = np.where(happened.venetoclax, NEVER, happened.index)
    intensive = "cytarabine+filgrastim+fludarabine+idarubicin"
    parts.append(given(salvage, 7, 3, Intent.SALVAGE, "FLAG-IDA", intensive, True))
    parts.append(given(happened.further_line, 7, 4, Intent.SALVAGE, "FLAG-IDA", intensive, True))
    # A secondary leukaemia has a disorder before it: of those pretreated, with a hypomethylating agent.
    earlier = people.ontogeny > 0
    hma_then = earlier & people.prior_hma & people.intensive
    since = -(120 + (generator.random(n) * 700).astype(np.int64))
    for which, drug in ((hma_then, "azacitidine"), (earlier & ~hma_then, "epoetin alfa")):
        parts.append(given(np.where(which, since, NEVER), 90, 0, Intent.PRIOR_DISORDER, drug, drug, False))
    partner = lines.decitabine.astype(np.int64)
    parts.append(
        block.frame(
            lines.who,
            {"start_date": lines.start, "end_date": lines.end},
            {
                "line": lines.line,
                "intent": words([Intent.SALVAGE, Intent.PRE_EMPTIVE], lines.pre_emptive.astype(np.int64)),
                "regimen": words([name for name, _ in WITH_VENETOCLAX], partner),
                "drugs": words([drugs for _, drugs in WITH_VENETOCLAX], partner),
                "cycles": lines.cycles,
                "venetoclax_mg": lines.dose,
                "venetoclax_days": lines.days,
                "intensive": np.zeros(len(lines.who), bool),
            },
        )
    )
    return stacked(parts, "patient_id", "start_date")


def _cycles(block: Block, lines: _Lines, generator: np.random.Generator) -> pl.DataFrame:
    row = np.repeat(np.arange(len(lines.who)), lines.cycles)
    number_of = np.arange(len(row)) - np.repeat(np.cumsum(lines.cycles) - lines.cycles, lines.cycles) + 1
    start = lines.start[row] + (number_of - 1) * CYCLE
    first = number_of == 1
    uniform = generator.random((2, len(row)))
    frame = block.frame(
        lines.who[row],
        {"start_date": start, "end_date": np.minimum(start + lines.days[row] - 1, lines.last[row])},
        {
            "line": lines.line[row],
            "cycle": number_of,
            "venetoclax_mg": lines.dose[row],
            "venetoclax_days": lines.days[row],
            "ramp_up": first & lines.ramp_up[row],
            "partner_drug": words(["azacitidine", "decitabine"], lines.decitabine[row].astype(np.int64)),
            "partner_days": np.where(lines.decitabine[row], 5, 7),
            "setting": words(["outpatient", "inpatient"], (first & lines.inpatient[row]).astype(np.int64)),
            "g_csf": lines.g_csf[row],
            "red_cell_transfusion": uniform[0] < 0.6,
            "platelet_transfusion": uniform[1] < 0.5,
        },
    )
    return frame.sort("patient_id", "start_date", maintain_order=True)


def _transplants(people: Population, happened: Course, block: Block, generator: np.random.Generator) -> pl.DataFrame:
    donor = draw((0.3, 0.5, 0.2), len(people), generator)
    frames = []
    for day, after, state in (
        (happened.transplant, np.zeros(len(people), bool), "CR1"),
        (happened.second_transplant, happened.transplant < NEVER, "CR2"),
    ):
        who = happens(day)
        active = (happened.failed < day)[who] & (state == "CR1")
        frames.append(
            block.frame(
                who,
                {"transplant_date": day[who]},
                {
                    "number": np.where(after[who], 2, 1),
                    "donor": words(["matched sibling", "matched unrelated", "haploidentical"], donor[who]),
                    "hla_match": words(["10/10", "10/10", "5/10"], donor[who]),
                    "conditioning_intensity": words(["myeloablative", "reduced"], (people.age[who] > 50).astype(int)),
                    "graft_source": words(["peripheral blood"], np.zeros(len(who), np.int64)),
                    "remission_before": words([state, "active disease"], active.astype(np.int64)),
                },
            )
        )
    return stacked(frames, "patient_id", "transplant_date")


def _responses(happened: Course, block: Block) -> pl.DataFrame:
    not_yet = (happened.remission == NEVER) & (happened.failed < NEVER)
    still = (happened.remission < NEVER) & (happened.failed == NEVER)
    still |= (happened.second_remission < NEVER) & (happened.second_relapse == NEVER)
    seen = ~happened.died & still
    early_death = happened.died & (happened.remission == NEVER) & (happened.failed == NEVER)
    said: list[tuple[Integers, Response]] = [
        (happened.remission, Response.CR),
        (np.where(not_yet, np.minimum(30, happened.end), NEVER), Response.NO_RESPONSE),
        (np.where(not_yet, happened.failed, NEVER), Response.REFRACTORY),
        (happened.refractory, Response.REFRACTORY),
        (np.where(seen, happened.end, NEVER), Response.CR),
        (np.where((happened.answer == Answer.DIED) | early_death, happened.death, NEVER), Response.DIED),
    ]
    frames = [
        block.frame(
            happens(day),
            {"response_date": day[happens(day)]},
            {"reported_response": words([word], np.zeros(len(happens(day)), np.int64))},
        )
        for day, word in said
    ]
    first = happens(happened.assessed)
    frames.append(
        block.frame(
            first,
            {"response_date": happened.assessed[first]},
            {"reported_response": words(REPORTED, happened.answer[first])},
        )
    )
    whole = stacked(frames, "patient_id", "response_date").unique(
        ["patient_id", "response_date", "reported_response"], maintain_order=True
    )
    return whole.with_columns(criteria=pl.lit("ELN 2022"), source=pl.lit("simulation"))


def _events(people: Population, happened: Course, block: Block, generator: np.random.Generator) -> pl.DataFrame:
    uniform = generator.random((4, len(people)))
    before_death = np.where(happened.died, happened.end - 1, happened.end)
    infection = happened.index + 5 + (uniform[0] * 20).astype(np.int64)
    infection = np.where((uniform[1] < 0.5) & (infection <= before_death), infection, NEVER)
    graft = np.minimum(happened.transplant, happened.second_transplant) + 20 + (uniform[2] * 70).astype(np.int64)
    gvhd = np.where((uniform[3] < 0.4) & (graft <= before_death), graft, NEVER)
    none: Flags = np.zeros(len(people), bool)
    frames = []
    for day, kind, absent, grade in (
        (happened.relapse, EventKind.RELAPSE, none, None),
        (happened.second_relapse, EventKind.RELAPSE, none, None),
        (np.where(people.group == Group.RELAPSED_OR_REFRACTORY, happened.failed, happened.relapse),
         EventKind.EXTRAMEDULLARY, ~people.extramedullary, None),
        (infection, EventKind.INFECTION, none, 3),
        (gvhd, EventKind.ACUTE_GVHD, none, 2),
        (happened.death, EventKind.DEATH, none, None),
    ):  # fmt: skip
        who = happens(day)
        frames.append(
            block.frame(
                who,
                {"event_date": day[who]},
                {
                    "kind": words([kind], np.zeros(len(who), np.int64)),
                    "present": ~absent[who],
                    "grade": pl.Series([grade] * len(who), dtype=pl.Int64),
                },
            )
        )
    return stacked(frames, "patient_id", "event_date", "kind")


def _medications(block: Block, lines: _Lines) -> pl.DataFrame:
    rows = np.flatnonzero(lines.azole)
    frame = block.frame(
        lines.who[rows],
        {"start_date": lines.start[rows], "end_date": lines.end[rows]},
        {"drug": words(["posaconazole"], np.zeros(len(rows), np.int64))},
    )
    return frame.sort("patient_id", "start_date", maintain_order=True)


def _status(people: Population, happened: Course, block: Block) -> pl.DataFrame:
    frames = []
    for day in (np.zeros(len(people), np.int64), happened.index):
        who = happens(day)
        frames.append(
            block.frame(
                who,
                {"status_date": day[who]},
                {
                    "ecog": people.ecog[who],
                    "fit_for_intensive": (people.intensive & (people.ecog < 3))[who],
                    "transplant_eligible": ((people.age < 72) & (people.ecog < 3))[who],
                },
            )
        )
    return stacked(frames, "patient_id", "status_date")
