"""The endpoints' definitions once more, from raw rows of one patient, every table complete, every day known."""

from __future__ import annotations

import math
from typing import Any

from endpoint_rows import Tables, day_of

SHOW_LIFE = ("mrd_samples", "treatments", "transplants", "responses", "marrows", "counts", "variants", "events")


def death_day(tables: Tables) -> int | None:
    """The patients' table says it, else the first event that does."""
    [person] = tables["patients"]
    if person.get("death_day") is not None:
        return person["death_day"]
    return min(
        (e["event_day"] for e in tables["events"] if e["kind"] == "death" and e["present"] is not False), default=None
    )


def last_known_alive(tables: Tables) -> int | None:
    [person] = tables["patients"]
    facts = [day_of(r) for name in SHOW_LIFE for r in tables.get(name, []) if r.get("kind") != "death"]
    contact = person.get("last_contact_day")
    return max([*facts, *([] if contact is None else [contact])], default=None)


def relapse_days(tables: Tables) -> list[int]:
    """Recorded relapses; and, from the day after a first remission, disease in a marrow or outside it.

    A remission that a marrow of the same day contradicts is none.
    """
    diseased = {m["sample_day"] for m in tables["marrows"] if m["blasts_pct"] is not None and m["blasts_pct"] >= 5}
    begin = min(remission_days(tables), default=math.inf)
    recorded = [e["event_day"] for e in tables["events"] if e["kind"] == "relapse" and e["present"] is not False]
    recorded += [r["response_day"] for r in tables["responses"] if r["reported_response"] == "relapse"]
    outside = [
        e["event_day"] for e in tables["events"] if e["kind"] == "extramedullary disease" and e["present"] is not False
    ]
    return sorted([*recorded, *(day for day in [*diseased, *outside] if day > begin)])


def remission_days(tables: Tables) -> list[int]:
    diseased = {m["sample_day"] for m in tables["marrows"] if m["blasts_pct"] is not None and m["blasts_pct"] >= 5}
    said = {r["response_day"] for r in tables["responses"] if r["reported_response"] in ("CR", "CRi")}
    return sorted(said - diseased)


def mrd_relapses(tables: Tables) -> list[int]:
    """Days of the first samples of confirmed MRD relapses in the marrow (ELN 2021; FILO for the second one).

    In a documented remission: a positive sample after a negative one, or ten times the lowest level where that was low
    (below 2 % of ABL1), confirmed by the next sample if still positive, or still ten times that lowest level. After
    treatment of a relapse: ten times the lowest level since, once the level fell tenfold from the one before treatment.
    """
    by_day: dict[int, float | None] = {}
    for s in tables["mrd_samples"]:
        level = s.get("value")
        earlier = by_day.get(s["sample_day"])
        by_day[s["sample_day"]] = max((x for x in (level, earlier) if x is not None), default=None)
    facts: list[tuple[int, int, str, float | None]] = [(day, 2, "sample", level) for day, level in by_day.items()]
    facts += [(day, 0, "remission", None) for day in remission_days(tables)]
    facts += [(day, 1, "relapse", None) for day in relapse_days(tables)]
    facts += [(t["start_day"], 3, "therapy", None) for t in tables["treatments"] if t["intent"] == "pre-emptive"]
    facts += [(t["transplant_day"], 4, "graft", None) for t in tables["transplants"]]
    relapses: list[int] = []
    remission_now, seen = False, Epoch()
    for day, _, kind, level in sorted(facts, key=lambda fact: fact[:2]):
        if kind == "remission" and not remission_now:
            remission_now, seen = True, Epoch()
        elif kind == "relapse":
            remission_now = False
        elif kind == "graft":
            seen = Epoch()
        elif kind == "therapy" and (seen.suspected is not None or seen.relapsed or seen.treated_from is not None):
            seen = Epoch(treated_from=seen.last)
        elif kind == "sample" and remission_now and (confirmed := seen.take(day, level)) is not None:
            relapses.append(confirmed)
    return relapses


class Epoch:
    """What is compared with: since the remission, the graft, or the start of treatment of an MRD relapse."""

    def __init__(self, treated_from: float | str | None = None) -> None:
        self.treated_from = treated_from
        self.negative = self.responded = self.relapsed = False
        self.lowest: float | None = None
        self.last: float | str | None = None
        self.suspected: tuple[int, float | None] | None = None

    def take(self, day: int, level: float | None) -> int | None:
        """Take a sample; return the day of the relapse that it confirms."""
        confirmed = None
        if level is None:
            self.negative, self.relapsed, self.suspected, self.treated_from = True, False, None, None
        elif self.suspected is not None:
            since, over = self.suspected
            if over is None or level / over >= 10 - 1e-6:
                confirmed, self.relapsed = since, True
            self.suspected = None
        elif self.relapsed:
            pass
        elif self.treated_from is not None and not self.responded:
            self.responded = isinstance(self.treated_from, float) and self.treated_from / level >= 10 - 1e-6
        elif self.negative:
            self.suspected = (day, None)
        elif self.lowest is not None and level / self.lowest >= 10 - 1e-6 and (self.responded or self.lowest < 2):
            self.suspected = (day, self.lowest)
        if level is not None:
            self.lowest = level if self.lowest is None else min(self.lowest, level)
        self.last = "negative" if level is None else level
        return confirmed


def oracle(tables: Tables, name: str) -> tuple[Any, ...] | str:
    """(days, event, kind), or "left out"."""
    [person] = tables["patients"]
    died, relapses, molecular = death_day(tables), relapse_days(tables), mrd_relapses(tables)
    begin = {
        "OS": person["diagnosis_day"],
        "RFS": min(remission_days(tables), default=None),
        "RFS-MRD": min(molecular, default=None),
    }[name]
    if begin is None or (name != "OS" and begin in relapses):
        return "left out"
    ends = [] if died is None else [(died, 2, "death")]
    if name != "OS":
        ends += [(day, 0, "relapse") for day in relapses if day > begin]
    if name == "RFS-MRD":
        ends += [(day, 1, "MRD relapse") for day in molecular if day > begin]
        looked = [r["sample_day"] for r in [*tables["mrd_samples"], *tables["marrows"]]]
        until = max(looked, default=None)
    else:
        until = last_known_alive(tables)
    if ends:
        day, _, kind = min(ends)
        return (float(day - begin), True, kind) if day >= begin else "left out"
    if until is None or until < begin:
        return "left out"
    return float(until - begin), False, None


def undocumented_second_remission(tables: Tables) -> bool:
    """Samples after a relapse, a graft or a treatment without a remission said to have followed: left to sets."""
    begin = min(remission_days(tables), default=math.inf)
    shown = [s["sample_day"] for s in tables["mrd_samples"]]
    relapsed = min(relapse_days(tables), default=math.inf)
    return any(day < begin or day >= relapsed for day in shown)
