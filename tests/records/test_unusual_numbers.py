"""Numbers that hardly ever are, and samples long before the diagnosis: kept, and said."""

import pytest

from tenfold.exchange.mapping.units import units
from tenfold.records import Registry
from tenfold.records.tables import TABLES
from tenfold.records.usual import EARLIEST_SAMPLE_DAYS, USUAL

DAY = {"patient_id": "P1", "sample_date": "2024-03-01"}


def faults_with(table: str, column: str, value: float) -> list[dict[str, str]]:
    registry = Registry.from_tables({table: [DAY | {column: value}]})
    found = registry.faults.to_dicts()
    assert registry.table(table).height == sum(one["used"] == "kept" for one in found) or not found
    return found


@pytest.mark.parametrize(
    ("table", "column", "value", "remedy"),
    [
        ("chemistry", "creatinine_umol_l", 1.1, "write 97.2 if it is in mg/dL, or leave it if it is right"),
        (
            "chemistry",
            "creatinine_umol_l",
            11,
            "write 972 if it is in mg/dL or 97.2 if it is in mg/L, or leave it if it is right",
        ),
        ("chemistry", "bilirubin_umol_l", 0.9, "write 15.4 if it is in mg/dL, or leave it if it is right"),
        ("chemistry", "ldh_u_l", 4.5, "write 270 if it is in ukat/L, or leave it if it is right"),
        ("chemistry", "alt_u_l", 0.5, "write 30 if it is in ukat/L, or leave it if it is right"),
        ("counts", "platelets_e9_l", 8000, "write 8 if it is in /uL, or leave it if it is right"),
        ("counts", "wbc_e9_l", 1200, "write 1.2 if it is in /uL, or leave it if it is right"),
        ("counts", "anc_e9_l", 500, "write 0.5 if it is in /uL, or leave it if it is right"),
        ("counts", "haemoglobin_g_dl", 25, "check its unit, or leave it if it is right"),
    ],
)
def test_a_number_that_would_be_ordinary_in_another_unit_is_kept_and_asked_about(
    table: str, column: str, value: float, remedy: str
) -> None:
    (fault,) = faults_with(table, column, value)
    assert (fault["used"], fault["column"], fault["remedy"]) == ("kept", column, remedy)


@pytest.mark.parametrize(
    ("column", "value", "remedy"),
    [("haemoglobin_g_dl", 85, "write 8.5 if it is in g/L"), ("platelets_e9_l", 150_000, "write 150 if it is in /uL")],
)
def test_a_number_that_cannot_be_is_set_aside_and_told_what_it_is_in_another_unit(
    column: str, value: float, remedy: str
) -> None:
    (fault,) = faults_with("counts", column, value)
    assert (fault["used"], fault["remedy"].partition(",")[0]) == ("row set aside", remedy)


@pytest.mark.parametrize(("table", "column"), list(USUAL))
def test_the_bounds_themselves_lie_within_what_can_be_and_are_not_asked_about(table: str, column: str) -> None:
    usual, held = USUAL[table, column], TABLES[table][column]
    for bound in (usual.low, usual.high):
        if bound is not None:
            assert held.low <= bound <= held.high
            assert not faults_with(table, column, bound)
    known = units()[column]
    assert all(float(known.factor(unit) or 0) == factor for unit, factor in usual.others.items())


@pytest.mark.parametrize(("table", "asked"), [("marrows", True), ("mrd_samples", True), ("counts", False)])
@pytest.mark.parametrize("relative", [True, False])
def test_a_marrow_or_mrd_sample_long_before_the_diagnosis_is_asked_about(
    table: str, asked: bool, relative: bool
) -> None:
    what = {
        "marrows": {"blasts_pct": 3},
        "mrd_samples": {"marker": "NPM1", "tissue": "blood", "method": "rt-qpcr"},
        "counts": {"anc_e9_l": 1},
    }[table]
    days = ((0, -EARLIEST_SAMPLE_DAYS - 1), (0, -EARLIEST_SAMPLE_DAYS))
    dates = (("2024-03-01", "2023-12-31"), ("2024-03-01", "2024-01-01"))
    for (diagnosis, sample), expected in zip(days if relative else dates, (asked, False), strict=True):
        axis = "day" if relative else "date"
        registry = Registry.from_tables(
            {
                "patients": [{"patient_id": "P1", f"diagnosis_{axis}": diagnosis}],
                table: [{"patient_id": "P1", f"sample_{axis}": sample, **what}],
            },
            relative=relative,
        )
        assert [one["used"] for one in registry.faults.to_dicts()] == (["kept"] if expected else [])
        assert registry.table(table).height == 1
