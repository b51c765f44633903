"""The laboratory's runs: uploaded, measured, read as a report, signed; and each result stored as a fact where somebody says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, UploadFile
from fastapi.responses import HTMLResponse, Response

from tenfold.assay.measure import MeasuredRun
from tenfold.assay.rows import measurement
from tenfold.figures import style
from tenfold.reports.laboratory import (
    CURVE_COLUMNS,
    CURVES_DESCRIBED,
    SAMPLE_COLUMNS,
    WELL_COLUMNS,
    curve_drawings,
    laboratory_page,
    run_view,
    wells_caption,
    wells_drawing,
)
from tenfold.service.access.permissions import Permission
from tenfold.service.access.signing import signed
from tenfold.service.plates import (
    Plate,
    diagnostic_samples,
    fact_of,
    held_back,
    measured,
    patients_named,
    results_of,
)
from tenfold.service.store.centre import Patient
from tenfold.service.store.entry import write_facts
from tenfold.service.store.history import last_change, newest_change
from tenfold.service.store.outcome import Conflict, NotThere, Refused
from tenfold.service.store.runs import KeptRun, keep_run, kept_run, mark_of, passed_on, run_content, runs, sign_run
from tenfold.service.templating import in_words
from tenfold.service.uploads import safe_name
from tenfold.service.visitor import Visitor, requires
from tenfold.vocabulary import Tissue

router = APIRouter(prefix="/laboratory", include_in_schema=False)
Reading = Annotated[Visitor, requires(Permission.READ)]
Measuring = Annotated[Visitor, requires(Permission.MEASURE)]
LONGEST_COMMENT = 2_000
WIDTHS = {"wide": style.WIDE, "narrow": style.NARROW}


@router.get("")
def laboratory(visitor: Reading) -> HTMLResponse:
    """The runs, and where one is uploaded."""
    return _list(visitor)


def _list(visitor: Visitor, said: str = "", status: int = 200) -> HTMLResponse:
    held = runs(visitor.centre)
    profile = _profile_of(visitor, held[0].id) if held and visitor.may("MEASURE") else b""
    return visitor.page(
        "laboratory_runs.html.j2", status, runs=held, said=said, last_profile=held[0].id if profile else ""
    )


def _profile_of(visitor: Visitor, key: str) -> bytes:
    return _plate(visitor, key).profile


@router.post("")
def upload(
    visitor: Measuring,
    run: Annotated[UploadFile | str | None, File()] = None,
    plate_map: Annotated[UploadFile | str | None, File()] = None,
    profile: Annotated[UploadFile | str | None, File()] = None,
    diagnosis: Annotated[UploadFile | str | None, File()] = None,
    which: Annotated[str, Form()] = "",
    day: Annotated[str, Form()] = "",
    same_profile: Annotated[str, Form()] = "",
) -> Response:
    """Measure a run and keep it; nothing of it becomes a fact."""
    if isinstance(run, str) or run is None or not run.filename:
        return _list(visitor, "No file was chosen: choose the run's file.", 422)
    try:
        own = _content(profile)
        if not own and same_profile:
            own = _profile_of(visitor, same_profile)
        plate = Plate(
            safe_name(run.filename), _content(run), _content(plate_map), own, visitor.about["settings"],
            which=which.strip(), day=day.strip(),
        )  # fmt: skip
        given = _content(diagnosis)
        if given:
            plate = replace(plate, baseline=diagnostic_samples(given))
        else:
            plate = replace(plate, baseline=_own_baseline(visitor, plate))
        measured(plate)
    except Refused as error:
        return _list(visitor, _sentence(str(error), error), 422)
    return visitor.to(f"/laboratory/{keep_run(visitor.centre, plate.name, plate.packed())}")


def _content(file: UploadFile | str | None) -> bytes:
    return b"" if file is None or isinstance(file, str) or not file.filename else file.file.read()


def _sentence(said: str, error: Refused) -> str:
    more = "" if error.faults is None else "".join(f" {one['rule']}: {one['remedy']}." for one in error.faults.to_dicts()[:20])  # fmt: skip
    return f"{said[:1].upper()}{said[1:]}{'' if said.endswith('.') else '.'}{more}"


def _own_baseline(visitor: Visitor, plate: Plate) -> Any:
    """The diagnostic samples that the centre has of the patients whom the plate map names."""
    from tenfold.assay.baseline import baselines

    named = set(patients_named(plate))
    keys = [one.id for one in visitor.centre.patients() if one.patient_id in named] if named else []
    return baselines(visitor.centre.registry(keys)[0]) if keys else None


def _plate(visitor: Visitor, key: str) -> Plate:
    return Plate.unpacked(run_content(visitor.centre, key))


def _measured(visitor: Visitor, key: str) -> MeasuredRun:
    """A run as measured; what it is measured with does not change once it is kept."""
    kept_run(visitor.centre, key)
    return visitor.service.answers.drawn(("run", key), lambda: measured(_plate(visitor, key)))


@router.get("/{key}")
def run_page(visitor: Reading, key: str) -> HTMLResponse:
    """The report of a run."""
    return _run(visitor, key)


def _run(visitor: Visitor, key: str, said: str = "", status: int = 200, comment: str = "") -> HTMLResponse:
    one = kept_run(visitor.centre, key)
    found = _measured(visitor, key)
    drawn = wells_drawing(found)
    stored = passed_on(visitor.centre, key)
    results = [
        {
            "number": number,
            "view": view,
            "held": held_back(row),
            "stored": [fact for fact in stored if fact.reason.startswith(mark_of(key, number) + ":")],
        }
        for number, (row, view) in enumerate(zip(results_of(found), run_view(found)["samples"], strict=True))
    ]
    return visitor.page(
        "laboratory_run.html.j2",
        status,
        run=one,
        said=said,
        comment=comment,
        one=run_view(found),
        results=results,
        curves=list(curve_drawings(found)),
        curves_described=CURVES_DESCRIBED,
        wells=None if drawn is None else drawn[1],
        wells_caption=wells_caption(found),
        curve_columns=CURVE_COLUMNS,
        sample_columns=SAMPLE_COLUMNS,
        well_columns=WELL_COLUMNS,
        signature=_signature(one),
    )


def _signature(one: KeptRun) -> str | None:
    if one.signed_at is None:
        return None
    comment = f": {one.comment}" if one.comment else ""
    return f"Signed by {one.signed_by}, {in_words(one.signed_at)}{comment}"


@router.get("/{key}/wells-{width}.svg")
def wells_chart(visitor: Reading, key: str, width: str) -> Response:
    """The drawing of the wells."""
    found = _measured(visitor, key)
    drawn = wells_drawing(found)
    return _svg(visitor, ("wells", key, width), width, None if drawn is None else drawn[0])


@router.get("/{key}/curve-{number}-{width}.svg")
def curve_chart(visitor: Reading, key: str, number: int, width: str) -> Response:
    """The drawing of a standard curve."""
    drawings = list(curve_drawings(_measured(visitor, key)).values())
    draw = drawings[number] if 0 <= number < len(drawings) else None
    return _svg(visitor, ("curve", key, number, width), width, draw)


def _svg(visitor: Visitor, key: tuple[Any, ...], width: str, draw: Callable[[int], Any] | None) -> Response:
    if draw is None or width not in WIDTHS:
        raise NotThere("there is no such chart")
    text = visitor.service.answers.drawn(key, lambda: style.svg(draw(WIDTHS[width])))
    return Response(text, media_type="image/svg+xml", headers={"cache-control": "private, max-age=3600"})


@router.post("/{key}/sign")
def sign(
    visitor: Measuring, key: str, comment: Annotated[str, Form()] = "", password: Annotated[str, Form()] = ""
) -> Response:
    """Sign a run with the password: the report as it stands is kept with the signature."""
    found = _measured(visitor, key)
    if not found.accepted:
        return _run(visitor, key, "This run is not accepted: none of its results may be signed.", 422)
    try:
        signed(visitor, password)
    except Refused as error:
        return _run(visitor, key, _sentence(str(error), error), 422, comment)
    comment = comment.strip()[:LONGEST_COMMENT]
    said = f"Signed by {visitor.centre.account}" + (f": {comment}" if comment else "")
    page = laboratory_page(found, said)
    sign_run(visitor.centre, key, comment, replace(_plate(visitor, key), signed=page).packed())
    return visitor.to(f"/laboratory/{key}")


@router.get("/{key}/signed.html")
def signed_report(visitor: Reading, key: str) -> Response:
    """The report as it was signed, to keep or to print."""
    plate = _plate(visitor, key)
    if not plate.signed:
        raise NotThere("this run has not been signed")
    visitor.took("signed report of a laboratory run", key=key)
    headers = {"content-disposition": 'attachment; filename="signed-report.html"'}
    return Response(plate.signed, media_type="text/html; charset=utf-8", headers=headers)


@router.get("/{key}/results/{number}")
def result_page(visitor: Measuring, key: str, number: int) -> HTMLResponse:
    """Where a result is given to a patient."""
    return _result(visitor, key, number, {})


def _result(
    visitor: Visitor,
    key: str,
    number: int,
    given: dict[str, str],
    said: str = "",
    status: int = 200,
    error: Any = None,
    person: Patient | None = None,
) -> HTMLResponse:
    one = kept_run(visitor.centre, key)
    found = _measured(visitor, key)
    rows = results_of(found)
    if not 0 <= number < len(rows):
        raise NotThere("there is no such result in this run")
    row = rows[number]
    people = visitor.centre.patients()
    return visitor.page(
        "laboratory_result.html.j2",
        status,
        run=one,
        number=number,
        view=run_view(found)["samples"][number],
        held=held_back(row),
        known=_known(row),
        given={"sample_id": _proposed(row, found), "shown": newest_change(visitor.centre), **given},
        tissues=list(Tissue),
        people=[patient.patient_id for patient in people],
        stored=[fact for fact in passed_on(visitor.centre, key) if fact.reason.startswith(mark_of(key, number) + ":")],
        said=said,
        faults=[] if error is None or error.faults is None else error.faults.to_dicts(),
        doubtful=_state_of(person) if person is not None and "once more" in str(error) else "",
    )


def _known(row: dict[str, Any]) -> dict[str, str | None]:
    """What the plate map says of a result's sample: it is not asked for again."""
    names = ("patient_id", "sample_date", "reported_date", "tissue", "sample_id")
    return {name: None if row.get(name) is None else str(row[name]) for name in names}


def _proposed(row: dict[str, Any], found: MeasuredRun) -> str:
    return f"{row.get('sample_id') or row['sample']} / {measurement(found)}"


@router.post("/{key}/results/{number}")
def store_result(
    visitor: Measuring,
    key: str,
    number: int,
    patient: Annotated[str, Form()] = "",
    day: Annotated[str, Form()] = "",
    reported: Annotated[str, Form()] = "",
    tissue: Annotated[str, Form()] = "",
    sample_id: Annotated[str, Form()] = "",
    looked: Annotated[str, Form()] = "",
    shown: Annotated[str, Form(pattern=r"^[0-9]{0,18}$")] = "",
) -> Response:
    """Store a result as an MRD sample of the patient who was chosen.

    `looked`: at which records a doubt was looked at; `shown`: the newest change of the centre when the form was opened.
    Conflict where the patient's records have changed since.
    """
    given = {"patient": patient, "day": day, "reported": reported, "tissue": tissue, "sample_id": sample_id}
    given |= {"shown": shown} if shown else {}
    one = kept_run(visitor.centre, key)
    rows = results_of(_measured(visitor, key))
    if not 0 <= number < len(rows):
        raise NotThere("there is no such result in this run")
    person = None
    try:
        if one.signed_at is None:
            raise Refused("sign the run first: what is not signed does not become a fact")
        earlier = [
            fact for fact in passed_on(visitor.centre, key) if fact.reason.startswith(mark_of(key, number) + ":")
        ]
        if any(fact.holds for fact in earlier):
            raise Refused("this result is on record already: withdraw that record first if it is of another patient")
        person = _person(visitor, patient, rows[number])
        if shown and last_change(visitor.centre, person.id) > int(shown):
            raise Conflict("somebody else has changed this patient's records since this form was opened")
        if looked and looked != _state_of(person):
            raise Conflict("the records have changed, or another patient was chosen, since the doubt was shown")
        told, number_of_day = _told(visitor, given, rows[number], person)
        registry, _ = visitor.centre.registry([person.id])
        cells = fact_of(_plate(visitor, key), number, told, registry, number_of_day)
        reason = f"{mark_of(key, number)}: {rows[number]['sample']}, {rows[number]['target']} ({one.filename}, signed by {one.signed_by})"  # fmt: skip
        write_facts(
            visitor.centre,
            person.id,
            person.revision,
            add={"mrd_samples": [cells]},
            reason=reason,
            despite_warnings=bool(looked),
        )
    except Refused as error:
        return _result(visitor, key, number, given, _sentence(str(error), Refused("")), 422, error, person)
    return visitor.to(f"/laboratory/{key}#result-{number}")


def _state_of(person: Patient) -> str:
    return f"{person.id} {person.revision}"


def _person(visitor: Visitor, named: str, row: dict[str, Any]) -> Patient:
    """The patient who was chosen. Refused for nobody of this centre, or somebody else than the plate map says."""
    named = named.strip()
    if not named:
        raise Refused("choose the patient")
    if row.get("patient_id") not in (None, named):
        raise Refused(
            f"the plate map says that this sample is of {row['patient_id']}: correct the map and upload the run anew"
            " if that is wrong"
        )
    found = [one for one in visitor.centre.patients() if one.patient_id == named]
    if not found:
        raise Refused(
            f"there is no patient {named[:60]} in this centre: add the patient first, or correct the identifier"
        )
    return found[0]


def _told(
    visitor: Visitor, given: dict[str, str], row: dict[str, Any], person: Patient
) -> tuple[dict[str, Any], int | None]:
    """What the form says of the sample beyond the plate map, typed; and its day on an axis without dates."""
    told: dict[str, Any] = {"patient_id": person.patient_id}
    days = visitor.about["axis"] == "relative"
    if days:
        if not given["day"].strip():
            raise Refused("give the day of the sample")
        day = visitor.day(given["day"])
    else:
        day = None
        for name, field in (("sample_date", "day"), ("reported_date", "reported")):
            if row.get(name) is not None:
                told[name] = date.fromisoformat(str(row[name]))
            elif given[field].strip():
                told[name] = _date(given[field])
            elif name == "sample_date":
                raise Refused("give the date of the sample")
    tissue = row.get("tissue") or given["tissue"]
    if tissue not in list(Tissue):
        raise Refused("say where the sample was taken: levels of marrow and blood are never compared")
    told["tissue"] = tissue
    if given["sample_id"].strip():
        told["sample_id"] = given["sample_id"].strip()
    return told, day


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Refused(f"{text[:40]} is no date: give one such as 2024-05-03") from None
