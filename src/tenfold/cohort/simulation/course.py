"""What happens to simulated patients, in days since diagnosis: remission, relapse, venetoclax, transplant, death.

First line, then remission or refractory disease; at relapse or refractory disease a hypomethylating agent with
venetoclax, from which VEN-PRS counts; before it, where a molecular relapse leaves the time, pre-emptive venetoclax with
azacitidine. Event-free survival as `EFS-failure-date` reads it from the records is the simulated one: whoever is
without an event 180 days after the first dose is in remission, so that 45 to 50 % remit where the paper, whose
definition of event-free survival is not printed, has 39 %.

Traps: a transplant changes no hazard; pre-emptive treatment is decided on the true level, not on a noisy result; nobody
relapses who responds to it. Numbers and sources stand in `frequencies.toml`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from enum import IntEnum

import numpy as np

from tenfold.cohort.simulation.hazards import relapse_times, venetoclax_times
from tenfold.cohort.simulation.numbers import NEVER, Flags, Floats, Integers, draw, number
from tenfold.cohort.simulation.population import MARKERS, Group, Population
from tenfold.endpoints.definitions import LANDMARK_DAYS
from tenfold.mrd.kinetics_numbers import LOG10_2, doubling_time, threshold
from tenfold.records.timeline import DAYS_PER_MONTH

START = 3
OVERT = threshold("overt_relapse").level
DETECTABLE = float(np.log10(100 * 1 / number("residual.control_copies")[0]))
"""log10 % of ABL1: one copy in a sample of the usual quality."""
MARROW_VISITS = np.array([30, 75, 120, *range(211, 1100, 91)])
"""Days after a remission on which a marrow is due for residual disease; see `molecular`."""
REPEAT_AFTER = 21


class Answer(IntEnum):
    """The first response to the treatment at relapse or refractory disease."""

    NONE = 0
    CR = 1
    CRI = 2
    MLFS = 3
    PR = 4
    STABLE = 5
    DIED = 6


@dataclass(frozen=True)
class Course:
    """Days since diagnosis, arrays of length n; NEVER for what does not happen, or only after the last contact.

    `remission`, `relapse`: the first; `failed`: relapsed or refractory for the first time; `index`: first dose of the
    treatment then given, which is a hypomethylating agent with venetoclax where `venetoclax`; `assessed`, `answer`: its
    first response; `second_remission`, `second_relapse`, `refractory`: what became of it. `true_relapse` and
    `true_second_relapse` are where the clone leads, observed or not; `doubling_days` of the clone; `end`: death or last
    contact, `follow_up`: until when a patient is followed if alive.
    """

    remission: Integers
    relapse: Integers
    failed: Integers
    hma_line: Integers
    pre_emptive: Integers
    transplant: Integers
    index: Integers
    assessed: Integers
    second_remission: Integers
    second_relapse: Integers
    refractory: Integers
    second_transplant: Integers
    further_line: Integers
    death: Integers
    end: Integers
    follow_up: Integers
    true_death: Integers
    true_relapse: Integers
    true_second_relapse: Integers
    doubling_days: Floats
    answer: Integers
    venetoclax: Flags
    responded: Flags

    @property
    def died(self) -> Flags:
        """Who dies under observation."""
        return self.death < NEVER


SEEN = [
    "remission",
    "relapse",
    "failed",
    "hma_line",
    "pre_emptive",
    "transplant",
    "index",
    "assessed",
    "second_remission",
    "second_relapse",
    "refractory",
    "second_transplant",
    "further_line",
]
"""What is known only if it happens by the last contact."""


def course(people: Population, generator: np.random.Generator) -> Course:
    """Draw the course of each patient."""
    n = len(people)
    entered = people.group == Group.RELAPSED_OR_REFRACTORY
    uniform = generator.random((14, n))
    days = {name: np.full(n, NEVER) for name in _DAYS}
    early = ~entered & (uniform[0] < number("first_line.early_death"))
    resistant = ~entered & ~early & (uniform[1] < number("first_line.refractory"))
    remits = np.where(entered, people.relapsed, ~early & ~resistant)
    slow = np.where(people.intensive, 0, 55)
    remission = np.where(remits, 32 + (uniform[2] * 14).astype(int) + slow, NEVER)
    relapse = np.where(remits, _later(remission, _to_relapse(people, entered, generator)), NEVER)
    doubling = _doubling_days(people, generator)
    in_remission = _later(
        remission, generator.standard_exponential(n) * 365.25 / number("first_line.death_in_remission")
    )
    death = np.where(early, 5 + (uniform[3] * 30).astype(int), np.where(~entered & remits, in_remission, NEVER))
    death = np.where(relapse < death, NEVER, death)
    transplant = _first_transplant(people, entered, remission, relapse, uniform[4])
    pre_emptive, responded = _pre_emptive(people, remission, relapse, doubling, transplant, uniform[5:7], generator)
    true_relapse = relapse
    low, high = number("pre_emptive.to_transplant")
    grafted = responded & (uniform[7] < number("pre_emptive.transplant"))
    transplant = np.where(grafted, pre_emptive + low + (uniform[8] * (high - low)).astype(int), transplant)
    death = np.where(responded, in_remission, death)
    relapse = np.where(responded, NEVER, relapse)
    failed = np.where(entered & ~remits | resistant, 62 + (uniform[9] * 14).astype(int) + slow, relapse)
    active = entered & people.prior_transplant & ~remits
    transplant = np.where(active, failed + 30, transplant)
    hma_line = np.where(entered & people.prior_hma & people.intensive & (people.ontogeny == 0), failed + 3, NEVER)
    hma_line = np.where(active & (hma_line < NEVER), failed + 65, hma_line)
    wait = 5 + (uniform[10] * 20).astype(int) + np.where(hma_line < NEVER, 60, 0) + np.where(active, 60, 0)
    index = np.where(failed < death, np.minimum(failed + wait, NEVER), NEVER)
    treated = index < NEVER
    days |= {"remission": remission, "relapse": relapse, "failed": failed, "hma_line": hma_line, "index": index}
    days |= {"transplant": transplant, "pre_emptive": pre_emptive, "true_relapse": true_relapse}
    after = _after_index(people, treated, index, pre_emptive < NEVER, generator)
    death = np.where(treated, after.pop("death"), death)
    span = np.where(entered[:, None], number("follow_up.relapsed"), number("follow_up.first_line"))
    months = span[:, 0] + uniform[11] * (span[:, 1] - span[:, 0])
    follow_up = (months * DAYS_PER_MONTH).astype(int) + np.where(entered, index, 0)
    end = np.minimum(death, follow_up)
    drawn = Course(
        **(days | after),
        death=np.where(death <= follow_up, death, NEVER),
        end=end,
        follow_up=follow_up,
        true_death=death,
        doubling_days=doubling,
        venetoclax=treated & (pre_emptive == NEVER),
        responded=responded,
    )
    return _as_seen(drawn)


_DAYS = tuple(field.name for field in fields(Course) if field.name in SEEN or field.name == "true_relapse")


def _after_index(
    people: Population, treated: Flags, index: Integers, had_venetoclax: Flags, generator: np.random.Generator
) -> dict[str, Integers]:
    """What becomes of the treatment at relapse or refractory disease."""
    n = len(people)
    to_death, to_failure = venetoclax_times(people.log_hazard["OS"], people.log_hazard["EFS"], generator)
    uniform = generator.random((6, n))
    death, failure = _later(index, np.maximum(to_death, 1.0)), _later(index, np.maximum(to_failure, 1.0))
    assessed = np.where(treated, index + 28 + (uniform[0] * 29).astype(int), NEVER)
    failure = np.where(had_venetoclax, assessed, failure)
    event = np.minimum(death, failure)
    # Without an event at the landmark one must be in remission; earlier relapses come out of remissions as they may.
    held = np.clip((event - assessed) / (LANDMARK_DAYS - 28), 0.0, 1.0)
    long = event > index + LANDMARK_DAYS
    short = (failure > assessed + 28) & (event > assessed + 28) & (uniform[1] < held**4 / 2)
    remits = treated & ~had_venetoclax & (long | short)
    other = draw(number("venetoclax.other_response"), n, generator) + Answer.MLFS
    complete = np.where(uniform[2] < number("venetoclax.complete_remission"), Answer.CR, Answer.CRI)
    answer = np.where(remits, complete, np.where(had_venetoclax, Answer.STABLE, other))
    answer = np.where(death <= assessed, Answer.DIED, np.where(failure < assessed, Answer.NONE, answer))
    failed = treated & (failure < death)
    refractory = np.where(failed & ~remits, failure, NEVER)
    graft = index + 70 + (uniform[3] * 90).astype(int)
    grafted = remits & (uniform[4] < number("venetoclax.transplant")) & (graft + 7 < event)
    again = failed & (uniform[5] < number("venetoclax.further_line"))
    return {
        "death": death,
        "assessed": np.where((failure >= assessed) & (death > assessed), assessed, NEVER),
        "answer": np.where(treated, answer, Answer.NONE),
        "second_remission": np.where(remits, assessed, NEVER),
        "second_relapse": np.where(remits & failed, failure, NEVER),
        "true_second_relapse": np.where(remits, failure, NEVER),
        "refractory": refractory,
        "second_transplant": np.where(grafted, graft, NEVER),
        "further_line": np.where(again, failure + 9, NEVER),
    }


def _as_seen(drawn: Course) -> Course:
    """Take away what would happen only after the death or the last contact."""
    last = np.where(drawn.died, drawn.end - 1, drawn.end)
    seen = {name: np.where(getattr(drawn, name) <= last, getattr(drawn, name), NEVER) for name in SEEN}
    # A failure is seen even on the day of the death.
    for name in ("second_relapse", "refractory"):
        seen[name] = np.where(getattr(drawn, name) <= drawn.end, getattr(drawn, name), NEVER)
    unseen = (seen["assessed"] == NEVER) & (drawn.answer != Answer.DIED)
    answer = np.where(unseen | ~drawn.died & (drawn.answer == Answer.DIED), Answer.NONE, drawn.answer)
    return replace(drawn, **seen, answer=answer, venetoclax=drawn.venetoclax & (seen["index"] < NEVER))


def _later(day: Integers, wait: Floats) -> Integers:
    """A day so much later, rounded up to a day; NEVER at the latest."""
    return np.minimum(day + np.ceil(np.minimum(wait, NEVER)), NEVER).astype(np.int64)


def _to_relapse(people: Population, entered: Flags, generator: np.random.Generator) -> Floats:
    weights = number("first_line.log_hazard_of_relapse")
    log_hazard = sum(
        weight * np.asarray(holds, float)
        for weight, holds in (
            (weights["NPM1"], people.group == Group.NPM1),
            (weights["core_binding_factor"], people.group == Group.CORE_BINDING_FACTOR),
            (weights["FLT3"], people.genes["FLT3"]),
            (weights["TP53"], people.genes["TP53"]),
        )
    )
    median, spread = number("relapsed.remission")
    published = np.clip(median * 10 ** (spread * generator.standard_normal(len(people))), 1.7, 76.0) * DAYS_PER_MONTH
    drawn = relapse_times(np.asarray(log_hazard), generator)
    return np.where(entered, published, drawn + 14)


def _doubling_days(people: Population, generator: np.random.Generator) -> Floats:
    medians, spreads = zip(*(doubling_time(marker or "NPM1") for marker in MARKERS), strict=True)
    spread = np.array([entry.value for entry in spreads])[people.marker]
    drawn = 10 ** (spread * generator.standard_normal(len(people)))
    return np.asarray(np.array([entry.value for entry in medians])[people.marker] * drawn)


def _first_transplant(
    people: Population, entered: Flags, remission: Integers, relapse: Integers, uniform: Floats
) -> Integers:
    """In first remission: before the relapse of those who had one, and of some others who keep it."""
    room = np.where(remission < NEVER, np.minimum(relapse, NEVER) - remission, 0)
    before = remission + np.minimum(60 + (uniform * 100).astype(int), room * 2 // 3)
    wanted = np.where(entered, people.prior_transplant, uniform < number("first_line.transplant"))
    return np.where(wanted & (remission < NEVER) & (before + 14 < relapse), before, NEVER)


def _pre_emptive(
    people: Population,
    remission: Integers,
    relapse: Integers,
    doubling: Floats,
    transplant: Integers,
    uniform: Floats,
    generator: np.random.Generator,
) -> tuple[Integers, Flags]:
    """First day of pre-emptive treatment of a conversion, and whether it is answered."""
    visible = relapse - (OVERT - DETECTABLE - 0.5) / LOG10_2 * doubling
    due = np.searchsorted(MARROW_VISITS, np.maximum(visible - remission, 0))
    visit = remission + MARROW_VISITS[np.minimum(due, len(MARROW_VISITS) - 1)]
    median, spread = number("pre_emptive.delay")
    delay = median * 10 ** (spread * generator.standard_normal(len(people)))
    start = visit + np.maximum(delay, REPEAT_AFTER + 7).astype(int)
    converts = (relapse < NEVER) & (visible > remission + 60) & (due < len(MARROW_VISITS))
    followed = (people.marker > 0) & (people.group != Group.RELAPSED_OR_REFRACTORY)
    treated = followed & converts & (transplant == NEVER) & (start + 14 < relapse)
    treated &= uniform[0] < number("pre_emptive.treated")
    return np.where(treated, start, NEVER), treated & (uniform[1] < number("pre_emptive.response"))
