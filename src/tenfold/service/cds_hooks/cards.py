"""What is said on opening a patient's chart: molecular state, samples, risk, options, stopping, and what is missing.

A card is made only of what is known, or of what is possible and says so; its urgency follows the worklist and the molecular
state, nothing is defined here anew. Traps: of a patient of whom nothing says acute myeloid leukaemia, or who has died, there is
nothing to say; what could not be read may be just the result that matters, so it is named wherever something hangs on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tenfold.assessment import Assessment
from tenfold.guidance.options.standing import THOL
from tenfold.guidance.remission.stopping import MOLICA
from tenfold.reports.board import board
from tenfold.reports.card import card
from tenfold.service.cds_hooks.card_parts import Line, Statement, page_lines
from tenfold.service.cds_hooks.messages import Indicator
from tenfold.service.cds_hooks.prefetched import Patient
from tenfold.vocabulary import MolecularState
from tenfold.worklist import EntryKind, worklist

CONFIRMED = {MolecularState.RELAPSE_CONFIRMED}
GRAVE = CONFIRMED | {
    MolecularState.PROGRESSION,
    MolecularState.RELAPSE_UNCONFIRMED,
    MolecularState.RELAPSE_UNCONFIRMED_TREATED,
    MolecularState.IN_RELAPSE,
}
"""States that a clinician is told of on opening the chart."""
HEUSER = "Heuser et al., Blood 2021;138:2753-2767"
PLANNED, BOARD, SEEN = "Noted: the sample is planned", "Noted: for the tumour board", "Noted"
MOST_UNREAD = 12
MOST_OPTIONS = 6
MOST_FACTS = 5
BESIDE = "Now, beside any treatment"
STOPPING = "Stopping venetoclax"


@dataclass(frozen=True)
class View:
    """What is known of the patient of a call, in the forms that the cards read.

    `nobody`: there is nothing to say of the patient, who has no leukaemia on record, or is dead; the forms may then be empty.
    """

    patient: Patient
    assessment: Assessment
    nobody: bool
    card: Mapping[str, Any] = field(default_factory=dict)
    page: Mapping[str, Any] = field(default_factory=dict)
    entries: Sequence[Mapping[str, Any]] = ()

    def section(self, title: str) -> tuple[Line, ...]:
        """The lines of a section of the tumour board's page; none where it is not there."""
        return page_lines(
            self.page, [line for one in self.page["sections"] if one["title"] == title for line in one["lines"]]
        )

    def of(self, kind: EntryKind) -> list[Mapping[str, Any]]:
        """The worklist's entries of a kind."""
        return [one for one in self.entries if one["kind"] == kind.value]


def view_of(patient: Patient, assessment: Assessment) -> View:
    """Gather what the cards read. KeyError for a patient who is not in the assessment."""
    if patient.died or not patient.leukaemia:
        return View(patient, assessment, nobody=True)
    told = card(assessment, patient.patient_id)
    page, entries = board(assessment, told, []), worklist(assessment).to_dicts()
    return View(patient, assessment, told["died"] is not None, told, page, entries)


def patient_view(view: View) -> tuple[Statement, ...]:
    """The statements on opening the chart, the most urgent first; none of a patient without leukaemia, or who has died."""
    if view.nobody:
        return ()
    found = [*_molecular(view), *_samples(view), *_stopping(view), *_options(view), *_risk(view)]
    found += _missing(view, bool(found))
    order: tuple[Indicator, ...] = ("critical", "warning", "info")
    return tuple(sorted(found, key=lambda one: order.index(one.indicator)))


def _molecular(view: View) -> Iterator[Statement]:
    """A molecular relapse, confirmed, to be confirmed, or possible."""
    state = view.card["molecular_state"]
    possible = set(state["possible"])
    if not possible & GRAVE:
        return
    certain = possible <= GRAVE
    # What one tissue confirmed is confirmed, whatever another still waits for.
    waiting = [] if possible <= CONFIRMED else view.of(EntryKind.UNCONFIRMED_RELAPSE)
    late = max((entry["overdue_days"] or 0 for entry in waiting), default=0)
    stream = _stream(view, possible)
    if certain:
        one = " or ".join(state["possible"]) if len(possible) == 1 else "MRD relapse or progression"
        wanted = "; second sample of the same tissue needed" if waiting else ""
    else:
        one = "MRD relapse possible"
        wanted = f"; not known {state['decided_by'][0]}" if state["decided_by"] else ""
    overdue = f"; second sample {late} days overdue" if late else wanted
    summary = f"{one[:1].upper()}{one[1:]}{_last(stream)}{overdue}"
    why = [Line(one["because"]) for one in waiting]
    since = [Line(text, stream["citation"] if stream else None) for text in state["since"]]
    relapse = [Line(state["relapse"])] if state["relapse"] else []
    untreated = [*view.of(EntryKind.CONFIRMED_RELAPSE), *view.of(EntryKind.MOLECULAR_FAILURE)]
    decides = [Line(f"not known, and decides: {text}") for text in state["decided_by"]]
    closes = [Line(one["closes_by"]) for one in (*untreated, *waiting)]
    yield Statement(
        "molecular-state",
        "critical" if possible <= CONFIRMED else "warning",
        summary,
        (
            ("Where the patient stands", view.section("Where the patient stands")),
            ("Why", (*since, *relapse, *decides)),
            ("No treatment on record", tuple(Line(one["because"]) for one in untreated)),
            ("To confirm", tuple(why)),
            ("Closes by", tuple(closes)),
            (BESIDE, view.section(BESIDE)),
            ("Next sample", view.section("Next sample")),
        ),
        THOL if stream is None or not stream["citation"] else stream["citation"],
        (PLANNED, BOARD) if waiting else (BOARD,),
    )


def _stream(view: View, possible: set[str]) -> Mapping[str, Any] | None:
    """The stream that the state is of: the one with the latest sample among those that can have it."""
    mine = [one for one in view.card["streams"] if possible & GRAVE & set(one["possible"] or ())]
    return mine[-1] if mine else None


def _last(stream: Mapping[str, Any] | None) -> str:
    """Marker, tissue, level and day of the last sample of a stream."""
    samples = [row for row in stream["history"] if row["what"] == "sample"] if stream else []
    if stream is None or not samples:
        return ""
    where = f"{stream['marker']} in {stream['tissue'] or 'a tissue not recorded'}"
    return f": {where} {samples[-1]['level']}, {samples[-1]['day']}"


def _samples(view: View) -> Iterator[Statement]:
    """Samples that are overdue, and samples too poor to be called."""
    for kind, said in (
        (EntryKind.SAMPLE_OVERDUE, "MRD sample overdue"),
        (EntryKind.INADEQUATE_SAMPLE, "MRD sample too poor to be called"),
    ):
        found = view.of(kind)
        if not found:
            continue
        certain = [one for one in found if one["certain"]]
        first = (certain or found)[0]
        where = f"{first['marker']} in {first['tissue']}" if first["tissue"] else str(first["marker"])
        late = f", {first['overdue_days']} days" if first["overdue_days"] else ""
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        yield Statement(
            "samples",
            "warning" if certain else "info",
            f"{said if certain else f'{said}, not certain'}: {where}{late}{more}",
            (
                ("Needed now", tuple(Line(one["because"]) for one in found)),
                ("Closes by", tuple(Line(text) for text in dict.fromkeys(one["closes_by"] for one in found))),
                ("Next sample", view.section("Next sample")),
            ),
            HEUSER,
            (PLANNED,),
        )


def _stopping(view: View) -> Iterator[Statement]:
    """Whether stopping venetoclax may be considered: only where every criterion is known and met."""
    for one in view.of(EntryKind.STOPPING):
        yield Statement(
            "stopping",
            "info",
            "Stopping venetoclax may be considered: every criterion of the chosen duration is met",
            (("Why", (Line(one["because"]),)), (STOPPING, view.section(STOPPING))),
            MOLICA,
            (BOARD,),
        )


def option_lines(view: View, options: Sequence[Mapping[str, Any]]) -> tuple[tuple[str, tuple[Line, ...]], ...]:
    """Each option with where it stands and why, its evidence, approvals, cautions and what would change it."""
    sources = {one["number"]: one["source"] for one in view.page["sources"]}
    found = []
    for one in options:
        lines = [Line(f"{one['says']} ({one['why']})", one["source"]), *([Line(one["newer"])] if one["newer"] else [])]
        for row in one["evidence"]:
            n = "" if row["n"] is None else f", n {row['n']}"
            lines.append(Line(f"{row['study']} ({row['population']}{n}): {row['said']}", sources[row["cite"]]))
        more = _here(one["more_line"])
        lines += [Line(f"{more} in Tenfold's evidence library")] if more else []
        lines += [Line(one["approval_line"])] if one["approval_line"] else []
        lines += [Line(f"caution: {row['text']}", row["source"]) for row in one["cautions"]]
        lines += [Line(f"would change it: {text}") for text in one["change_lines"]]
        found.append((f"{one['option']}: {one['standing']}", tuple(lines)))
    return tuple(found)


def _here(text: str) -> str:
    """A text without the command that it names: there is no command line in a record system."""
    return text.partition(": tenfold ")[0].partition("; tenfold ")[0]


def _options(view: View) -> Iterator[Statement]:
    """The options that stand for the patient, with their evidence."""
    options = view.page["options"]
    if not options:
        return
    names = ", ".join(f"{one['option']} ({one['standing']})" for one in options)
    short = tuple(
        Line(f"{one['option']}: {one['standing']} ({one['why']})", view.page["sources"][one["cite"] - 1]["source"])
        for one in view.page["in_short"]
    )
    yield Statement(
        "options",
        "info",
        f"Options with their evidence: {names}",
        (
            (BESIDE, view.section(BESIDE)),
            *option_lines(view, options[:MOST_OPTIONS]),
            ("Further", tuple(Line(f"{one['option']}: {one['standing']}") for one in options[MOST_OPTIONS:])),
            ("In short", short),
            ("Approvals", (Line(view.page["approvals_on"]),)),
        ),
        THOL,
        (BOARD,),
    )


def _risk(view: View) -> Iterator[Statement]:
    """Where risk models that apply contradict each other; nothing where they do not."""
    told = view.card["differences"]
    if not told:
        return
    apart = [one for one in view.card["models"] if any(f"{one['model']} says " in text for text in told)]
    telling = [one for one in view.card["models"] if one["possible"] and len(one["possible"]) < len(one["groups"])]
    yield Statement(
        "risk",
        "info",
        f"Risk models disagree: {', '.join(_claim(one) for one in apart)}",
        (
            ("They differ", tuple(Line(text) for text in told)),
            ("By model", tuple(_model(one) for one in telling)),
        ),
        apart[0]["citation"],
    )


def _claim(one: Mapping[str, Any]) -> str:
    return f"{one['model']} {' or '.join(one['possible'])}"


def _model(one: Mapping[str, Any]) -> Line:
    drivers = f" - driven by {'; '.join(one['drivers'])}" if one["drivers"] else ""
    doubt = f" - applies only if {'; '.join(one['scope_in_doubt'])}" if one["scope_in_doubt"] else ""
    outside = f" - {'; '.join(one['why_not'])}" if one["why_not"] else ""
    return Line(f"{one['model']}: {one['headline']}{drivers}{doubt}{outside}", one["citation"])


def _missing(view: View, said: bool) -> Iterator[Statement]:
    """What leaves answers open, what was not sent, and what could not be read: where anything hangs on it."""
    patient = view.patient
    state = view.card["molecular_state"]
    open_ = [*view.page["open"]] if said else []
    lost = [*patient.set_aside, *patient.unread]
    if not (open_ or lost or (said and patient.missing)):
        return
    said_of = [one["unknown"].removeprefix("if ").removeprefix("depends on ").split("; ") for one in open_]
    facts = list(dict.fromkeys(fact for one in said_of for fact in one))
    if lost:
        summary = f"{len(lost)} kinds of record could not be used: what is said here may miss them"
    elif open_:
        summary = f"What is not known leaves options open: {'; '.join(facts[:MOST_FACTS])}"
    else:
        summary = f"Not all was sent: {'; '.join(one.partition(':')[0] for one in patient.missing)}"
    yield Statement(
        "missing",
        "warning" if patient.set_aside else "info",
        summary,
        (
            ("Set aside, not used", tuple(Line(text) for text in patient.set_aside[:MOST_UNREAD])),
            ("Sent, and not read", tuple(Line(text) for text in patient.unread[:MOST_UNREAD])),
            ("Not sent", tuple(Line(text) for text in patient.missing)),
            ("Decides the molecular state", tuple(Line(text) for text in state["decided_by"])),
            ("Hangs on what is not known", tuple(Line(f"{one['unknown']}: {_here(one['options'])}") for one in open_)),
        ),
        THOL,
        (SEEN,),
    )


__all__ = ["View", "option_lines", "patient_view", "view_of"]
