"""How a rule is asked of a frame: which rows break it, and the fault that each of them makes.

A frame under examination holds each cell twice, as written (``written:blasts_pct``) and as understood
(``blasts_pct``), and where the row stands (``at:row``, ``at:file``, ``at:line``). A rule is a mask over it.
All masks are evaluated in one pass; faults are made only for those that hit.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import polars as pl

from tenfold.records.faults import FAULT_SCHEMA, Used

FOUND_SCHEMA: dict[str, pl.DataType] = {"at:row": pl.Int64(), **FAULT_SCHEMA}
"""A frame of faults, each with the row it was found in."""

ROW, FILE, LINE = "at:row", "at:file", "at:line"


def written(name: str) -> str:
    """The name of the column that holds a cell as written."""
    return f"written:{name}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said of one value: the rule it breaks, the remedy, and what is done."""

    rule: str
    remedy: str
    used: Used = Used.ROW_SET_ASIDE


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule about a column: the rows that break it (null: they do not), and what to say.

    ``says`` is a verdict for each distinct value as written, or one text (a string or an expression over
    the frame) for the rule with ``remedy`` beside it.
    """

    column: str
    broken: pl.Expr
    says: Callable[[str], Verdict] | pl.Expr | str
    remedy: str = ""
    used: Used = Used.ROW_SET_ASIDE


_NONE = pl.DataFrame(schema=FOUND_SCHEMA)


def none_found() -> pl.DataFrame:
    """An empty frame of faults with their rows."""
    return _NONE.clone()


def apply_rules(frame: pl.DataFrame, rules: Iterable[Rule]) -> pl.DataFrame:
    """The faults that a frame holds against the rules, by rule and then by row (``FOUND_SCHEMA``)."""
    rules = list(rules)
    if not rules or frame.is_empty():
        return none_found()
    hit = frame.select(rule.broken.any().alias(str(i)) for i, rule in enumerate(rules)).row(0)
    return pl.concat(
        [
            none_found(),
            *(_faults(frame, rule) for rule, any_broken in zip(rules, hit, strict=True) if any_broken),
        ]
    )


def _faults(frame: pl.DataFrame, rule: Rule) -> pl.DataFrame:
    as_written = written(rule.column)
    value = pl.col(as_written).cast(pl.String) if as_written in frame.columns else pl.lit(None, pl.String)
    patient = pl.col("patient_id") if "patient_id" in frame.columns else pl.lit(None, pl.String)
    said = pl.lit(rule.says) if isinstance(rule.says, str) else rule.says if isinstance(rule.says, pl.Expr) else None
    broken = frame.filter(rule.broken).select(
        ROW,
        pl.col(FILE).alias("file"),
        pl.col(LINE).alias("line"),
        patient.alias("patient_id"),
        pl.lit(rule.column).alias("column"),
        value.alias("value"),
        *([] if said is None else [said.alias("rule")]),
    )
    if said is not None:
        return broken.with_columns(remedy=pl.lit(rule.remedy), used=pl.lit(str(rule.used))).select(*FOUND_SCHEMA)
    assert callable(rule.says)
    values = broken["value"].unique()
    verdicts = [rule.says(text or "") for text in values]
    told = pl.DataFrame(
        {
            "value": values,
            "rule": [verdict.rule for verdict in verdicts],
            "remedy": [verdict.remedy for verdict in verdicts],
            "used": [str(verdict.used) for verdict in verdicts],
        },
        schema_overrides={"rule": pl.String, "remedy": pl.String, "used": pl.String},
    )
    return broken.join(told, on="value", how="left", nulls_equal=True, maintain_order="left").select(*FOUND_SCHEMA)
