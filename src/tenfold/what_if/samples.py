"""A next sample: what is not said of it is taken from the marker's last sample, and named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from tenfold.mrd.levels import FAMILIES
from tenfold.mrd.markers import MARKERS
from tenfold.records.registry import Registry
from tenfold.records.timeline import placed
from tenfold.vocabulary import Detection, Scale
from tenfold.what_if.kinds import Adequacy, NextSample

SCALE_WORDS = {
    Scale.PERCENT_ABL1: "% of ABL1",
    Scale.PER_1E4_ABL1: " per 10^4 ABL1",
    Scale.PER_1E5_ABL1: " per 10^5 ABL1",
    Scale.PERCENT_OF_DIAGNOSIS: "% of the diagnostic level",
    Scale.PERCENT_VAF: "% VAF",
    Scale.PERCENT_CD45: "% of CD45+ cells",
}
PERCENTAGES = (Scale.PERCENT_ABL1, Scale.PERCENT_OF_DIAGNOSIS, Scale.PERCENT_VAF, Scale.PERCENT_CD45)
CALLS = {Detection.NO: "negative", Detection.YES: "positive", Detection.BELOW_QUANTIFICATION: "below quantification"}
TAKEN = ("tissue", "method", "laboratory", "assay", "control_gene")
"""What a sample takes from the last one; another laboratory or assay would not be compared with it."""


@dataclass(frozen=True)
class Drafted:
    """The cells of a supposed sample, in words, what has to be known of it, and how many supposed ones it comes after."""

    row: dict[str, str]
    said: str
    notes: tuple[str, ...]
    before: int


def next_sample(registry: Registry, what: NextSample, earlier: Sequence[dict[str, str]], text: str) -> Drafted:
    """Fill a next sample up from the patient's last sample of that marker. ValueError where that does not tell enough."""
    last, others = _last(registry, what)
    tissue = what.tissue or (last or {}).get("tissue")
    if tissue is None:
        raise ValueError(f'"{text}": no earlier {what.marker} sample tells the tissue: say marrow or blood')
    notes = []
    row = {name: str(last[name]) for name in TAKEN if last and last[name] is not None}
    row |= {"marker": what.marker, "tissue": tissue}
    if what.method is not None:
        row["method"] = what.method
        if last and last["method"] != what.method:
            row = {name: cell for name, cell in row.items() if name not in ("laboratory", "assay", "control_gene")}
    if "method" not in row:
        notes.append("the method is not known: say by rt-qpcr, digital pcr, ngs or flow")
    taken = [
        f"{name.replace('_', ' ')} {row[name]}" for name in TAKEN if name in row and getattr(what, name, None) is None
    ]
    if last and taken:
        notes.append(f"taken from the last sample ({last['sample_id'] or 'without a number'}): {', '.join(taken)}")
    if others and what.tissue is None:
        notes.append(
            f"the marker was measured in {' and '.join(others)} that day, too: name the tissue if that is meant"
        )
    scale = _scale(what, last, text)
    if what.value is not None:
        row |= {"value": what.value, "scale": str(scale)}
        if last and last["scale"] is not None and FAMILIES[scale] != FAMILIES[Scale(last["scale"])]:
            notes.append("the last value is on another scale: the two are not compared")
    row |= {} if what.qualifier is None else {"qualifier": str(what.qualifier)}
    row |= {} if what.detected is None else {"detected": str(what.detected)}
    row |= quality(what.adequacy)
    if what.detected is Detection.NO and not what.adequacy.said:
        notes.append("whether the sample is adequate is not known, which matters: add adequate, or ABL1 and its copies")
    rule = MARKERS.get(what.marker)
    if rule is not None and not rule.suitable:
        notes.append(f"{what.marker} is not read as residual disease: {rule.why}")
    stream = ("marker", "tissue", "method")
    before = sum(all(row.get(name) == other.get(name) for name in stream) for other in earlier)
    if before:
        notes.append("the day after the supposed sample before it: say in how many days it is taken")
    return Drafted(row, _in_words(what, row, scale), tuple(notes), before)


def quality(adequacy: Adequacy) -> dict[str, str]:
    """The cells of what is said of a sample's quality."""
    cells = {} if adequacy.adequate is None else {"adequate": "yes" if adequacy.adequate else "no"}
    if adequacy.control_copies is not None:
        cells |= {"control_gene": str(adequacy.control_gene), "control_copies": adequacy.control_copies}
    return cells


def _last(registry: Registry, what: NextSample) -> tuple[dict[str, Any] | None, list[str]]:
    """The marker's last sample (of that tissue and method, if there is one), and the other tissues of the same day."""
    samples = placed(registry, "mrd_samples").filter(pl.col("marker") == what.marker)
    for name in ("tissue", "method"):
        of_these = samples.filter(pl.col(name) == pl.lit(getattr(what, name), pl.String))
        samples = of_these if of_these.height else samples
    ordered = samples.sort("order", (pl.col("tissue") == "marrow"), "sample_id", nulls_last=False).to_dicts()
    if not ordered:
        return None, []
    last = ordered[-1]
    same_day = {row["tissue"] for row in ordered if row["order"] == last["order"]} - {last["tissue"], None}
    return last, sorted(same_day)


def _scale(what: NextSample, last: dict[str, Any] | None, text: str) -> Scale:
    """The scale said, or for a bare percentage that of the last sample."""
    if what.scale is not None or what.value is None:
        return what.scale or Scale.PERCENT_ABL1
    if last and last["scale"] in PERCENTAGES:
        return Scale(last["scale"])
    raise ValueError(
        f'"{text}": the last sample does not tell of what {what.value} % is: write {what.value}% ABL1, '
        f"{what.value}% of diagnosis, {what.value}% VAF or {what.value}% CD45"
    )


def _in_words(what: NextSample, row: dict[str, str], scale: Scale) -> str:
    where = f"{what.marker} in {row['tissue']}" + (f" by {row['method']}" if "method" in row else "")
    level = CALLS[what.detected] if what.detected is not None else "call not known"
    if what.value is not None:
        level = f"{what.qualifier or ''}{what.value}{SCALE_WORDS[scale]}"
    adequate = {None: "", "yes": ", adequate", "no": ", not adequate"}[row.get("adequate")]
    copies = f", {row['control_copies']} copies of {row['control_gene']}" if "control_copies" in row else ""
    return f"next sample of {where}: {level}{adequate}{copies}"


def with_adequacy(registry: Registry, adequacy: Adequacy, text: str) -> tuple[Registry, list[dict[str, str]], str]:
    """Take the last samples whose quality is not recorded out, and return them as cells with the quality supposed of them.

    ValueError where there is no sample, or that of the last one is recorded.
    """
    table = registry.table("mrd_samples")
    samples = placed(registry, "mrd_samples").with_row_index("at")
    last = samples.filter(pl.col("order") == pl.col("order").max())
    if last.is_empty():
        raise ValueError(f'"{text}": there is no MRD sample of which it could be said')
    asked = pl.col("adequate").is_null()
    asked &= pl.col("control_copies").is_null() if adequacy.control_copies is not None else pl.lit(True)
    unsaid = last.filter(asked)
    names = last["sample_id"].fill_null("without a number").to_list()
    if unsaid.is_empty():
        raise ValueError(f'"{text}": the quality of the last sample ({", ".join(names)}) is on record')
    at = unsaid["at"].to_list()
    rows = []
    for k in at:
        row = {name: _cell(value) for name, value in table.row(k, named=True).items() if value is not None}
        rows.append(row | quality(adequacy))
    kept = table.with_row_index("at").filter(~pl.col("at").is_in(at)).drop("at")
    named = ", ".join(unsaid["sample_id"].fill_null("without a number"))
    changed = replace(registry, tables={**registry.tables, "mrd_samples": kept})
    return changed, rows, f"supposed of the last recorded sample ({named})"


def _cell(value: Any) -> str:
    """A value as it would be written in a file."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return repr(value) if isinstance(value, float) else str(value)
