"""Reports as pages: one self-contained HTML file that needs no network, reads on a telephone and prints on paper."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib import metadata, resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
from markupsafe import Markup

from tenfold.assessment import Assessment
from tenfold.guidance.trials.eligibility import StructuredTrial
from tenfold.logic.at_once import of_one_patient
from tenfold.reports.board import board
from tenfold.reports.card import card
from tenfold.reports.text import NOT_A_DEVICE, cutoff_in_words, either, event_in_words, model_row
from tenfold.reports.what_if import what_if_view
from tenfold.settings import DEFAULTS, Settings
from tenfold.what_if.compare import WhatIf

if TYPE_CHECKING:
    from tenfold.reports.pictures import Picture


@cache
def _templates() -> jinja2.Environment:
    folder = resources.files("tenfold.reports") / "templates"
    return jinja2.Environment(
        loader=jinja2.FunctionLoader(lambda name: (folder / name).read_text("utf-8")),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )


def render(template: str, assessment: Assessment, **values: Any) -> str:
    """Return a page made from a template, with what every page says of its registry, settings and version."""
    return render_plain(
        template,
        simulated=assessment.registry.simulated,
        changed=changed_settings(assessment.settings),
        **values,
    )


def render_plain(template: str, *, simulated: bool = True, changed: Sequence[str] = (), **values: Any) -> str:
    """Return a page made from a template, with what every page says; `simulated` labels it so."""
    css = (resources.files("tenfold.reports") / "templates" / "style.css").read_text("utf-8")
    page = _templates().get_template(template)
    return page.render(
        css=Markup(css),
        simulated=simulated,
        not_a_device=NOT_A_DEVICE,
        version=metadata.version("tenfold"),
        changed=changed,
        **values,
    )


def changed_settings(settings: Settings) -> list[str]:
    """The settings that are not as shipped, in words."""
    return [
        f"{name} = {entry.value} {entry.unit}"
        for name, entry in settings.entries.items()
        if entry.value != DEFAULTS[name]
    ]


@of_one_patient
def patient_page(
    assessment: Assessment,
    patient_id: str,
    found: WhatIf | None = None,
    trials: Sequence[StructuredTrial] | None = None,
) -> str:
    """Return one patient's report, with what a supposition would change, matched with `trials`. KeyError for a patient who is not in the assessment."""
    told = card(assessment, patient_id)
    source = assessment.registry.title or ""
    return render(
        "patient.html.j2",
        assessment,
        title=patient_id,
        source=source,
        one=patient_view(told),
        board=board(assessment, told, trials),
        supposed=None if found is None else what_if_view(found),
        picture=patient_picture(assessment, patient_id),
    )


def patient_picture(assessment: Assessment, patient_id: str) -> Picture | None:
    """Return a patient's timeline. Only here is what draws it loaded: pages without a picture do not wait for it."""
    from tenfold.figures.timeline import timeline
    from tenfold.reports.pictures import picture

    described = f"Timeline of {patient_id}: residual disease, treatments and events; the tables below say the same."
    return picture(lambda width: timeline(assessment, patient_id, width), described)


def patient_view(data: dict[str, Any]) -> dict[str, Any]:
    """Return a patient's card with its histories as rows of a table."""
    return {
        **data,
        "anchor": f"patient-{data['patient_id']}",
        "streams": [
            {
                **stream,
                "rows": [_step(row) for row in stream["history"]],
                "cutoff_lines": [cutoff_in_words(one) for one in stream["cutoffs"]],
            }
            for stream in data["streams"]
        ],
        "response_rows": [_response(row) for row in data["molecular_responses"]],
        "model_rows": [model_row(view) for view in data["models"]],
        "risk": [{**score, "in_total": _total(score)} for score in data["risk"]],
    }


def _step(row: dict[str, Any]) -> tuple[str, str, str, str]:
    what = f"{row['sample_id']}: {row['level']}" if row["what"] == "sample" else event_in_words(row)
    why = row["because"] or f"not known: {'; '.join(row['decided_by'] or [])}"
    if row["compared_with"]:
        why += f" (compared with {row['compared_with']})"
    if row["concordant"]:
        why += " (concordant in another tissue that day: not a confirmation)"
    return row["day"], what, either(row["possible"]), why


def _response(row: dict[str, Any]) -> tuple[str, str, str, str, str]:
    why = "; ".join(f"{reading['wording']}: {reading['level'] or 'not known'}" for reading in row["because"])
    return row["regimen"] or "", row["tissue"] or "", f"{row['sample_id']}: {row['level']}", row["said"], why


def _total(score: dict[str, Any]) -> str:
    return str(score["total_in_words"] or "") if score["possible"] else ""


def write_page(page: str, path: Path) -> None:
    """Write a page. OSError if it cannot be written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8")
