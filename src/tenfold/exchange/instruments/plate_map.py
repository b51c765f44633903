"""A plate map: the CSV by which a laboratory names what lies in the wells, where the instrument's file does not.

Columns: ``well``, ``sample``, ``target``, ``role``, ``copies``, and of each sample ``patient_id``, ``sample_id``,
``sample_date``, ``reported_date``, ``tissue``, ``marker``, ``assay``. A row with a well sets that well (only its target,
if one is named and the well has several). A row without a well sets all wells of its sample. An empty cell leaves what
the instrument's file tells. Dates are YYYY-MM-DD; ``copies`` are those of a standard, per reaction.

``role`` is patient, standard, control or no template, or another word for one of them (``layout.ROLES``). A ``negative
control``, an ``extraction blank``, an ``nrt`` (without reverse transcription) and a ``nac`` (without amplification) are
wells without template: a signal in them fails the run. A ``control`` or ``positive control`` holds template. What the
file calls a well without template stays one: a map that gives it another role is refused.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from tenfold.exchange.instruments.layout import Role, role_of
from tenfold.exchange.instruments.plausible import COLUMNS_NOT_READ, UNNAMED, named, with_remark, without_remark
from tenfold.exchange.instruments.text import SEPARATORS, Row, decimal_mark, decoded, folded, read_bytes, rows_of
from tenfold.exchange.instruments.wells import COLUMNS, is_on_384, plate_well, well_name, well_number
from tenfold.exchange.run import WELLS, Run, RunNotUnderstood
from tenfold.records.lexicon import gene_aliases, genes
from tenfold.records.names import known_names
from tenfold.records.nearest import bare
from tenfold.records.shape import Kind
from tenfold.vocabulary import Tissue, WellRole

PLATE: dict[str, pl.DataType] = {
    "row": pl.Int64(),
    "well": pl.String(),
    "sample": pl.String(),
    "target": pl.String(),
    "role": WELLS["role"],
    "copies": pl.Float64(),
    "kind": pl.String(),
}
"""One row for each row of the map that names a well, or a sample with a role, target or copies; ``row`` is its line and
``kind`` what kind of control it is, where the map tells.
"""

SAMPLES: dict[str, pl.DataType] = {
    "sample": pl.String(),
    "patient_id": pl.String(),
    "sample_id": pl.String(),
    "sample_date": pl.Date(),
    "reported_date": pl.Date(),
    "tissue": pl.Enum([tissue.value for tissue in Tissue]),
    "marker": pl.String(),
    "assay": pl.String(),
}
"""One row for each sample of which the map tells whose it is or when, where and how it was taken."""

NAME_SAMPLES = "give the run's file a column called sample, or name the wells in the map (well, sample)"
_OF_SAMPLE = [name for name in SAMPLES if name != "sample"]


@dataclass(frozen=True)
class PlateMap:
    """What a plate map tells of wells (``PLATE``) and of samples (``SAMPLES``)."""

    name: str
    wells: pl.DataFrame
    samples: pl.DataFrame


def read_plate_map(path: str | Path) -> PlateMap:
    """Read a plate map.

    Raises:
        RunNotUnderstood: the file is no plate map, or its rows are not understood or contradict each other; every
            fault is told, each with its row and its remedy.
    """
    path = Path(path)
    text, _ = decoded(read_bytes(path), path.name)
    rows, columns = _header(text, path.name)
    body = [row for row in rows[1:] if not row.is_blank]
    faults: list[str] = []
    mark = decimal_mark(row.cell(columns.get("copies")) for row in body)
    wells: list[dict[str, Any]] = []
    told: dict[str, dict[str, tuple[Any, int]]] = defaultdict(dict)
    for row in body:
        cells = {name: row.cell(column) for name, column in columns.items()}
        well = _well(cells.get("well", ""), row, faults)
        role, kind = _role(cells.get("role", ""), row, faults)
        if not cells.get("well") and not cells.get("sample"):
            faults.append(f"row {row.line} names neither a well nor a sample; name one, or take the row away")
            continue
        wells.append(
            {
                "row": row.line,
                "well": well,
                "sample": cells.get("sample") or None,
                "target": cells.get("target") or None,
                "role": role,
                "copies": _copies(cells.get("copies", ""), mark.number(cells.get("copies", "")), row, faults),
                "kind": kind,
            }
        )
        if wells[-1]["copies"] is not None and wells[-1]["role"] is None:
            wells[-1]["role"] = WellRole.STANDARD
        _tell(told, cells, row, faults)
    faults += _twice(wells)
    if faults:
        raise RunNotUnderstood(f"{path.name}: " + "; ".join(faults))
    samples = [{"sample": name} | {k: v for k, (v, _) in facts.items()} for name, facts in told.items()]
    return PlateMap(path.name, pl.DataFrame(wells, schema=PLATE), pl.DataFrame(samples, schema=SAMPLES))


def with_plate_map(run: Run, plate_map: PlateMap) -> Run:
    """The run with its wells and partitions named by a plate map.

    Rows of a well come first, then rows of a sample, which set what no row of the well has set. The facts of samples
    stay in ``plate_map.samples``.

    Raises:
        RunNotUnderstood: the map names a well, a sample or a target that the run does not have, or gives another role to
            a well that the file says is without template.
    """
    wells, partitions = run.wells.to_dicts(), run.partitions.to_dicts()
    records = wells + partitions
    changes = plate_map.wells.to_dicts()
    faults: list[str] = []
    blanks = {i for i, record in enumerate(records) if record["role"] == WellRole.NO_TEMPLATE}
    fixed: set[tuple[int, str]] = set()
    for change in (change for change in changes if change["well"] is not None):
        found = _of_well(records, change["well"])
        faults += _set(records, found, change, blanks, fixed, ("sample", "role", "copies"), may_name_target=True)
    of_samples = [change for change in changes if change["well"] is None]
    if of_samples and not any(map(_names_a_sample, records)):
        rows = f"row{'s' * (len(of_samples) > 1)} {', '.join(str(change['row']) for change in of_samples[:5])}"
        faults.append(
            f"the run names no samples, so {rows}{' ...' * (len(of_samples) > 5)} can be about none; {NAME_SAMPLES}"
        )
        of_samples = []
    for change in of_samples:
        found = [i for i, record in enumerate(records) if record["sample"] == change["sample"]]
        faults += _set(records, found, change, blanks, fixed, ("role", "copies"), may_name_target=False)
    if faults:
        # A column of the run that is not read explains more than the rows of a map that may be right.
        unread = [f"in the run's file, {note}" for note in run.notes if COLUMNS_NOT_READ in note]
        raise RunNotUnderstood("; ".join([*unread, f"{plate_map.name}: " + "; ".join(faults)]))
    return replace(
        run,
        wells=pl.DataFrame(named(wells), schema=run.wells.schema),
        partitions=pl.DataFrame(named(partitions), schema=run.partitions.schema),
    )


def _names_a_sample(record: dict[str, Any]) -> bool:
    """Whether the well's sample was named, not called by its well."""
    return bool(record["sample"]) and UNNAMED not in (record["remark"] or "")


def _of_well(records: list[dict[str, Any]], well: str) -> list[int]:
    """The records of a well that may be named by its number on the plate."""
    names = [record["well"] or "" for record in records]
    if well not in names and well.isdigit():
        well = plate_well(int(well), COLUMNS[384 if is_on_384(names) else 96])
    return [i for i, name in enumerate(names) if name == well]


def _set(
    records: list[dict[str, Any]],
    found: list[int],
    change: dict[str, Any],
    blanks: set[int],
    fixed: set[tuple[int, str]],
    fields: tuple[str, ...],
    *,
    may_name_target: bool,
) -> list[str]:
    """Set the fields of the records that a row of the map is about; the faults of the row."""
    which = f"the well {change['well']}" if change["well"] else f"the sample {change['sample']!r}"
    if not found:
        return [f"row {change['row']}: {which} is not in the run; correct the name, or take the row away"]
    if change["target"] is not None:
        meant = [i for i in found if folded(records[i]["target"] or "") == folded(change["target"])]
        if meant:
            found = meant
        elif may_name_target and len(found) == 1:
            fields = (*fields, "target")
        else:
            there = ", ".join(sorted({records[i]["target"] or "no target" for i in found}))
            return [
                f"row {change['row']}: the target {change['target']!r} is not in {which}, which has {there}; "
                "write one of these, or leave the target empty"
            ]
    unsaid = [i for i in found if i in blanks and (i, "role") not in fixed]
    if unsaid and change["role"] not in (None, WellRole.NO_TEMPLATE):
        wells = ", ".join(dict.fromkeys(records[i]["well"] or "a well" for i in unsaid))
        return [
            f"row {change['row']} calls {wells} {change['role']}, where the run's file says no template; a blank cannot be "
            "unsaid: correct the row, or the run's file if it is wrong"
        ]
    for i in found:
        for name in fields:
            if name in records[i] and change[name] is not None and (i, name) not in fixed:
                records[i] |= {name: change[name], "remark": _remark(records[i]["remark"], name, change["kind"])}
                if change["well"]:
                    fixed.add((i, name))
    return []


def _remark(before: str | None, name: str, kind: str | None) -> str | None:
    """The remark of a well of which the map tells a field: named now, or a control of some kind."""
    if name == "sample":
        return without_remark(before, UNNAMED)
    return with_remark(before, kind) if name == "role" and kind else before


def _header(text: str, file: str) -> tuple[list[Row], dict[str, int]]:
    """The rows of the map and the column of each of its names."""
    known = {*PLATE, *SAMPLES} - {"row", "kind"}
    for separator in SEPARATORS:
        rows = [row for row in rows_of(text, separator) if not row.is_blank]
        header = [folded(cell).replace(" ", "_") for cell in rows[0].cells]
        if not ({"well", "sample"} & set(header) and len(header) > 1):
            continue
        others = [name for name in header if name and name not in known]
        twice = [name for name in dict.fromkeys(header) if name and header.count(name) > 1]
        if others or twice:
            wrong = f"the columns {', '.join(others)} are not known" if others else f"columns are named twice: {twice}"
            raise RunNotUnderstood(f"{file}: {wrong}; a plate map has {', '.join(sorted(known))}")
        return rows, {name: i for i, name in enumerate(header) if name}
    raise RunNotUnderstood(
        f"{file}: expected a plate map with the column well or sample and others of {', '.join(sorted(known))}; "
        f"found the line {text.strip().splitlines()[0][:120]!r}"
    )


def _well(written: str, row: Row, faults: list[str]) -> str | None:
    if not written:
        return None
    number = well_number(written)
    name = well_name(written) or (str(number) if number else None)
    if name is None:
        faults.append(f"row {row.line}: {written!r} is not a well; write it as A1, or as its number")
    return name


def _role(written: str, row: Row, faults: list[str]) -> Role:
    found = role_of(folded(written)) if written else (None, None)
    if found is None:
        words = ", ".join([*WellRole, "negative control"])
        faults.append(f"row {row.line}: the role {written!r} is not known; write one of {words}")
        return None, None
    return found


def _copies(written: str, value: float | None, row: Row, faults: list[str]) -> float | None:
    if written and (value is None or value <= 0):
        faults.append(f"row {row.line}: {written!r} is not a number of copies; write a number above 0, such as 1000")
        return None
    return value


def _tell(told: dict[str, dict[str, tuple[Any, int]]], cells: dict[str, str], row: Row, faults: list[str]) -> None:
    """Keep what a row tells of its sample; a fault where another row told otherwise."""
    facts = {name: cells[name] for name in _OF_SAMPLE if cells.get(name)}
    if not facts:
        return
    sample = cells.get("sample")
    if not sample:
        faults.append(f"row {row.line} tells of a sample ({', '.join(facts)}) and names none; name the sample")
        return
    for name, written in facts.items():
        value = _fact(name, written, row, faults)
        before = told[sample].setdefault(name, (value, row.line))
        if value is not None and before[0] != value:
            faults.append(
                f"rows {before[1]} and {row.line} give the sample {sample!r} the {name} {before[0]} and {value}; "
                "a sample has one: correct one of the rows, or give the samples different names"
            )


def _fact(name: str, written: str, row: Row, faults: list[str]) -> Any:
    if name.endswith("_date"):
        try:
            return date.fromisoformat(written)
        except ValueError:
            faults.append(f"row {row.line}: the {name} {written!r} is not a date; write it as 2026-03-31")
            return None
    if name == "tissue" and folded(written) not in list(Tissue):
        faults.append(f"row {row.line}: the tissue {written!r} is not known; write {' or '.join(Tissue)}")
        return None
    if name == "marker" and (symbol := _symbol(written)) is not None:
        faults.append(f"row {row.line}: the marker {written!r} is another name of {symbol}; write {symbol}")
        return None
    return folded(written) if name == "tissue" else written


def _symbol(marker: str) -> str | None:
    """The symbol of a gene that a marker names in another spelling; None where it is a known marker, or like none."""
    if known_names(Kind.MARKER, pl.Series([marker])):
        return None
    return marker.upper() if marker.upper() in genes() else gene_aliases().get(bare(marker))


def _faults_of_roles(well: dict[str, Any]) -> list[str]:
    if well["copies"] is None or well["role"] in (None, WellRole.STANDARD):
        return []
    return [f"row {well['row']} gives copies to a {well['role']}; only a standard has known copies: correct the role"]


def _twice(wells: list[dict[str, Any]]) -> list[str]:
    """Rows that are about the same well and target, or the same sample and target; and copies of no standard."""
    faults = [fault for well in wells for fault in _faults_of_roles(well)]
    first: dict[tuple[Any, ...], int] = {}
    for well in wells:
        if well["well"] is None and well["role"] is None and well["copies"] is None:
            continue
        about = (well["well"], None if well["well"] else well["sample"], folded(well["target"] or ""))
        before = first.setdefault(about, well["row"])
        if before != well["row"]:
            what = f"the well {well['well']}" if well["well"] else f"the sample {well['sample']!r}"
            faults.append(f"rows {before} and {well['row']} are both about {what}; take one of them away")
    return faults
