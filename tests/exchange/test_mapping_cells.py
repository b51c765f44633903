"""Cells of other tables: days, numbers and units are read as the mapping says, or told to be wrong."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tenfold.exchange.mapping.cells import Wrong, cell_reader
from tenfold.exchange.mapping.days import read_day, wrong_format
from tenfold.exchange.mapping.plan import ColumnRule
from tenfold.exchange.mapping.units import units
from tenfold.records.tables import TABLES


def test_every_column_of_ours_with_a_unit_is_in_the_file_of_units() -> None:
    with_unit = {column.name: column.unit for table in TABLES.values() for column in table.columns if column.unit}
    assert {name: units()[name].ours for name in with_unit} == with_unit


@given(
    day=st.dates(date(1900, 3, 1), date(2099, 12, 31)),
    form=st.sampled_from(["%d.%m.%Y", "%m/%d/%Y", "%Y-%m-%d", "%d%b%Y"]),
)
def test_a_day_written_in_a_form_is_read_back_by_it(day: date, form: str) -> None:
    assert read_day(day.strftime(form), [form]) == [day]
    assert wrong_format(form) == ""


@given(day=st.dates(date(1930, 1, 1), date(2029, 12, 31)))
def test_two_digits_of_a_year_are_of_the_hundred_years_that_are_said(day: date) -> None:
    assert read_day(day.strftime("%d.%m.%y"), ["%d.%m.%y"], 1930) == [day]
    assert read_day(day.strftime("%d.%m.%y"), ["%d.%m.%y"]) == []


@given(st.integers(61, 73_000))
def test_a_spreadsheets_day_is_counted_as_it_counts(number: int) -> None:
    assert read_day(str(number), ["excel"]) == [date(1899, 12, 30) + timedelta(days=number)]


@given(
    value=st.decimals(0, 10_000, places=3),
    factor=st.sampled_from(["0.1", "0.001", "88.40", "1000", "1"]),
    decimal=st.sampled_from([".", ","]),
)
def test_a_number_is_multiplied_exactly(value: Decimal, factor: str, decimal: str) -> None:
    rule = ColumnRule("wbc_e9_l", "x", factor=Decimal(factor), decimal=decimal)
    read = cell_reader(rule, TABLES["counts"]["wbc_e9_l"], "calendar")(f"{value:f}".replace(".", decimal))
    assert isinstance(read, str)
    assert Decimal(read) == value * Decimal(factor)


@given(text=st.text(min_size=1, max_size=12))
def test_any_text_is_a_number_as_written_or_told_to_be_wrong(text: str) -> None:
    read: Any = cell_reader(ColumnRule("wbc_e9_l", "x"), TABLES["counts"]["wbc_e9_l"], "calendar")(text)
    if isinstance(read, Wrong):
        assert read.rule
        assert read.remedy
    else:
        assert read == text
        assert Decimal(read).is_finite()


@given(number=st.decimals(0, 1000, places=3), sign=st.sampled_from("<>"), name=st.sampled_from(["value", "wbc_e9_l"]))
def test_a_bound_whose_sign_no_column_keeps_is_never_taken_for_a_number(number: Decimal, sign: str, name: str) -> None:
    column = TABLES["mrd_samples" if name == "value" else "counts"][name]
    found = cell_reader(ColumnRule(name, "NPM1", part="number"), column, "calendar")(f"{sign}{number:f}")
    assert isinstance(found, Wrong)
    assert found.value == f"{sign}{number:f}"
    assert ('qualifier = { from = "NPM1", part = "comparator" }' in found.remedy) == (name == "value")


def test_an_equals_sign_is_lost_without_harm() -> None:
    read = cell_reader(ColumnRule("value", "x", part="number"), TABLES["mrd_samples"]["value"], "calendar")
    assert [read(text) for text in ("= 0.5", "0.5")] == ["0.5", "0.5"]
