"""A patient on one page, for a tumour board to read in a minute: where the patient stands, what to do now, the options with
their evidence, the next sample, what is missing and what would change it, and the numbered sources of every sentence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from tenfold.assessment import Assessment
from tenfold.guidance.molecular_facts import CONFIRMED
from tenfold.guidance.options.standing import THOL, Standing
from tenfold.guidance.trials.eligibility import StructuredTrial, known_trials
from tenfold.guidance.trials.matching import matches
from tenfold.guidance.trials.reasons import AS_FAR_AS_KNOWN, MATCHES
from tenfold.logic.at_once import of_one_patient
from tenfold.reports.options import options_of
from tenfold.reports.remission import next_lines, remission_sections
from tenfold.reports.treatment import treatment_lines
from tenfold.vocabulary import Method

MOST_TRIALS = 5
MOST_MODELS = 4
MOST_OPEN = 8
MOST_FACTS = 3
MOST_SERIES = 3
"""More of each than this are counted: a page that is read in a minute has room for no more."""

IN_SHORT = (Standing.NOT_FAVOURED, Standing.NOT_YET)
"""Standings that are named in a line, without evidence."""


@dataclass(frozen=True)
class Elsewhere:
    """Where a reader finds what the page only counts: the other models, what hangs on unknowns, more evidence of a search."""

    models: str = "tenfold patient --full"
    open: str = "tenfold patient --json lists them all"
    evidence: str = "tenfold evidence {}"


class Sources:
    """The sources of a page, numbered as they are first cited."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def cite(self, source: str) -> int:
        """The number of a source."""
        return self._numbers.setdefault(source, len(self._numbers) + 1)

    def listed(self) -> list[dict[str, Any]]:
        """Every source with its number, in order."""
        return [{"number": number, "source": source} for source, number in self._numbers.items()]


@of_one_patient
def board(
    assessment: Assessment,
    card: Mapping[str, Any],
    trials: Sequence[StructuredTrial] | None = None,
    elsewhere: Elsewhere = Elsewhere(),
) -> dict[str, Any]:
    """Return the page of a patient's card as plain data; each line has the number of its source in `sources`.

    `trials` are those that the patient is matched with: the library's, if None. `elsewhere`: where the rest is found.

    `sections`: title and lines; `options`: those that stand for this patient, first the highest; `in_short`: options named
    without evidence; `open`: options that hang on what is not known, shortened to a page, and `open_options`: all of them.
    """
    sources = Sources()
    if card["died"]:
        return {**EMPTY, **_head(card), "sections": [{"title": "Died", "lines": [_line(card["died"], sources)]}]}
    told = options_of(assessment, card["patient_id"])
    patient_id = card["patient_id"]

    def line(text: str, source: str | None) -> dict[str, Any]:
        return _line(text, sources, source)

    sections = [
        ("Where the patient stands", _where(card, told, sources, assessment.settings["guidance.sample_window"])),
        ("Signs of an especially poor outcome", _flags(told, sources)),
        ("Risk, by the models that apply", _risk(card, sources, elsewhere)),
        ("Now, beside any treatment", [_line(_step(one), sources, one["source"]) for one in told["steps"]]),
        ("Next sample", next_lines(assessment, patient_id, line)),
        *remission_sections(assessment, patient_id, line),
        ("Venetoclax and what it does", treatment_lines(assessment, patient_id, line)),
    ]
    options = [_option(one, sources, elsewhere) for one in told["options"] if one["standing"] not in IN_SHORT]
    offered = known_trials() if trials is None else trials
    matched = _trials(assessment, patient_id, offered, sources, undecided=bool(told["options"]))
    return {
        **_head(card),
        "sections": [{"title": title, "lines": lines} for title, lines in sections if lines],
        "options": options,
        "in_short": [_short(one, sources) for one in told["options"] if one["standing"] in IN_SHORT],
        "open": _hanging(told["open_options"], elsewhere),
        "open_options": told["open_options"],
        "trials": matched,
        "approvals_on": _approvals_on(told["approvals_on"]) if told["options"] else "",
        "sources": sources.listed(),
    }


EMPTY: dict[str, Any] = {
    "options": [],
    "in_short": [],
    "open": [],
    "open_options": [],
    "trials": [],
    "approvals_on": "",
    "sources": [],
}
"""A page without advice."""


def _head(card: Mapping[str, Any]) -> dict[str, Any]:
    """Who the page is about, and as of when."""
    last = f", the last dated entry of {card['last_entry']}" if card["last_entry"] else ""
    as_of = f"as of {card['as_of']}" if card["as_of"] else f"as of all that is on record{last}"
    who = ", ".join(str(part) for part in (card["sex"], card["age"], as_of) if part)
    return {"patient_id": card["patient_id"], "who": who}


def _line(text: str, sources: Sources, source: str | None = None) -> dict[str, Any]:
    return {"text": text, "cite": sources.cite(source) if source else None}


def _flags(told: Mapping[str, Any], sources: Sources) -> list[dict[str, Any]]:
    """The flags of a poor outcome that are there or not known, and the age, which has no threshold in the source."""
    said = [
        one["flag"] if one["state"] == "yes" else f"{one['flag']}: not known"
        for one in told["flags"]
        if one["state"] != "no"
    ]
    if not told["flags"]:
        return []
    age = "" if told["age_years"] is None else f"; age {told['age_years']:.0f} (the source gives no threshold)"
    return [_line(("; ".join(said) or "none of the four") + age, sources, told["source"])]


def _where(card: Mapping[str, Any], told: Mapping[str, Any], sources: Sources, window: int) -> list[dict[str, Any]]:
    """Where the patient stands, in a few lines. A sample older than `window` days is said to be old."""
    state = card["molecular_state"]
    headline = told["situation"]["headline"]
    if headline.startswith(("cannot be told", "one of")):
        headline = "which branch of the review applies cannot be told from these records"
    lines = [_line(headline, sources, told["source"])]
    if state["possible"]:
        since = f": {state['since'][0]}" if state["since"] else ""
        lines.append(_line(f"molecular state: {' or '.join(state['possible'])}{since}", sources))
    for stream in card["streams"]:
        samples = [row for row in stream["history"] if row["what"] == "sample"]
        if samples:
            last = samples[-1]
            lines.append(_line(f"last {_of(stream)}, {last['day']}: {last['level']}{_aged(stream, window)}", sources))
            if stream["method"] == Method.NGS:
                lines.append(_line("sequencing alone leads to no option: no decision rests on it", sources, THOL))
    lines += [_line(said, sources) for stream in card["streams"] for said in _relapses_before(stream)]
    latest = {(one["marker"], one["tissue"]): one for one in card["molecular_responses"]}
    for one in latest.values():
        text = f"response to {one['regimen'] or 'the last treatment'}: {one['headline']} ({_of(one)}, {one['day']})"
        lines.append(_line(text, sources, one["citation"]))
    if card["course"]:
        last = card["course"][-1]
        lines.append(_line(f"disease: {last['what']} ({last['source']}, {last['day']})", sources))
    return lines


def _of(stream: Mapping[str, Any]) -> str:
    return f"{stream['marker']} in {stream['tissue'] or 'a tissue not recorded'}"


def _aged(stream: Mapping[str, Any], window: int) -> str:
    """That a sample is too old to tell the level now."""
    days = stream["last_sample_days"]
    if days is None or days <= window:
        return ""
    return f"; {days} days ago: older than {window} days, it does not tell the level now"


def _relapses_before(stream: Mapping[str, Any]) -> list[str]:
    """The confirmed molecular relapses of a stream that is in none of them now."""
    confirmed = {
        row["relapse_number"]: row["relapse_dated_at"] for row in stream["history"] if row["state"] in CONFIRMED
    }
    if stream["state"] in CONFIRMED:
        confirmed.pop(stream["history"][-1]["relapse_number"], None)
    days = {row["sample_id"]: row["day"] for row in stream["history"] if row["sample_id"]}
    return [
        f"molecular relapse before, confirmed: {_of(stream)}" + (f", first sample {days[at]}" if at in days else "")
        for at in confirmed.values()
    ]


def _risk(card: Mapping[str, Any], sources: Sources, elsewhere: Elsewhere) -> list[dict[str, Any]]:
    """The models that apply, or may, with their group."""
    shown = [view for view in card["models"] if view["possible"] and view["applies"] != "outside its scope"]
    lines = []
    telling = [view for view in shown if len(view["possible"]) < len(view["groups"])]
    # What is single says most.
    for view in sorted(telling, key=lambda view: len(view["possible"]))[:MOST_MODELS]:
        # A figure is shown only of a model that surely applies, from an original that was read.
        firm = view["applies"] == "yes" and view["published_verified"] and len(view["possible"]) == 1
        published = f" - {view['published'][0]}" if firm and view["published"] else ""
        lines.append(_line(f"{view['model']}: {view['headline']}{published}", sources, view["citation"]))
    if len(telling) > MOST_MODELS:
        lines.append(_line(f"and {len(telling) - MOST_MODELS} more: {elsewhere.models}", sources))
    return lines


def _hanging(found: Sequence[Mapping[str, Any]], elsewhere: Elsewhere) -> list[dict[str, Any]]:
    """What hangs on facts not known, the shortest questions first; of many, how many more."""
    lines = [_open(one) for one in found[:MOST_OPEN]]
    if len(found) > MOST_OPEN:
        more = sum(len(one["options"]) for one in found[MOST_OPEN:])
        lines.append({"unknown": f"{more} more", "options": f"too little is known; {elsewhere.open}"})
    return lines


def _trials(
    assessment: Assessment, patient_id: str, trials: Sequence[StructuredTrial], sources: Sources, *, undecided: bool
) -> list[dict[str, Any]]:
    """The trials that match as far as is known, and those `undecided` by few facts; the others are counted."""
    mine = assessment.guidance.filter(pl.col("patient_id") == patient_id)
    rows = matches(mine, list(trials), assessment.registry.date_of(assessment.on)).to_dicts()
    asked = [row for row in rows if row["criteria"]]
    may = [row for row in asked if row["match"] is not False]
    open_ = [row for row in may if undecided or row["answer"] in (MATCHES, AS_FAR_AS_KNOWN)]
    lines = []
    for row in sorted(open_, key=lambda row: len(row["decided_by"]))[:MOST_TRIALS]:
        deciding = f"; {'; '.join(row['decided_by'])} decides" if row["decided_by"] else ""
        dated = f", {row['status_date']}" if row["status_date"] else ", undated"
        note = f" (status: {row['status']}{dated})" if row["status"] else ""
        lines.append(_line(f"{row['trial']}, {row['title']}: {row['answer']}{deciding}{note}", sources, row["source"]))
    closed, left = len(asked) - len(may), len(may) - len(lines)
    unread = len(rows) - len(asked)
    counted = [
        f"{closed} do not match" if closed else "",
        f"{left} more are open" if left else "",
        f"{unread} can only be matched by reading their protocols" if unread else "",
    ]
    if lines and any(counted):
        lines.append(_line("; ".join(part for part in counted if part), sources))
    return lines


def _step(one: Mapping[str, Any]) -> str:
    if one["now"]:
        return f"{one['step']}: {one['why']}"
    if one["if"]:
        return f"{one['step']}, if {_deciding(one['if'])}"
    return f"{one['step']}? It depends on {_deciding(one['depends_on'][:MOST_FACTS])}"


def _deciding(names: Sequence[str]) -> str:
    return "; ".join(name if name[:2].isupper() else name[:1].lower() + name[1:] for name in names)


def _option(one: Mapping[str, Any], sources: Sources, elsewhere: Elsewhere) -> dict[str, Any]:
    return {
        **one,
        "cite": sources.cite(one["source"]),
        "evidence": [{**row, "cite": sources.cite(row["citation"])} for row in one["evidence"][:MOST_SERIES]],
        "more_line": _more(one, elsewhere),
        "cautions": [{**row, "cite": sources.cite(row["source"])} for row in one["cautions"]],
        "approval_line": _approvals(one["approvals"]),
        "change_lines": [f"{row['if']} - then {row['then']}" for row in one["changes"]],
    }


def _approvals(rows: Sequence[Mapping[str, Any]]) -> str:
    """What each agency had approved, agencies of whom the same is known together."""
    said: dict[str, list[str]] = {}
    for row in rows:
        said.setdefault(_approved(row), []).append(row["agency"])
    return "; ".join(f"{' and '.join(agencies)}: {text}" for text, agencies in said.items())


def _more(one: Mapping[str, Any], elsewhere: Elsewhere) -> str:
    """What evidence there is beyond the series that are shown."""
    left = one["more_evidence"]
    series = len(one["evidence"]) - MOST_SERIES
    said = f"{series} more series" if series > 0 else "more" if left["rows"] else ""
    return f"{said}: {elsewhere.evidence.format(left['search'])}" if said else ""


def _approved(row: Mapping[str, Any]) -> str:
    return f"{row['approved']}: {row['because']}" if row["approved"] == "no" else str(row["because"])


def _short(one: Mapping[str, Any], sources: Sources) -> dict[str, Any]:
    return {
        "option": one["option"],
        "standing": one["standing"],
        "why": one["why"],
        "cite": sources.cite(one["source"]),
    }


def _open(one: Mapping[str, Any]) -> dict[str, Any]:
    """Options that hang on facts not known, as one line."""
    named = ", ".join(f"{option['option']} ({option['may_be']})" for option in one["options"])
    if len(one["if"]) == 1:
        return {"unknown": f"if {_deciding(one['if'])}", "options": named}
    facts = _deciding(one["if"][:MOST_FACTS])
    rest = len(one["if"]) - MOST_FACTS
    return {"unknown": f"depends on {facts}" + (f" and {rest} more" if rest > 0 else ""), "options": named}


def _approvals_on(asked: Mapping[str, Any]) -> str:
    if asked["of_the_assessment"]:
        return f"Approvals as of {asked['day']}."
    return f"Approvals as of {asked['day']}, the last that the library holds: the assessment has no calendar day."
