"""Data queries as files: a page to read, CSV to work through, JSON for programs, and comments for REDCap's data resolution.

REDCap itself imports no queries; the external module Data Quality API (vanderbilt-redcap/data_quality_api, README and import.php
at commit e704f47) does, and what is written here is its input. It was written from those files and not tried on a server. Trap: of
two comments of one user and one second on one field the module keeps the first, so all queries of a field are one comment.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from tenfold.assessment import Assessment
from tenfold.records.csv_out import write_csv
from tenfold.reports.completeness_score import centre_scores, patient_scores
from tenfold.reports.page import render, write_page
from tenfold.reports.queries import Query, data_queries

COLUMNS = (
    "centre",
    "patient_id",
    "sort",
    "consequence",
    "question",
    "table",
    "column",
    "row",
    "why",
    "settles",
    "of_treatment",
)
REDCAP_FILE = "redcap_queries.json"
MOST_WHY = 8
MOST_ON_PAGE = 1000
"""A page with more is not read; the CSV holds all."""


@dataclass(frozen=True, slots=True)
class RedcapProject:
    """Where queries go in REDCap: the project, the event, who asks, and "table.column" -> the name of the field there."""

    project_id: str
    event_id: str = ""
    username: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class QueryFiles:
    """The files written, the queries in them, the scores, and what could not be written, in words."""

    files: tuple[Path, ...]
    queries: tuple[Query, ...]
    centres: pl.DataFrame
    left: tuple[str, ...] = ()


def write_queries(
    assessment: Assessment,
    folder: Path,
    centres: Mapping[str, str] | None = None,
    redcap: RedcapProject | None = None,
    stamp: datetime | None = None,
) -> QueryFiles:
    """Write `queries.csv`, `.json` and `.html`, `completeness_of_patients.csv`, `completeness_of_centres.csv`, and for REDCap
    `redcap_queries.json`.

    Files of an earlier run are replaced, and its `redcap_queries.json` is taken away where `redcap` is not given.
    `stamp`: the moment that REDCap shows as when it was asked; needed with `redcap`. OSError if it cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    queries = data_queries(assessment, centres)
    scores = patient_scores(assessment, centres)
    of_centres = centre_scores(scores, queries)
    files = [folder / name for name in ("queries.csv", "queries.json", "queries.html")]
    write_csv(query_frame(queries), files[0])
    files[1].write_text(
        json.dumps(queries_data(assessment, queries, scores, of_centres), ensure_ascii=False, indent=1), "utf-8"
    )
    write_page(queries_page(assessment, queries, scores, of_centres), files[2])
    for name, frame in (("completeness_of_patients.csv", scores), ("completeness_of_centres.csv", of_centres)):
        files.append(folder / name)
        write_csv(frame, files[-1])
    left: tuple[str, ...] = ()
    for_redcap = folder / REDCAP_FILE
    if redcap is None and for_redcap.is_file():
        # What is left of an earlier run would be asked anew.
        for_redcap.unlink()
        left = (f"{REDCAP_FILE} of an earlier run was taken away: it did not belong to these queries",)
    if redcap is not None:
        if stamp is None:
            raise ValueError("queries for REDCap need the moment at which they are asked")
        data, left = redcap_data(queries, redcap, stamp)
        files.append(for_redcap)
        files[-1].write_text(json.dumps(data, ensure_ascii=False, indent=1), "utf-8")
    return QueryFiles(tuple(files), queries, of_centres, left)


def query_frame(queries: Sequence[Query]) -> pl.DataFrame:
    """One row a query, most consequential first; `why` shortened to its first eight answers."""
    rows = [(*_cells(one)[:-2], one.settles, one.of_treatment) for one in queries]
    schema: dict[str, Any] = dict.fromkeys(COLUMNS, pl.String)
    return pl.DataFrame(rows, {**schema, "settles": pl.Int64, "of_treatment": pl.Int64}, orient="row")


def _cells(one: Query) -> tuple[str, ...]:
    why = "; ".join(one.why[:MOST_WHY]) + (f"; and {len(one.why) - MOST_WHY} more" if len(one.why) > MOST_WHY else "")
    said = {**asdict(one), "why": why}
    return tuple(str(said[name]) for name in COLUMNS)


def queries_data(
    assessment: Assessment, queries: Sequence[Query], scores: pl.DataFrame, of_centres: pl.DataFrame
) -> dict[str, Any]:
    """Everything as plain data."""
    on = assessment.on
    return {
        "title": assessment.registry.title,
        "simulated": assessment.registry.simulated,
        "as_of": None if on is None else assessment.registry.format_day(on),
        "queries": [asdict(one) for one in queries],
        "patients": scores.to_dicts(),
        "centres": of_centres.to_dicts(),
    }


def queries_page(
    assessment: Assessment, queries: Sequence[Query], scores: pl.DataFrame, of_centres: pl.DataFrame
) -> str:
    """The queries and scores as one self-contained page; of very many queries the first."""
    on = assessment.on
    shown = [_on_page(one) for one in queries[:MOST_ON_PAGE]]
    return render(
        "queries.html.j2",
        assessment,
        title="Data queries",
        of=assessment.registry.title or "",
        as_of="all that is on record" if on is None else assessment.registry.format_day(on),
        overdue_asked=on is not None,
        centres=[
            (
                row["centre"] or "not stated",
                row["patients"],
                _percent(row),
                row["queries"],
                row["high"],
                row["medium"],
                row["low"],
            )
            for row in of_centres.to_dicts()
        ],
        patients=[
            (
                row["patient_id"],
                row["centre"],
                _percent(row),
                row["facts_open"],
                row["answers_single"],
                row["answers_open"],
            )
            for row in scores.sort("completeness", nulls_last=True).head(MOST_ON_PAGE).to_dicts()
        ],
        queries=shown,
        more=len(queries) - len(shown),
    )


def _on_page(one: Query) -> tuple[str, ...]:
    cells = dict(zip(COLUMNS, _cells(one), strict=True))
    who = f"{cells['patient_id'] or 'the whole file'}" + (f" ({cells['centre']})" if cells["centre"] else "")
    where = ".".join(filter(None, (cells["table"], cells["column"])))
    return f"{cells['consequence']}, {cells['sort']}", who, cells["question"], f"{where}: {cells['row']}", cells["why"]


def _percent(row: Mapping[str, Any]) -> str:
    return "nothing asked" if row["completeness"] is None else f"{100 * row['completeness']:.0f} %"


def read_redcap_project(path: Path) -> RedcapProject:
    """Read where queries go: `project_id`, `event_id`, `username` and `[fields]` "table.column" = "field". ValueError."""
    try:
        said = tomllib.loads(path.read_text("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: the file is not TOML ({error})") from error
    fields = said.get("fields", {})
    project = str(said.get("project_id", ""))
    event = str(said.get("event_id", ""))
    if not project.isdigit() or (event and not event.isdigit()):
        raise ValueError(f"{path}: project_id (and event_id, in a project with events) are the whole numbers of REDCap")
    if not isinstance(fields, dict) or not fields or not all(isinstance(name, str) for name in fields.values()):
        raise ValueError(f'{path}: write under [fields] the fields of REDCap, such as "mrd_samples.value" = "npm1_mrd"')
    return RedcapProject(project, event, said.get("username"), dict(fields))


def redcap_data(
    queries: Sequence[Query], project: RedcapProject, stamp: datetime
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The input of the module, and in words what has no field there. One open query for each record and field."""
    comments: dict[tuple[str, str], list[str]] = {}
    left: dict[str, int] = {}
    for one in queries:
        name = project.fields.get(f"{one.table}.{one.column}")
        if name is None or not one.patient_id:
            where = f"{one.table}.{one.column}" if one.patient_id else "a file, not a patient"
            left[where] = left.get(where, 0) + 1
            continue
        comments.setdefault((one.patient_id, name), []).append(f"{one.question} [{one.row}]")
    data = {
        str(number): {
            # The module looks a status up by its number: one that no status has makes a new one.
            "status_id": "-1",
            "rule_id": None,
            "pd_rule_id": None,
            "non_rule": "1",
            "project_id": project.project_id,
            "record": record,
            "event_id": project.event_id or "0",
            "field_name": name,
            "repeat_instrument": None,
            "instance": "1",
            "status": None,
            "exclude": "0",
            "query_status": "OPEN",
            "assigned_username": None,
            "resolutions": {
                "1": {
                    "res_id": "",
                    "status_id": "-1",
                    "ts": stamp.strftime("%Y-%m-%d %H:%M:%S"),
                    "response_requested": "1",
                    "response": None,
                    "comment": "\n".join(said),
                    "current_query_status": "OPEN",
                    "upload_doc_id": None,
                    "field_comment_edited": "0",
                    "username": project.username,
                }
            },
        }
        for number, ((record, name), said) in enumerate(comments.items(), 1)
    }
    return data, tuple(f"{where}: {count} queries have no field in REDCap" for where, count in sorted(left.items()))
