"""The pages' templates: the reports' own parts, and those of the service."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from functools import cache
from importlib import metadata, resources
from typing import Any

import jinja2

from tenfold.records.registry import calendar_date
from tenfold.reports.text import NOT_A_DEVICE

MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()  # noqa: SIM905


def in_words(moment: date | datetime | str | None) -> str:
    """A date that cannot be misread: 3 May 2024, and its time in UTC where it has one."""
    if moment is None:
        return "not known"
    if isinstance(moment, str):
        moment = date.fromisoformat(moment)
    said = f"{moment.day} {MONTHS[moment.month - 1]} {moment.year}"
    return f"{said}, {moment:%H:%M} UTC" if isinstance(moment, datetime) else said


def day_in_words(day: int | None, axis: str) -> str:
    """A day of an axis: a date, or "day 120"."""
    if day is None:
        return "not known"
    return f"day {day}" if axis == "relative" else in_words(calendar_date(day))


def held_in_words(day: str) -> str:
    """A day as the store holds it, a date or a number: 3 May 2024, or day 120."""
    return f"day {day}" if day.lstrip("-").isdigit() else in_words(day)


@cache
def _environment() -> jinja2.Environment:
    """The templates of the process: each is compiled once."""
    folders = [resources.files(room) / "templates" for room in ("tenfold.service", "tenfold.reports")]

    def load(name: str) -> str | None:
        for folder in folders:
            if (folder / name).is_file():
                return (folder / name).read_text("utf-8")
        return None

    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(load),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters |= {"in_words": in_words, "day_in_words": day_in_words, "held_in_words": held_in_words}
    environment.globals |= {
        "version": metadata.version("tenfold"),
        "not_a_device": NOT_A_DEVICE,
        "static": static_address,
    }
    return environment


class Templates:
    """Renders the pages."""

    def __init__(self) -> None:
        self.environment = _environment()

    def render(self, template: str, **values: Any) -> str:
        """A page."""
        return self.environment.get_template(template).render(**values)


def static_files() -> dict[str, tuple[bytes, str]]:
    """The scripts and styles by name, with their kind: all that a page loads."""
    kinds = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
    report_style = resources.files("tenfold.reports") / "templates" / "style.css"
    found = {"report.css": (report_style.read_bytes(), kinds["css"])}
    for file in (resources.files("tenfold.service") / "static").iterdir():
        found[file.name] = (file.read_bytes(), kinds[file.name.rpartition(".")[2]])
    return found


STATIC = static_files()
MARKS = {name: hashlib.sha256(content).hexdigest()[:12] for name, (content, _) in STATIC.items()}


def static_address(name: str) -> str:
    """The address of a script or style, which changes with its content."""
    return f"/static/{MARKS[name]}/{name}"
