"""The oncoprint: every patient a column, every gene a row; mutated, not mutated and not known are three different marks.

Traps: a gene that was not tested, or of which nobody wrote down a negative result, is a dash and never an empty cell; the
number at the end of a row is of all in whom it is known, also those for whom the figure has no room.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import polars as pl

from tenfold.cohort.figure_rows import MUTATED, NOT_MUTATED, UNKNOWN
from tenfold.figures import style
from tenfold.figures.canvas import LETTER, LINE, Canvas
from tenfold.figures.shown import evenly, how_many_shown

ROW, HEAD, KEY = 18, 6, 22
WIDEST_CELL, NAMED_FROM = 26.0, 11.0
"""Pixels: the widest column, and the width from which patients are named under it."""
BETWEEN_GROUPS = 10
MOST_PATIENTS = {True: 200, False: 80}


def oncoprint(
    mutations: pl.DataFrame, *, groups: Mapping[str, str] | None = None, width: int = style.WIDE, most_genes: int = 25
) -> Any:
    """Return the oncoprint of patient_id, `gene`, `status` (mutated, not mutated, not known), or None for no mutation.

    Genes in the order of how many have them, patients so that who shares the first genes stands together, in `groups`
    where they are given (others are left out). At most 25 genes, and 200 patients (80 on a narrow figure) evenly spaced by
    identifier, of how many the figure says. ValueError for a status that is none of the three or a patient with a gene twice.
    """
    odd = set(mutations["status"]) - {MUTATED, NOT_MUTATED, UNKNOWN}
    if odd:
        raise ValueError(f"{', '.join(sorted(map(str, odd)))}: a gene is {MUTATED}, {NOT_MUTATED} or {UNKNOWN}")
    if mutations.select("patient_id", "gene").is_duplicated().any():
        raise ValueError("a patient stands in one cell of a gene; mutations has two rows of one")
    if groups is not None:
        mutations = mutations.filter(pl.col("patient_id").is_in(list(groups)))
    wide = width > 400
    genes = _genes(mutations, most_genes)
    if not genes:
        return None
    cells = {(row["patient_id"], row["gene"]): row["status"] for row in mutations.to_dicts()}
    everybody = sorted(mutations["patient_id"].unique(), key=lambda one: (groups[one] if groups else "", one))
    columns = _patients(evenly(everybody, MOST_PATIENTS[wide]), genes, cells, groups)
    named = list(dict.fromkeys(group for _, group in columns))
    gutter = max(len(gene) for gene in genes) * LETTER + 12
    counted = 46
    gaps = (len(named) - 1) * BETWEEN_GROUPS
    cell = min(WIDEST_CELL, (width - 24 - gutter - counted - gaps) / len(columns))
    places = _places(columns, gutter, cell)
    right = max(places.values()) + cell
    sizes = Counter(groups[one] for one in everybody) if groups is not None else {}
    heads = _heads(columns, places, cell, right, sizes) if groups is not None else []
    cut = _cut(len(columns), len(everybody), max(right + counted, width - 24 if not wide else 0))
    key = KEY + LINE * len(cut)
    top = key + max((head["y"] for head in heads), default=0) + (LINE if heads else 0) + HEAD
    canvas = Canvas(max(right + counted, width - 24 if not wide else 0), _bottom(top, genes, columns, cell))
    drawn = [
        {
            "x": places[patient] + 0.06 * cell,
            "x2": places[patient] + 0.94 * cell,
            "y": top + ROW * k + 2,
            "y2": top + ROW * (k + 1) - 2,
            "status": cells.get((patient, gene), UNKNOWN),
        }
        for patient, _ in columns
        for k, gene in enumerate(genes)
    ]
    _marks(canvas, drawn)
    _key(canvas, wide)
    canvas.words([{"x": 0.0, "y": KEY + LINE * (k + 0.5), "said": line} for k, line in enumerate(cut)])
    canvas.words([{**head, "y": head["y"] + key} for head in heads], fontWeight="bold")
    rows = [
        {"x": gutter - 8, "y": top + ROW * (k + 0.5), "said": gene.replace("_", "-")} for k, gene in enumerate(genes)
    ]
    canvas.words(rows, align="right", fontStyle="italic")
    ends = []
    for k, gene in enumerate(genes):
        states = [cells.get((patient, gene), UNKNOWN) for patient in everybody]
        known = len(states) - states.count(UNKNOWN)
        ends.append({"x": right + 6, "y": top + ROW * (k + 0.5), "said": f"{states.count(MUTATED)}/{known}"})
    canvas.words(ends)
    if cell >= NAMED_FROM:
        under = top + ROW * len(genes) + 4
        names = [{"x": places[patient] + cell / 2, "y": under, "said": patient} for patient, _ in columns]
        canvas.words(names, align="right", angle=270)
    return canvas.chart()


def _genes(mutations: pl.DataFrame, most: int) -> list[str]:
    counted = mutations.filter(pl.col("status") == MUTATED).group_by("gene").len()
    return counted.sort("len", "gene", descending=[True, False])["gene"].head(most).to_list()


def _patients(
    patients: Sequence[str],
    genes: Sequence[str],
    cells: Mapping[tuple[str, str], str],
    groups: Mapping[str, str] | None,
) -> list[tuple[str, str]]:
    """Patients with their group, those alike in the first genes together."""
    rank = {MUTATED: 0, NOT_MUTATED: 1, UNKNOWN: 2}

    def place(patient: str) -> tuple[Any, ...]:
        pattern = tuple(rank[cells.get((patient, gene), UNKNOWN)] for gene in genes)
        return (groups[patient] if groups else "", pattern, patient)

    return [(patient, groups[patient] if groups else "") for patient in sorted(patients, key=place)]


def _places(columns: Sequence[tuple[str, str]], gutter: float, cell: float) -> dict[str, float]:
    """The left edge of each patient's column."""
    at, last, places = gutter, columns[0][1], {}
    for patient, group in columns:
        at += BETWEEN_GROUPS if group != last else 0
        places[patient], last = at, group
        at += cell
    return places


def _heads(
    columns: Sequence[tuple[str, str]],
    places: Mapping[str, float],
    cell: float,
    right: float,
    sizes: Mapping[str, int],
) -> list[dict[str, Any]]:
    """The names of the groups over their columns, in as many lines as they need."""
    lines: list[dict[str, Any]] = []
    named = list(dict.fromkeys(group for _, group in columns))
    starts = {group: min(places[patient] for patient, of in columns if of == group) for group in named}
    for k, group in enumerate(named):
        end = starts[named[k + 1]] - BETWEEN_GROUPS if k + 1 < len(named) else right + 40
        room = max(8, int((end - starts[group]) / (LETTER * 1.06)))
        wrapped = textwrap.wrap(f"{group} (n\u00a0=\u00a0{sizes[group]})", room)
        lines += [{"x": starts[group], "y": LINE * (row + 0.5), "said": line} for row, line in enumerate(wrapped)]
    return lines


def _cut(shown: int, of: int, across: float) -> list[str]:
    """What to say above a figure that has no room for all, in lines."""
    said = how_many_shown(shown, of)
    return textwrap.wrap(f"{said}; mutated / known are of all {of}.", int(across / LETTER)) if said else []


def _bottom(top: float, genes: Sequence[str], columns: Sequence[tuple[str, str]], cell: float) -> float:
    names = max(len(patient) for patient, _ in columns) * LETTER + 8 if cell >= NAMED_FROM else 4
    return top + ROW * len(genes) + names


def _marks(canvas: Canvas, drawn: Sequence[dict[str, Any]]) -> None:
    """A full cell, a pale low one, and a dash."""
    full = [row for row in drawn if row["status"] == MUTATED]
    canvas.lay(full, {"type": "rect", "fill": style.BLUE, "opacity": 1}, x2=alt.X2("x2:Q"), y2=alt.Y2("y2:Q"))
    low = [{**row, "y": row["y"] + 4, "y2": row["y2"] - 4} for row in drawn if row["status"] == NOT_MUTATED]
    canvas.lay(low, {"type": "rect", "fill": style.RULE, "opacity": 1}, x2=alt.X2("x2:Q"), y2=alt.Y2("y2:Q"))
    dashes = [
        {"x": (row["x"] * 2 + row["x2"]) / 3, "x2": (row["x"] + row["x2"] * 2) / 3, "y": (row["y"] + row["y2"]) / 2}
        for row in drawn
        if row["status"] == UNKNOWN
    ]
    canvas.lay(dashes, {"type": "rule", "color": style.GREY, "strokeWidth": 1, "opacity": 0.8}, x2=alt.X2("x2:Q"))


def _key(canvas: Canvas, wide: bool) -> None:
    """What the three marks mean."""
    cells, words, at = [], [], 0.0
    said = {MUTATED: MUTATED, NOT_MUTATED: "tested, not mutated", UNKNOWN: UNKNOWN}
    for status, word in said.items():
        cells.append({"x": at, "x2": at + 12, "y": 1, "y2": 15, "status": status})
        words.append({"x": at + 17, "y": 8, "said": word})
        at += 17 + len(word) * LETTER + (22 if wide else 10)
    _marks(canvas, cells)
    canvas.words(words)
    canvas.words([{"x": canvas.width, "y": 8, "said": "n / known" if wide else ""}], align="right")
