"""RDML 1.0 to 1.4, the data standard of real-time PCR: plain XML or XML in a zip archive.

Traps: one file may hold many runs; the types of a sample differ between versions (one in 1.0 and 1.1, one for each target
from 1.3); ``cq`` -1 is a threshold never crossed; a reaction is numbered along the rows of the plate, or named by its
well in version 1.0; LightCycler 96 names its samples by random identifiers and describes them in words; quantities have
units, of which only ``cop`` is copies.

Lefever et al., Nucleic Acids Res 2009;37:2065-2069; RDML consortium, versions 1.1 to 1.3, rdml.org.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from tenfold.exchange.instruments.layout import NO_AMPLIFICATION, NO_REVERSE_TRANSCRIPTION, NO_TARGET, Role
from tenfold.exchange.instruments.plausible import not_a_cycle, settled
from tenfold.exchange.instruments.rdml_document import (
    Counted,
    Document,
    Measured,
    Reaction,
    RunElement,
    Sample,
    number,
    read_document,
)
from tenfold.exchange.run import CURVES, PARTITIONS, WELLS, Run, RunNotUnderstood
from tenfold.vocabulary import CtStatus, WellRole

ROLES: dict[str, Role] = {
    "unkn": (WellRole.PATIENT, None),
    "std": (WellRole.STANDARD, None),
    "ntc": (WellRole.NO_TEMPLATE, None),
    "nac": NO_AMPLIFICATION,
    "nrt": NO_REVERSE_TRANSCRIPTION,
    "ntp": NO_TARGET,
    "pos": (WellRole.CONTROL, "positive control"),
    "opt": (WellRole.CONTROL, "optical calibrator"),
}
"""RDML's types of samples. ``nac``, ``nrt`` and ``ntp`` hold no target that could amplify, so they count as wells without
template, as ``ntc`` does, and the remark names what they are.
"""

UNITS = {
    "cop": None,
    "other": "the file names no unit for the quantities of its standards; they are read as copies per reaction",
}
"""Units of quantities that are read, each with what there is to note."""


def read_rdml(data: bytes, file: str, stem: str, run: str | None = None) -> Run:
    """The run of an RDML file, or the one of that name where it holds several.

    Raises:
        RunNotUnderstood: it is no RDML, unsafe or too large, or holds several runs of which none, or an unknown one, is
            named.
    """
    document = read_document(data, file)
    if not document.runs:
        raise RunNotUnderstood(f"{file}: expected RDML with at least one run, found an RDML file without any")
    return _run(document, _chosen(document.runs, run, file), stem)


def _chosen(runs: list[RunElement], name: str | None, file: str) -> RunElement:
    names = ", ".join(repr(run.name) for run in runs[:70])
    if name is None:
        if len(runs) == 1:
            return runs[0]
        raise RunNotUnderstood(f"{file}: the file holds {len(runs)} runs; name one of them: {names}")
    found = [run for run in runs if name == run.name] or [run for run in runs if name == run.name.rpartition(" / ")[2]]
    if len(found) == 1:
        return found[0]
    wrong = "no run is" if not found else f"{len(found)} runs are"
    raise RunNotUnderstood(f"{file}: {wrong} called {name!r}; the runs are {names}")


def _run(document: Document, run: RunElement, stem: str) -> Run:
    wells: list[dict[str, Any]] = []
    curves: list[dict[str, Any]] = []
    partitions: list[dict[str, Any]] = []
    notes: dict[str, None] = {}
    for react in run.reacts:
        well = run.well(react.id)
        sample = document.samples.get(react.sample)
        for one in react.data:
            wells.append(_well(well, react, one, sample, notes))
            curves += [{"well": well, "target": one.target, "cycle": c, "fluorescence": f} for c, f in one.curve]
        partitions += [_partition(well, react, one, sample) for one in react.partitions]
    if document.faults:
        notes[f"points of the curves of {len(set(document.faults))} reactions are no numbers and are left away"] = None
    wells, doubts = settled(wells)
    partitions, more = settled(partitions)
    notes |= dict.fromkeys((*doubts, *more))
    if not wells and not partitions:
        raise RunNotUnderstood(f"{stem}: the run {run.name!r} has no reactions with data; export it again")
    return Run(
        name=run.name,
        format=f"RDML {document.version}".strip(),
        instrument=run.instrument,
        software=run.software,
        started=run.started,
        wells=pl.DataFrame(wells, schema=WELLS),
        curves=pl.DataFrame(curves, schema=CURVES),
        partitions=pl.DataFrame(partitions, schema=PARTITIONS),
        notes=tuple(notes),
    )


def _well(well: str, react: Reaction, one: Measured, sample: Sample | None, notes: dict[str, None]) -> dict[str, Any]:
    role, remarks = _role(one.target, sample)
    copies = None
    if role is WellRole.STANDARD and sample is not None:
        value, unit = sample.quantities.get(one.target) or sample.quantities.get("") or (None, "")
        if unit in UNITS and value is not None and value > 0:
            copies = value
            if (note := UNITS[unit]) is not None:
                notes[note] = None
        elif unit:
            remarks.append(f"the quantity {value:g} {unit} is not a number of copies" if value else "no quantity")
    ct, status = _cycle(one.cq, remarks)
    return {
        "well": well, "sample": sample.name if sample else react.sample or None, "target": one.target or None,
        "role": role, "copies": copies, "ct": ct, "ct_status": status, "left_out": one.left_out is not None,
        "remark": _remark(remarks, one.left_out, one.note),
    }  # fmt: skip


def _partition(well: str, react: Reaction, one: Counted, sample: Sample | None) -> dict[str, Any]:
    role, remarks = _role(one.target, sample)
    known = one.positive is not None and one.negative is not None
    return {
        "well": well, "sample": sample.name if sample else react.sample or None, "target": one.target or None,
        "role": role, "positive": one.positive, "total": (one.positive or 0) + (one.negative or 0) if known else None,
        "partition_nl": one.volume, "left_out": one.left_out is not None,
        "remark": _remark(remarks, one.left_out, one.note),
    }  # fmt: skip


def _role(target: str, sample: Sample | None) -> tuple[WellRole | None, list[str]]:
    if sample is None:
        return None, ["the file does not describe the sample"]
    kind = sample.types.get(target) or sample.types.get("", "")
    role, remark = ROLES.get(kind, (None, f"the type {kind!r} is not one of RDML" if kind else None))
    return role, [remark] if remark else []


def _cycle(cq: str | None, remarks: list[str]) -> tuple[float | None, CtStatus]:
    if cq is None:
        return None, CtStatus.MISSING
    value = number(cq)
    if value == -1 or cq.lower() == "nan":
        return None, CtStatus.UNDETERMINED
    if (why := not_a_cycle(value)) is not None:
        remarks.append(f"cq {cq!r} {why}")
        return None, CtStatus.MISSING
    return value, CtStatus.MEASURED


def _remark(remarks: list[str], left_out: str | None, note: str | None) -> str | None:
    excluded = [f"left out: {left_out}" if left_out else "left out"] if left_out is not None else []
    return "; ".join([*remarks, *excluded, *([note] if note else [])]) or None
