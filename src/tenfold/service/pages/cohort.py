"""The cohort: who is asked for, how they fare, and everything of it to take away; nothing here is told of one patient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from tenfold.cohort.describe import GENES
from tenfold.endpoints import EVERY_ENDPOINT
from tenfold.figures import style
from tenfold.records.tables import TABLES
from tenfold.reports.page import changed_settings
from tenfold.reports.study import study_page
from tenfold.reports.study_files import tables_of
from tenfold.service.access.permissions import Permission
from tenfold.service.answers import today
from tenfold.service.cohort_filters import BY, NAMES, YESNO, Filters, read_filters
from tenfold.service.jobs import Job
from tenfold.service.pages.imports import as_csv
from tenfold.service.store.outcome import NotThere, Refused
from tenfold.service.studied import Studied, studied
from tenfold.service.templating import day_in_words
from tenfold.service.visitor import CENTRE, Visitor, requires
from tenfold.vocabulary import Ontogeny, Risk, Sex

router = APIRouter(prefix="/cohort", include_in_schema=False)
Reading = Annotated[Visitor, requires(Permission.READ)]
Endpoints = Annotated[Sequence[str], Query()]
AT_ONCE = 1.0
"""Seconds for which the page waits for an answer, before it says that it is being worked out."""
AT_MOST = 600.0
WIDTHS = {"wide": style.WIDE, "narrow": style.NARROW}
SHOWN = ("table_1", "response_")
"""The tables of a description that stand on the page; all can be taken away."""
CITED = {"table_1": "Table 1: the patients"}


def _filters(request: Request, endpoint: Sequence[str]) -> Filters:
    return read_filters({name: request.query_params.get(name, "") for name in NAMES}, endpoint)


def _query(visitor: Visitor, filters: Filters) -> str:
    """What is asked for, and of which centre, as the query of an address, the same for the same filters."""
    given = [(name, filters.values[name]) for name in NAMES if filters.values[name]]
    endpoints = (("endpoint", name) for name in filters.endpoints)
    return urlencode([*given, *endpoints, (CENTRE, visitor.centre.id)])


def _text(visitor: Visitor, filters: Filters) -> str:
    about, on = visitor.about, today(visitor.about)
    when = "" if on is None else f" as of {day_in_words(on, about['axis'])}"
    lines = [
        f"The records of {about['name']}{when}, as the cohort's page showed them.",
        "Take the records out (Import, export), then: tenfold cohort RECORDS --study THIS_FILE --out FOLDER",
    ]
    lines += ["SIMULATED PATIENTS: nobody in these records is real."] if about["simulated"] else []
    if changed := changed_settings(visitor.settings):
        lines.append(f"This centre's settings differ from those shipped; give them by --settings: {'; '.join(changed)}")
    return filters.study(f"Cohort of {about['name']}", lines)


def _job(visitor: Visitor, filters: Filters) -> Job[Studied]:
    about, text = visitor.about, _text(visitor, filters)
    key = (visitor.centre.id, about["revision"], about["settings_revision"], text)
    answers, centre, on = visitor.service.answers, visitor.centre, today(about)
    return visitor.service.studies.at(
        key, lambda said: studied(text, lambda: answers.of_centre(centre, on, about), said)
    )


@router.get("")
def cohort(visitor: Reading, request: Request, endpoint: Endpoints = ()) -> HTMLResponse:
    """Who is asked for, and how they fare."""
    try:
        filters = _filters(request, endpoint)
    except Refused as error:
        return _page(visitor, read_filters({}, ()), None, None, f"{str(error)[:1].upper()}{str(error)[1:]}.", 422)
    job = _job(visitor, filters)
    return _page(visitor, filters, job, job.done(AT_ONCE))


def _page(
    visitor: Visitor,
    filters: Filters,
    job: Job[Studied] | None,
    found: Studied | None,
    said: str = "",
    status: int = 200,
) -> HTMLResponse:
    tables = found.tables if found else []
    return visitor.page(
        "cohort_page.html.j2",
        status,
        said=said,
        job=job,
        found=found,
        asked=filters.values,
        population=filters.population,
        endpoints=filters.endpoints,
        query=_query(visitor, filters),
        every=EVERY_ENDPOINT,
        by=BY,
        sexes=list(Sex),
        ontogenies=list(Ontogeny),
        risks=list(Risk),
        genes=GENES,
        yesno=YESNO,
        regimens=_recorded(found, "treatments", "regimen"),
        markers=_recorded(found, "mrd_samples", "marker"),
        calendar=visitor.about["axis"] == "calendar",
        members=_members(found),
        whose=_whose(found),
        counted=_counted(found),
        tables=[
            {**one, "title": CITED.get(one["name"], one["title"])} for one in tables if one["name"].startswith(SHOWN)
        ],
        downloads=[] if found is None or found.result is None else list(tables_of(found.result)),
        drawings=found.drawings if found else [],
    )


def _members(found: Studied | None) -> int | None:
    """How many patients the tables describe; None where nobody is described."""
    if found is None or found.result is None or found.result.description is None:
        return None
    return int(found.result.description.table_1.groups["all patients"])


def _whose(found: Studied | None) -> str:
    """Whom the tables describe, by the day from which they do."""
    of = found.result.described.of if found and found.result and found.result.described else None
    if of is None:
        return ""
    if not of.dated:
        return f"all who may have a {of.name}, as no day of it is on record of anybody"
    return f"those with a day of {of.name} on record"


def _counted(found: Studied | None) -> list[tuple[str, int]]:
    """How many patients each endpoint counts: those with its own day of time zero, which may be more or fewer."""
    if found is None or found.result is None:
        return []
    return [
        (str(shown["title"]), one.patients.height) for shown, one in zip(found.curves, found.result.curves, strict=True)
    ]


def _recorded(found: Studied | None, table: str, column: str) -> list[str]:
    """What the centre's records hold in a column, for the choices of the form."""
    if found is None:
        return []
    assert table in TABLES
    values = found.assessment.registry.table(table)[column].drop_nulls().unique().sort()
    return [str(value) for value in values.head(100)]


@router.get("/state")
def state(visitor: Reading, request: Request, endpoint: Endpoints = ()) -> HTMLResponse:
    """How far the answer is, as a part of a page: 202 while it is worked out."""
    job = _job(visitor, _filters(request, endpoint))
    return HTMLResponse("Done.") if job.done(0) is not None else HTMLResponse(job.in_words(), 202)


def _ready(visitor: Visitor, request: Request, endpoint: Sequence[str]) -> tuple[Studied, str]:
    filters = _filters(request, endpoint)
    found = _job(visitor, filters).done(AT_MOST)
    if found is None or found.result is None:
        raise Refused("nothing of this could be worked out: " + ((found and found.refused) or "it takes too long"))
    about = visitor.about
    return found, f"{visitor.centre.id} {about['revision']} {about['settings_revision']} {found.text}"


@router.get("/figure/{name}-{width}.svg")
def figure(visitor: Reading, request: Request, name: str, width: str, endpoint: Endpoints = ()) -> Response:
    """A figure of the page."""
    found, key = _ready(visitor, request, endpoint)
    if width not in WIDTHS:
        raise NotThere("there is no such figure")
    text = visitor.service.answers.drawn(("cohort", key, name, width), lambda: found.figure(name, WIDTHS[width]))
    if text is None:
        raise NotThere("there is no such figure")
    return Response(text, media_type="image/svg+xml", headers={"cache-control": "private, max-age=3600"})


@router.get("/table/{name}.csv")
def table(visitor: Reading, request: Request, name: str, endpoint: Endpoints = ()) -> Response:
    """A table of the page, or one behind it."""
    found, _ = _ready(visitor, request, endpoint)
    assert found.result is not None
    tables: dict[str, Any] = tables_of(found.result)
    if name not in tables:
        raise NotThere("there is no such table")
    visitor.took(f"cohort table {name}")
    return as_csv(tables[name], f"{name}.csv")


@router.get("/study.toml")
def study_file(visitor: Reading, request: Request, endpoint: Endpoints = ()) -> Response:
    """The study file that gives what the page shows."""
    text = _text(visitor, _filters(request, endpoint))
    visitor.took("study file of the cohort")
    return _download(text, "study.toml", "text/plain")


@router.get("/report.html")
def report(visitor: Reading, request: Request, endpoint: Endpoints = ()) -> Response:
    """The whole study as one self-contained page, with its methods."""
    found, key = _ready(visitor, request, endpoint)
    result = found.result
    assert result is not None
    page = visitor.service.answers.drawn(("report", key), lambda: study_page(found.assessment, result))
    visitor.took("cohort report")
    return _download(page, "report.html", "text/html")


def _download(text: str, name: str, kind: str) -> Response:
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(text, media_type=f"{kind}; charset=utf-8", headers=headers)
