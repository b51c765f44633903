"""What is said on choosing an order: venetoclax, or a medicine that acts on it, for a patient with acute myeloid leukaemia.

What each source prints is said side by side, for the day of treatment where it is known, else for each step of the ramp-up; a
source whose answer hangs on what is not known says on what. Ordered and drafted medicines are counted as taken, and named:
whether they are taken is not recorded. Traps: venetoclax is given for other diseases too, so that nothing is said without
leukaemia on record; no medicine on record is not none; a card never changes the order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from tenfold.guidance.venetoclax.dose_data import CAUTIONS, LAST_STEP
from tenfold.guidance.venetoclax.dosing import DOSE_QUESTIONS, NEVER_AN_ORDER, doses
from tenfold.guidance.venetoclax.interactions import (
    AZOLES,
    FACTS,
    QT_WITH_AZOLE,
    Interaction,
    interaction,
    interactions,
    medicines,
)
from tenfold.guidance.venetoclax.picture import BESIDE, DECITABINE, venetoclax_lines
from tenfold.logic.explain import Explanation, explain
from tenfold.service.cds_hooks.card_parts import Line, Statement
from tenfold.service.cds_hooks.cards import BOARD, View, option_lines
from tenfold.service.cds_hooks.orders import Drafts

VENETOCLAX = "venetoclax"
LATELY = 42
"""Days since the last venetoclax on record within which it still counts: a cycle with its pause. Ours."""
SOURCES = "the labels of venetoclax, ELN 2022, FILO 2025 and Tiong 2021"
PHARMACY = "Noted: for the pharmacist"
EFFECTS = {
    "posaconazole": "strong CYP3A4 inhibitor",
    "other_strong_cyp3a4_inhibitor": "strong CYP3A4 inhibitor",
    "moderate_cyp3a4_inhibitor": "moderate CYP3A4 inhibitor",
    "p_gp_inhibitor": "P-gp inhibitor",
    "cyp3a4_inducer": "CYP3A4 inducer",
    "interaction_disputed": "strength disputed by the sources",
}
CAUTIONS_OF_A_START = ("tumour lysis", "kidney")


def order_select(view: View, drafts: Drafts, day: int | None) -> tuple[Statement, ...]:
    """The statements on the chosen orders; none where neither venetoclax nor what acts on it was chosen, or no leukaemia."""
    if view.nobody or day is None:
        return ()
    if VENETOCLAX in drafts.chosen:
        return (_dose(view, drafts, day, VENETOCLAX),)
    acting = [drug for drug in drafts.chosen if _effects(drug)]
    if not acting or not _on_venetoclax(view, drafts, day):
        return ()
    return (_dose(view, drafts, day, ", ".join(acting)),)


def _effects(drug: str) -> list[str]:
    """What a medicine does to venetoclax, as far as it is on the list."""
    known = interaction(drug)
    found = [words for fact, words in EFFECTS.items() if known.facts[fact]]
    return found + (["prolongs the QT interval"] if known.qt and drug in QT_WITH_AZOLE else [])


def _on_venetoclax(view: View, drafts: Drafts, day: int) -> str | None:
    """Why venetoclax counts as being given: drafted, ordered, or on record within the last weeks; None where nothing says so."""
    if VENETOCLAX in drafts.others:
        return "venetoclax: in a draft order of this session"
    if VENETOCLAX in view.patient.ordered:
        return "venetoclax: ordered; whether it is taken is not recorded"
    return _on_record(view, day)


def _on_record(view: View, day: int) -> str | None:
    """Venetoclax on record that was not ended weeks ago, in words."""
    registry = view.assessment.registry
    named = pl.col("drugs").str.to_lowercase().str.split("+").list.eval(pl.element().str.strip_chars())
    given = registry.days("treatments").filter(named.list.contains(VENETOCLAX) & (pl.col("start_day") <= day))
    lately = (
        given.filter(pl.col("end_day").is_null() | (pl.col("end_day") >= day - LATELY)).sort("start_day").to_dicts()
    )
    if not lately:
        return None
    last = lately[-1]
    end = "no end on record" if last["end_day"] is None else f"to {registry.format_day(last['end_day'])}"
    return f"venetoclax: on record from {registry.format_day(last['start_day'])}, {end}"


def _dose(view: View, drafts: Drafts, day: int, chosen: str) -> Statement:
    """One card: what acts on venetoclax, what each source prints of the dose, and where options with it stand."""
    registry, patient = view.assessment.registry, view.patient
    ordered = [one for one in dict.fromkeys([*drafts.chosen, *drafts.others, *patient.ordered]) if one != VENETOCLAX]
    recorded = medicines(registry, day).filter(pl.col("acts").fill_null(True))["drug"].unique().sort().to_list()
    acting = {drug: words for drug in dict.fromkeys([*ordered, *recorded]) if (words := _effects(drug))}
    [base] = interactions(registry, day).filter(pl.col("patient_id") == patient.patient_id).to_dicts()
    facts = _together(base, [interaction(drug) for drug in ordered])
    stacked = _stacked([*ordered, *recorded])
    rows = _inputs(view, drafts, day, facts)
    told = [[explain(question, row) for question in DOSE_QUESTIONS] for row in doses(rows).to_dicts()]
    alert = bool(acting) or stacked
    printed = _printed(rows["venetoclax_day"].to_list(), told, known_day=rows.height == 1)
    why = _on_venetoclax(view, drafts, day)
    first = [Line(why)] if why and VENETOCLAX not in drafts.chosen else []
    return Statement(
        "venetoclax",
        "warning" if alert else "info",
        _summary(chosen, acting, stacked, VENETOCLAX in drafts.chosen),
        (
            ("Acts on venetoclax", (*first, *_acting(acting, ordered, recorded), *_doubts(base, ordered, view))),
            ("Daily dose of venetoclax, as each source prints it", (*printed, Line(NEVER_AN_ORDER))),
            ("Cautions", tuple(_cautions(facts, stacked, starting=not _running(view, day)))),
            *_standing(view),
        ),
        SOURCES,
        (PHARMACY, BOARD) if alert else (BOARD,),
    )


def _together(base: Mapping[str, Any], ordered: Sequence[Interaction]) -> dict[str, bool | None]:
    """Each fact of the records, or of an ordered medicine: yes if one is, not known if one may be."""
    found: dict[str, bool | None] = {}
    for fact in FACTS:
        values = [base[fact], *(one.facts[fact] for one in ordered)]
        found[fact] = True if True in values else None if None in values else False
    return found


def _stacked(drugs: Iterable[str]) -> bool:
    """Whether an azole stands together with another medicine that adds to the QT interval."""
    taken = set(drugs)
    azole = any(interaction(drug).qt is True for drug in taken & set(AZOLES))
    return azole and bool(taken & set(QT_WITH_AZOLE))


def _running(view: View, day: int) -> Mapping[str, Any] | None:
    """The line of venetoclax under way; None where none is known."""
    lines = venetoclax_lines(view.assessment.registry, day).filter(pl.col("patient_id") == view.patient.patient_id)
    return next(iter(lines.to_dicts()), None)


def _inputs(view: View, drafts: Drafts, day: int, facts: Mapping[str, bool | None]) -> pl.DataFrame:
    """One row of inputs for the day of treatment that is known, else one for each step of the ramp-up."""
    running = _running(view, day)
    partner = running["venetoclax_partner"] if running else _partner(view, drafts)
    days = [running["venetoclax_day"]] if running else [float(step) for step in range(1, LAST_STEP + 1)]
    mine = view.assessment.risk.filter(pl.col("patient_id") == view.patient.patient_id)
    rows = [
        {
            **facts,
            "venetoclax_partner": partner,
            "venetoclax_day": one,
            "child_pugh": None,
            "front_line_unfit": None,
            "in_remission": mine["in_remission"][0],
        }
        for one in days
    ]
    schema = {item.name: item.dtype for question in DOSE_QUESTIONS for item in question.inputs}
    return pl.DataFrame([{name: row[name] for name in schema} for row in rows], schema)


def _partner(view: View, drafts: Drafts) -> str | None:
    """The partner among the draft and active orders; None where none, or several, are named.

    Cytarabine is not known to be low-dose from its name alone.
    """
    drugs = {*drafts.chosen, *drafts.others, *view.patient.ordered} - {VENETOCLAX, *BESIDE}
    partners = {"azacitidine": "azacitidine"} | dict.fromkeys(DECITABINE, "decitabine")
    found = {partners[drug] for drug in drugs if drug in partners}
    return found.pop() if len(found) == 1 and "cytarabine" not in drugs else None


def _summary(chosen: str, acting: Mapping[str, Sequence[str]], stacked: bool, starts: bool) -> str:
    named = "; ".join(f"{drug}, {words[0]}" for drug, words in acting.items())
    if starts and named:
        return f"Venetoclax with {named}: the sources print other doses, or none"
    if starts:
        return "Venetoclax: what the sources print of the dose, and what it hangs on"
    if stacked and not named:
        return f"{chosen[:1].upper()}{chosen[1:]} with venetoclax: the QT interval"
    return f"Venetoclax is being given or planned, and {named}: the sources print other doses, or none"


def _printed(days: Sequence[float], told: Sequence[Sequence[Explanation]], *, known_day: bool) -> Iterator[Line]:
    """What each source prints, its answers for several days in one line, and what they hang on once."""
    for i, question in enumerate(DOSE_QUESTIONS):
        answers = [row[i] for row in told]
        said = _by_day(days, [" or ".join(one.possible) or "refused" for one in answers], known_day)
        hangs = list(dict.fromkeys(fact for one in answers for fact in one.decided_by))
        outside = list(dict.fromkeys(text for one in answers for text in one.outside))
        only_if = list(dict.fromkeys(text for one in answers for text in one.scope_in_doubt))
        scope = [*outside, *(f"it applies only if (not known): {text}" for text in only_if)]
        doubt = f" - hangs on: {'; '.join(hangs)}" if hangs else ""
        yield Line(
            f"{question.edition}: {said}{doubt}" + (f" - {'; '.join(scope)}" if scope else ""), question.citation
        )


def _by_day(days: Sequence[float], said: Sequence[str], known_day: bool) -> str:
    if len(set(said)) == 1:
        return f"day {days[0]:.0f}: {said[0]}" if known_day else said[0]
    last = len(days) - 1
    return "; ".join(
        f"day {day:.0f}{' and later' if k == last else ''}: {text}"
        for k, (day, text) in enumerate(zip(days, said, strict=True))
    )


def _acting(acting: Mapping[str, Sequence[str]], ordered: Sequence[str], recorded: Sequence[str]) -> Iterator[Line]:
    for drug, words in acting.items():
        how = (
            "on record"
            if drug in recorded
            else "ordered or in a draft, and counted as taken"
            if drug in ordered
            else ""
        )
        known = interaction(drug)
        verified = "" if known.verified else " (not read in the original)"
        note = f"; {known.note}" if known.note else ""
        yield Line(f"{drug}: {', '.join(words)}; {how}{note}{verified}", known.source)


def _doubts(base: Mapping[str, Any], ordered: Sequence[str], view: View) -> Iterator[Line]:
    """What may act on venetoclax and is not known."""
    if not base["medications_recorded"]:
        yield Line("other medicines are not recorded completely: one that is not named may act on venetoclax, too")
    unlisted = sorted({*base["not_listed"], *(drug for drug in ordered if interaction(drug).cyp3a4 is None)})
    if unlisted:
        yield Line(f"of {', '.join(unlisted)} it is not known what they do to venetoclax")
    for text in view.patient.missing:
        if text.startswith("medicines"):
            yield Line(text)


def _cautions(facts: Mapping[str, bool | None], stacked: bool, *, starting: bool) -> Iterator[Line]:
    for one in CAUTIONS:
        concerns = {"posaconazole": facts["posaconazole"] is True, "QT interval": stacked}
        if concerns.get(one.about, starting and one.about in CAUTIONS_OF_A_START):
            verified = "" if one.verified else " (not read in the original)"
            yield Line(f"{one.about}: {one.text}{verified}", one.source)


def _standing(view: View) -> Iterator[tuple[str, tuple[Line, ...]]]:
    """Where the options with venetoclax stand for this patient."""
    page = view.page
    here = [one for one in page["options"] if VENETOCLAX in one["option"] or VENETOCLAX in one["says"]]
    yield from option_lines(view, here)
    in_short = tuple(
        Line(f"{one['option']}: {one['standing']} ({one['why']})")
        for one in page["in_short"]
        if VENETOCLAX in one["option"]
    )
    open_ = tuple(
        Line(f"{option['option']}: {option['may_be']}, hangs on: {'; '.join(one['if'])}")
        for one in page["open_options"]
        for option in one["options"]
        if VENETOCLAX in option["option"]
    )
    if not (here or in_short or open_):
        open_ = (Line("no option with venetoclax is known to stand in this situation"),)
    yield "Where options with venetoclax stand", (*in_short, *open_)
