"""What a single cell must be: the rules of each kind of column, and the words in which a breach is told."""

import re
from collections.abc import Callable, Iterator
from functools import partial

import polars as pl

from tenfold.records.cells import date_text
from tenfold.records.faults import Used
from tenfold.records.lexicon import synonyms
from tenfold.records.names import judge_drugs, judge_gene, judge_marker, known_names
from tenfold.records.nearest import nearest
from tenfold.records.rules import Rule, Verdict, written
from tenfold.records.shape import Axis, Column, Kind, Table
from tenfold.records.usual import USUAL, Usual

OR_EMPTY = "correct the value, or leave the cell empty if it is not known"
FIRST_DAY, LAST_DAY = pl.date(1900, 1, 1), pl.date(2100, 12, 31)
FARTHEST = 36_525
"""Days in a hundred years: no day of a patient's disease is further from day 0."""

_NOT_KNOWN = frozenset(
    {
        "na",
        "n/a",
        "nd",
        "n.d.",
        "nk",
        "unknown",
        "unk",
        "missing",
        "null",
        "none",
        ".",
        "-",
        "?",
        "not known",
        "not done",
    }
)

_MEANT = dict.fromkeys(("y", "1", "t", "j", "ja", "oui", "si", "positive", "pos", "present"), "yes") | dict.fromkeys(
    ("n", "0", "f", "nein", "non", "negative", "neg", "absent"), "no"
)


def cell_rules(table: Table, frame: pl.DataFrame, axis: Axis) -> Iterator[Rule]:
    """The rules of every column that the frame holds as written, in the order of the table."""
    for column in table.columns:
        if written(column.name) in frame.columns:
            yield from _column_rules(table, column, frame, axis)
        elif column.required:
            yield Rule(column.name, pl.lit(True), f"{column.name} is missing", f"add the column {column.name}")


def _column_rules(table: Table, column: Column, frame: pl.DataFrame, axis: Axis) -> Iterator[Rule]:
    name = column.name
    as_written = pl.col(written(name))
    value = pl.col(column.named(axis))
    text = frame[written(name)].dtype == pl.String
    if column.required:
        yield Rule(name, as_written.is_null(), f"{name} is empty", "fill it in: without it the row cannot be used")
    if column.kind in (Kind.NUMBER, Kind.COUNT, Kind.YESNO, Kind.DATE):
        yield Rule(name, as_written.is_not_null() & value.is_null(), _not_understood(column, axis))
    if column.kind in (Kind.NUMBER, Kind.COUNT):
        if column.low is not None:
            yield Rule(name, value < column.low, lambda v: _too_low(column, v))
        usual = USUAL.get((table.name, name))
        if column.high is not None:
            yield Rule(name, value > column.high, lambda v: _too_high(column, usual, v))
        if usual is not None:
            yield from _unusual(column, usual, value)
    if column.kind is Kind.DATE:
        yield _far_date(table, column, axis)
    if column.kind is Kind.WORD and column.words is not None:
        yield Rule(name, ~value.is_in([str(word) for word in column.words]), lambda v: _not_a_word(column, v))
    gene = partial(judge_gene, change_under="kind" if "kind" in table else 'method, such as "ITD by fragment analysis"')
    judges: dict[Kind, Callable[[str], Verdict]] = {
        Kind.GENE: gene,
        Kind.MARKER: judge_marker,
        Kind.DRUGS: judge_drugs,
    }
    judge = judges.get(column.kind)
    if judge is not None:
        yield Rule(name, ~value.is_in(known_names(column.kind, frame[column.named(axis)])), judge)
    if text:
        yield Rule(
            name,
            as_written.str.contains("\0", literal=True),
            "the cell holds a NUL byte",
            "take the byte out",
        )


def _not_understood(column: Column, axis: Axis) -> Callable[[str], Verdict]:
    if column.kind is Kind.DATE:
        return _not_a_day if axis == "relative" else _not_a_date
    if column.kind is Kind.YESNO:
        return _not_yes_or_no
    return lambda value: _not_a_number(value, whole=column.kind is Kind.COUNT)


def _not_known(value: str) -> Verdict | None:
    if value.casefold() in _NOT_KNOWN:
        return Verdict(f'"{value}" is not a value', "leave the cell empty: that is how not known is written")
    return None


def _not_a_number(value: str, *, whole: bool) -> Verdict:
    kind = "a whole number" if whole else "a number"
    rule = f"{value} is not {kind}"
    bare = value.lstrip("+-").casefold()
    if bare in ("nan", "inf", "infinity"):
        return Verdict(rule, "leave the cell empty if the value is not known")
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3}){2,}|[+-]?\d{1,3}(,\d{3})+\.\d+", value):
        return Verdict(rule, f"write it without commas: {value.replace(',', '')}")
    if re.fullmatch(r"[+-]?[1-9]\d{0,2},\d{3}", value):
        either = f"{value.replace(',', '.')} or {value.replace(',', '')}"
        return Verdict(rule, f"write it with a decimal point, or without the comma: {either}")
    if re.fullmatch(r"[+-]?\d+,\d+", value):
        return Verdict(rule, f"write it with a decimal point, not a comma: {value.replace(',', '.')}")
    if re.fullmatch(r"[+-]?[\d.]+\s*%", value):
        return Verdict(rule, f"leave out the percent sign: {value.rstrip('% ')}")
    if re.fullmatch(r"[<>≤≥=~]+\s*[\d.]+.*", value):
        return Verdict(
            rule,
            "leave the cell empty if the value is only known to lie beyond a limit; "
            "for MRD write below_quantification under detected and the limit under sensitivity",
        )
    if whole and re.fullmatch(r"[+-]?\d*\.\d+([eE][+-]?\d+)?", value):
        return Verdict(rule, "correct the value: it must have no decimals")
    return _not_known(value) or Verdict(rule, OR_EMPTY)


def _not_a_day(value: str) -> Verdict:
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        return Verdict(f"{value} is a date, where days since day 0 are wanted", "write the number of days since day 0")
    return _not_a_number(value, whole=True)


def _not_a_date(value: str) -> Verdict:
    iso = "write it as year-month-day"
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        return Verdict(
            f"there is no such day as {value}", "correct the date, or leave the cell empty if it is not known"
        )
    parts = re.fullmatch(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4}|\d{2})", value)
    if parts:
        first, second, year = int(parts[1]), int(parts[2]), parts[3]
        if len(year) == 4 and 1 <= first <= 12 and 1 <= second <= 12 and first != second:
            either = f"{year}-{second:02}-{first:02} or {year}-{first:02}-{second:02}"
            return Verdict(f"{value} is not an ISO date: day and month cannot be told apart", f"{iso}: {either}")
        return Verdict(f"{value} is not an ISO date", f"{iso}, for example 2024-05-03")
    if re.match(r"\d{4}-\d{1,2}-\d{1,2}[T ]", value):
        return Verdict(f"{value} holds a time of day", f"write the date alone: {value[:10]}")
    if re.fullmatch(r"\d{4}(-\d{2})?", value):
        return Verdict(
            f"{value} is not a whole date",
            "write the day too; if it is not known, leave the cell empty and give the order under sequence",
        )
    if re.fullmatch(r"\d{5}(\.0)?", value):
        return Verdict(
            f"{value} is a spreadsheet's day number, not a date", f"{iso}: format the column before exporting"
        )
    return _not_known(value) or Verdict(f"{value} is not a date", f"{iso}, for example 2024-05-03")


def _not_yes_or_no(value: str) -> Verdict:
    rule = f"{value} is neither yes nor no"
    meant = _MEANT.get(value.casefold())
    if meant:
        return Verdict(rule, f'write "{meant}" if that is what it means')
    return _not_known(value) or Verdict(rule, 'write "yes" or "no", or leave the cell empty if it is not known')


def _not_a_word(column: Column, value: str) -> Verdict:
    assert column.words is not None
    words = [str(word) for word in column.words]
    rule = f"{value} is not a word of {column.name}"
    meant = synonyms(column.words.__name__).get(value.casefold()) or nearest(value, words)
    listed = ", ".join(words)
    if meant:
        return Verdict(rule, f'write "{meant}" if that is what it means; the words are {listed}')
    return _not_known(value) or Verdict(rule, f"write one of {listed}, or leave the cell empty if it is not known")


def _quantity(column: Column) -> str:
    """What the number is, in a rule: "a percentage", "an age" ..."""
    if column.name.endswith("_pct"):
        return "a percentage"
    if "age" in column.name.split("_"):
        return "an age"
    return {"vaf": "a variant allele fraction", "ecog": "an ECOG status"}.get(column.name, column.name)


def _too_high(column: Column, usual: Usual | None, value: str) -> Verdict:
    rule = f"{value} is above {column.high:.12g}, the most {_quantity(column)} can be"
    if column.name in ("vaf", "sensitivity") and _as_number(value) <= 100:
        return Verdict(rule, f"write a fraction, not a percentage: {_as_number(value) / 100:.6g}")
    if usual is not None and (meant := usual.meant(_as_number(value))):
        return Verdict(rule, f"write {meant}, or leave the cell empty if the value is not known")
    return Verdict(rule, OR_EMPTY)


def _unusual(column: Column, usual: Usual, value: pl.Expr) -> Iterator[Rule]:
    """Numbers that can be and hardly ever are: kept, and looked at once more."""

    def says(bound: str) -> Callable[[str], Verdict]:
        def verdict(text: str) -> Verdict:
            meant = usual.meant(_as_number(text))
            remedy = (
                f"write {meant}, or leave it if it is right" if meant else "check its unit, or leave it if it is right"
            )
            return Verdict(f"{text} {column.unit} is {bound}: {column.meaning} hardly ever is", remedy, Used.KEPT)

        return verdict

    if usual.low is not None:
        can_be = value >= (usual.low if column.low is None else column.low)
        yield Rule(column.name, (value < usual.low) & can_be, says(f"below {usual.low:g}"))
    if usual.high is not None:
        can_be = value <= (usual.high if column.high is None else column.high)
        yield Rule(column.name, (value > usual.high) & can_be, says(f"above {usual.high:g}"))


def _too_low(column: Column, value: str) -> Verdict:
    return Verdict(f"{value} is below {column.low:.12g}, the least {_quantity(column)} can be", OR_EMPTY)


def _as_number(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        return float("inf")


def _far_date(table: Table, column: Column, axis: Axis) -> Rule:
    value = pl.col(column.named(axis))
    if axis == "relative":
        return Rule(
            column.name,
            value.abs() > FARTHEST,
            pl.format("day {} is more than a hundred years from day 0", column.named(axis)),
            OR_EMPTY,
        )
    return Rule(
        column.name,
        (value < FIRST_DAY) | (value > LAST_DAY),
        pl.format("{} cannot be right: it is not between 1900 and 2100", date_text(table, column.name, axis)),
        "correct the date, or leave the cell empty if it is not known",
    )
