"""Records in and out: an uploaded file is looked at, and stored only when somebody says so; the centre's records as an archive."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import polars as pl
from fastapi import APIRouter, File, Form, UploadFile
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import select
from starlette.background import BackgroundTask
from starlette.responses import FileResponse

from tenfold.exchange.converted import Fate
from tenfold.exchange.formats import FORMATS, OWN, format_named
from tenfold.records.csv_out import write_csv
from tenfold.records.deidentify import BirthDates, Rules
from tenfold.records.identifying_faults import identifying
from tenfold.service.access.permissions import Permission
from tenfold.service.exports import WRITABLE, export, in_file_names, key_of
from tenfold.service.import_preview import NAMES, changes_frame, preview, table_in_words
from tenfold.service.looks import Looked, draft_of
from tenfold.service.store import pending as kept
from tenfold.service.store import schema
from tenfold.service.store.centre import Centre
from tenfold.service.store.completing import Choice
from tenfold.service.store.imports import Planned, store_registry
from tenfold.service.store.outcome import Conflict, Refused
from tenfold.service.uploads import as_one
from tenfold.service.visitor import Visitor, requires

router = APIRouter(include_in_schema=False)
Importing = Annotated[Visitor, requires(Permission.IMPORT)]
SHOWN = 200
"""Faults, and fields, on the page; the downloads hold all."""
AT_ONCE = 1.5
"""Seconds for which a page waits for a small file, before it says that the file is being looked at."""
AT_MOST = 600.0
LAST = 10
TITLES = {"tables": "our own tables", "parquet": "our own tables, as Parquet"} | {
    one.name: one.title for one in FORMATS
}


@router.get("/import")
def imports(visitor: Importing, stored: str = "") -> HTMLResponse:
    """Where files are given, which of them wait, what was stored last, and how records are taken out."""
    return _form(visitor, done=visitor.service.looks.stored(visitor.centre.id, stored))


def _form(visitor: Visitor, said: str = "", status: int = 200, done: Planned | None = None) -> HTMLResponse:
    return visitor.page(
        "import.html.j2",
        status,
        said=said,
        done=None if done is None else _in_words(done),
        waiting=kept.waiting(visitor.centre),
        last=_last(visitor.centre),
        largest=visitor.service.configuration.largest_upload // 1_000_000,
        writable=WRITABLE,
        formats=TITLES,
    )


def _last(centre: Centre) -> list[Any]:
    change, account = schema.change, schema.account
    asked = (
        select(change.c.at, change.c.reason, account.c.name)
        .join_from(change, account, change.c.account == account.c.id, isouter=True)
        .where(change.c.centre == centre.id, change.c.action == "imported")
        .order_by(change.c.id.desc())
        .limit(LAST)
    )
    with centre.reading() as connection:
        return list(connection.execute(asked).mappings())


@router.post("/import")
def upload(visitor: Importing, files: Annotated[Sequence[UploadFile | str], File()] = ()) -> Response:
    """Take one or more files and begin to look at them; nothing is stored as records."""
    kept.forget_old(visitor.service.store)
    try:
        name, content = as_one(
            [(one.filename, one.file.read()) for one in files if not isinstance(one, str) and one.filename]
        )
        key = kept.keep(visitor.centre, name, content)
    except ValueError as error:
        return _form(visitor, f"{str(error)[:1].upper()}{str(error)[1:]}.", 422)
    visitor.service.looks.at(visitor.centre, kept.pending(visitor.centre, key), visitor.about)
    return visitor.to(f"/import/{key}")


@router.get("/import/{key}")
def look(visitor: Importing, key: str) -> HTMLResponse:
    """What storing a file would do; or how far it has been looked at."""
    return _look(visitor, key)


def _look(visitor: Visitor, key: str, said: str = "", status: int = 200, wait: float = AT_ONCE) -> HTMLResponse:
    one = kept.pending(visitor.centre, key)
    looking = visitor.service.looks.at(visitor.centre, one, visitor.about)
    looked = looking.done(wait)
    if looked is None:
        return visitor.page("import_waits.html.j2", status, one=one, look=looking, said=said)
    found = looked.found
    return visitor.page(
        "import_look.html.j2",
        status,
        one=one,
        said=said,
        looked=looked,
        titles=TITLES,
        planned=None if looked.planned is None else _in_words(looked.planned),
        found=None if found is None else _found(looked),
        draftable=one.filename.lower().endswith((".csv", ".tsv", ".txt", ".xlsx", ".ods", ".parquet", ".zip")),
    )


@router.get("/import/{key}/state")
def state(visitor: Importing, key: str) -> HTMLResponse:
    """How far a file has been looked at, as a part of a page: 202 while that goes on."""
    one = kept.pending(visitor.centre, key)
    looking = visitor.service.looks.at(visitor.centre, one, visitor.about)
    if looking.done(0) is not None:
        return HTMLResponse("Done.")
    return HTMLResponse(looking.in_words(), 202)


@router.post("/import/{key}/format")
def read_as(visitor: Importing, key: str, format: Annotated[str, Form()] = "") -> Response:
    """Read a file as the format that somebody chose."""
    kept.pending(visitor.centre, key)
    try:
        wanted = format if format in OWN else format_named(format).name if format else None
    except LookupError as error:
        raise Refused(str(error.args[0])) from None
    kept.read_it_as(visitor.centre, key, wanted)
    return visitor.to(f"/import/{key}")


@router.post("/import/{key}/store")
def store(
    visitor: Importing,
    key: str,
    revision: Annotated[int, Form()],
    whole: Annotated[Sequence[str], Form()] = (),
    raised: Annotated[Sequence[str], Form()] = (),
    taken: Annotated[Sequence[str], Form()] = (),
) -> Response:
    """Store what was looked at, all of it or nothing, as long as the centre's records are those it was held against.

    `whole`, `raised`: tables, `taken`: rows that were held back, as `store.completing.Choice` has them.
    """
    one = kept.pending(visitor.centre, key)
    if revision != visitor.about["revision"]:
        return _look(visitor, key, CHANGED, 409)
    looks = visitor.service.looks
    looked = looks.at(visitor.centre, one, visitor.about).done(AT_MOST)
    if looked is None:
        return _look(visitor, key, "The file is still being looked at: wait until it is done.", 409)
    if looked.found is None or looked.planned is None:
        return _look(visitor, key, status=422)
    try:
        choice = Choice(frozenset(whole), frozenset(raised), frozenset(taken))
        done = store_registry(visitor.centre, looked.found.registry, f"import of {one.title}", revision, choice)
    except Conflict:
        del visitor.about
        return _look(visitor, key, CHANGED, 409)
    except Refused as error:
        return _look(visitor, key, f"Nothing was stored: {error}.", 422)
    kept.discard(visitor.centre, key, "file stored as records")
    looks.note(visitor.centre.id, key, done)
    return visitor.to(f"/import?stored={key}")


CHANGED = "This centre's records have changed since the file was looked at. Nothing was stored: look again, below."


@router.post("/import/{key}/discard")
def discard(visitor: Importing, key: str) -> Response:
    """Forget a file."""
    kept.discard(visitor.centre, key)
    return visitor.to("/import")


@router.get("/import/{key}/faults.csv")
def faults(visitor: Importing, key: str) -> Response:
    """Every fault."""
    found = _ready(visitor, key).faults
    visitor.took("faults of an import", key=key)
    return as_csv(found, "faults.csv")


@router.get("/import/{key}/changes.csv")
def changes(visitor: Importing, key: str) -> Response:
    """Every cell that would be merged, and all that is held back."""
    planned = _ready(visitor, key).planned
    if planned is None:
        raise Refused("this file cannot be stored, so that it would change nothing")
    visitor.took("changes of an import", key=key)
    return as_csv(changes_frame(planned), "changes.csv")


@router.get("/import/{key}/fields.csv")
def fields(visitor: Importing, key: str) -> Response:
    """What became of every field."""
    found = _ready(visitor, key).found
    assert found is not None
    return as_csv(found.frame(), "fields.csv")


@router.get("/import/{key}/draft.toml")
def drafted(visitor: Importing, key: str) -> Response:
    """A draft of a mapping, for a table of another shape."""
    try:
        text = draft_of(visitor.centre, kept.pending(visitor.centre, key))
    except ValueError as error:
        raise Refused(str(error)) from None
    return Response(text, media_type="text/plain; charset=utf-8", headers=_attached("tenfold-mapping.toml"))


def _ready(visitor: Visitor, key: str) -> Looked:
    one = kept.pending(visitor.centre, key)
    looked = visitor.service.looks.at(visitor.centre, one, visitor.about).done(AT_MOST)
    if looked is None or looked.found is None:
        raise Refused("this file was not read, so that there is no list of it")
    return looked


def _attached(name: str) -> dict[str, str]:
    return {"content-disposition": f'attachment; filename="{name}"'}


def as_csv(frame: pl.DataFrame, name: str) -> Response:
    """A table as a file to download, in which no cell is a formula."""
    with TemporaryDirectory(prefix="tenfold-") as folder:
        write_csv(frame, Path(folder) / name)
        content = (Path(folder) / name).read_bytes()
    return Response(content, media_type="text/csv; charset=utf-8", headers=_attached(name))


def _in_words(planned: Planned) -> dict[str, Any]:
    """What an import does: patients, and one row a table: new, merged, there already."""
    kinds = dict.fromkeys([*planned.added, *planned.merged, *planned.unchanged])
    rows = [
        (table_in_words(kind), *(one.get(kind, 0) for one in (planned.added, planned.merged, planned.unchanged)))
        for kind in sorted(kinds, key=lambda kind: (kind in NAMES, kind))
    ]
    return {
        "revision": planned.revision,
        "new": len(planned.new_patients),
        "known": len(planned.known_patients),
        "rows": rows,
        "nothing": not planned.new_patients and not any(row[1] or row[2] for row in rows),
        **preview(planned),
    }


def _found(looked: Looked) -> dict[str, Any]:
    found = looked.found
    assert found is not None
    every = looked.faults
    named = identifying(every)
    rest = every.join(named, on=every.columns, how="anti", nulls_equal=True, maintain_order="left")
    open_fields = [*found.of(Fate.GUESSED), *found.of(Fate.LEFT)]
    return {
        "format": found.format,
        "title": TITLES.get(found.format, found.format),
        "simulated": found.registry.simulated,
        "axis": found.registry.axis,
        "rows": sorted((name, frame.height) for name, frame in found.registry.tables.items() if name != "completeness"),
        "aside": found.registry.set_aside.height,
        "identifying": named.head(SHOWN).to_dicts(),
        "faults": rest.head(SHOWN).to_dicts(),
        "of": rest.height,
        "notes": found.notes[:SHOWN],
        "mapped": len(found.of(Fate.MAPPED)),
        "guessed": len(found.of(Fate.GUESSED)),
        "left": len(found.of(Fate.LEFT)),
        "fields": open_fields[:SHOWN],
        "open_fields": len(open_fields),
        "impossible": looked.impossible,
    }


@router.get("/export")
def exported(
    visitor: Importing,
    format: str = "tables",
    people: str = "as they are",
    dates: str = "moved",
    birth: str = "shifted",
    pseudonyms: str = "lasting",
) -> Response:
    """The centre's records as an archive, as they are or de-identified."""
    hidden = people == "de-identified"
    key = key_of(visitor.service.store.secret, visitor.centre.id, lasting=pseudonyms != "once") if hidden else None
    rules = Rules(relative=dates == "days", birth_dates=BirthDates.AGE if birth == "age" else BirthDates.SHIFTED)
    temporary = TemporaryDirectory(prefix="tenfold-")
    try:
        folder = Path(temporary.name) / "export"
        folder.mkdir()
        archive = Path(temporary.name) / "archive.zip"
        registry, _ = visitor.centre.registry()
        made = export(registry, format, folder, archive, key, rules)
        with visitor.centre.writing() as connection:
            visitor.centre.told(
                connection, "records exported", None, format=format, patients=made.patients, de_identified=hidden
            )
    except BaseException:
        temporary.cleanup()
        raise
    name = f"tenfold-{in_file_names(visitor.about)}-{format}{'-de-identified' if hidden else ''}.zip"
    return FileResponse(
        archive, media_type="application/zip", filename=name, background=BackgroundTask(temporary.cleanup)
    )
