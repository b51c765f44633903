"""A patient on one page, for a tumour board to read in a minute: where the patient stands, what to do now, the options with
their evidence, the next sample, what is missing and what would change it, and the numbered sources of every sentence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tenfold.assessment import Assessment
from tenfold.guidance.standing import Standing
from tenfold.reports.options import options_of

MOST_DRIVERS = 3
IN_SHORT = (Standing.NOT_FAVOURED, Standing.NOT_YET)
"""Standings that are named in a line, without evidence."""


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


def board(assessment: Assessment, card: Mapping[str, Any]) -> dict[str, Any]:
    """Return the page of a patient's card as plain data; each line has the number of its source in `sources`."""
    sources = Sources()
    told = options_of(assessment, card["patient_id"])
    return {
        "patient_id": card["patient_id"],
        "where": _where(card, told, sources),
        "flags": [one for one in told["flags"] if one["state"] != "no"],
        "risk": _risk(card, sources),
        "steps": [{**one, "cite": sources.cite(one["source"]), "said": _step(one)} for one in told["steps"]],
        "options": [_option(one, sources) for one in told["options"] if one["standing"] not in IN_SHORT],
        "in_short": [_short(one, sources) for one in told["options"] if one["standing"] in IN_SHORT],
        "open": [_open(one) for one in told["open_options"]],
        "approvals_on": _approvals_on(told["approvals_on"]),
        "sources": sources.listed(),
    }


def _where(card: Mapping[str, Any], told: Mapping[str, Any], sources: Sources) -> list[dict[str, Any]]:
    """Where the patient stands, in a few lines."""
    state = card["molecular_state"]
    lines = [{"text": told["situation"]["headline"], "cite": sources.cite(told["source"])}]
    if state["possible"]:
        since = f": {state['since'][0]}" if state["since"] else ""
        lines.append({"text": " or ".join(state["possible"]) + since, "cite": None})
    if card["course"]:
        last = card["course"][-1]
        lines.append({"text": f"last turn: {last['what']} ({last['source']}, {last['day']})", "cite": None})
    return lines


def _risk(card: Mapping[str, Any], sources: Sources) -> list[dict[str, Any]]:
    """The models that apply, or may, with their group."""
    shown = [view for view in card["models"] if view["possible"] and view["applies"] != "outside its scope"]
    return [
        {
            "model": view["model"],
            "group": view["headline"],
            "published": view["published"][0] if len(view["possible"]) == 1 and view["published"] else "",
            "cite": sources.cite(view["citation"]),
        }
        for view in shown
        if len(view["possible"]) < len(view["groups"])
    ]


def _step(one: Mapping[str, Any]) -> str:
    if one["now"]:
        return f"{one['step']}: {one['why']}"
    return f"{one['step']}, if {_deciding(one['decided_by'])}"


def _deciding(names: Sequence[str]) -> str:
    return "; ".join(name[:1].lower() + name[1:] if not name[:2].isupper() else name for name in names)


def _option(one: Mapping[str, Any], sources: Sources) -> dict[str, Any]:
    return {
        **one,
        "cite": sources.cite(one["source"]),
        "evidence": [{**row, "cite": sources.cite(row["citation"])} for row in one["evidence"]],
        "cautions": [{**row, "cite": sources.cite(row["source"])} for row in one["cautions"]],
        "approval_line": "; ".join(f"{row['agency']}: {_approved(row)}" for row in one["approvals"]),
        "change_lines": [f"{row['if']}: then {row['then']}" for row in one["changes"]],
    }


def _approved(row: Mapping[str, Any]) -> str:
    return row["because"] if row["approved"] == "yes" else f"{row['approved']} ({row['because']})"


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
    return {"unknown": "; ".join(one["decided_by"]), "options": named}


def _approvals_on(asked: Mapping[str, Any]) -> str:
    if asked["of_the_assessment"]:
        return f"Approvals as of {asked['day']}."
    return f"Approvals as of {asked['day']}, the last that the library holds: the assessment has no calendar day."
