"""A slip of the pen in a model's file is said with its remedy, and no number or group that cannot be is taken."""

from __future__ import annotations

from pathlib import Path

import pytest
from developing import simulated

from model_files import head
from tenfold.cohort.development.cut_offs import read_cut_offs
from tenfold.cohort.development.develop import Plan, develop
from tenfold.cohort.development.entry import read_entry
from tenfold.cohort.development.individual import score_file

FILE = (
    head()
    + """[[terms]]
input = "TP53"
coding = "yes/no"
weights = ["0.80"]

[[terms]]
input = "age_years"
coding = "bands"
cuts = [">=60", ">=70"]
weights = ["0.20", "0.45"]

[[groups]]
answer = "lower"
upto = "0.45"

[[groups]]
answer = "higher"

[baseline]
times = [6.0, 12.0, 24.0]
survival = [0.85, 0.70, 0.55]
"""
)


def written(folder: Path, old: str = "", new: str = "") -> Path:
    path = folder / "mine.toml"
    assert old in FILE
    path.write_text(FILE.replace(old, new, 1))
    return path


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('upto = "0.45"', 'upto = "9.9"', "totals run from 0 to 1.25: with a bound of <= 9.9 nobody .* above it"),
        ('upto = "0.45"', 'upto = "-3"', "totals run from 0 to 1.25: with a bound of <= -3 nobody .* below it"),
        ('upto = "0.45"', 'upto = "1.25"', "nobody can be in the group above it"),
        ('upto = "0.45"', 'upto = "0,45"', "group lower: upto '0,45' is no number: write 0.45"),
        ('upto = "0.45"', 'upto = "NaN"', "is no number"),
        ('weights = ["0.80"]', 'weights = ["0,80"]', "TP53: the weight '0,80' is no number: write 0.80"),
        ('">=60"', '">=60,5"', "age_years: the cut '60,5' is no number: write 60.5"),
        ('endpoint = "OS"', 'endpoint = "OSS"', "no endpoint is called OSS; did you mean OS"),
        ('licence = "own"', 'licence = "own"\nlicens = "x"', "licens means nothing .*did you mean licence"),
        ('coding = "yes/no"', 'coding = "yes/no"\nwieghts = ["1"]', "terms: wieghts means nothing .*weights"),
        ("times = [6.0", "untill = 36.0\ntimes = [6.0", "baseline: untill means nothing .*until"),
        ("times = [6.0", "until = 12.0\ntimes = [6.0", "until 12 months lies before .* 24 months"),
    ],
)
def test_a_slip_is_refused_with_the_file_and_what_was_meant(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(ValueError, match=said) as told:
        read_entry(written(tmp_path, old, new))
    assert str(told.value).startswith(str(tmp_path))


def test_an_endpoint_of_ones_own_is_taken_as_it_stands(tmp_path: Path) -> None:
    for name in ("PFS", "EFS", "time to transfusion", "overall survival"):
        assert read_entry(written(tmp_path, 'endpoint = "OS"', f'endpoint = "{name}"')).endpoint == name


def test_a_known_number_has_its_range_and_unit_without_being_told(tmp_path: Path) -> None:
    entry = read_entry(written(tmp_path))
    for age in ("660", "-5"):
        with pytest.raises(ValueError, match=f"age_years={age}: give a number from 0 to 120 in years"):
            score_file(entry, [f"age_years={age}"])


def test_a_decimal_comma_is_named_and_no_empty_range_is(tmp_path: Path) -> None:
    entry = read_entry(written(tmp_path, 'input = "age_years"', 'input = "my_marker"'))
    with pytest.raises(ValueError, match="my_marker=66,5") as told:
        score_file(entry, ["my_marker=66,5"])
    assert str(told.value) == "my_marker=66,5: with a decimal point, 66.5; give a number, or ? when not known"


def test_a_name_one_letter_away_from_a_known_one_is_remarked_on(tmp_path: Path) -> None:
    [told] = score_file(read_entry(written(tmp_path, 'input = "TP53"', 'input = "TP35"')), ["TP35=yes"])
    assert "note: nothing in the records is called TP35; is TP53 meant?" in told["published"]
    [told] = score_file(read_entry(written(tmp_path)), ["TP53=yes"])
    assert not [line for line in told["published"] if "meant" in line]


def test_cut_offs_that_leave_a_group_empty_are_refused_before_anything_is_resampled() -> None:
    plan = Plan(candidates=("EMD", "HMA"), forced=("EMD", "HMA"), seed=1, cut_offs=read_cut_offs("9"), splits=0)
    with pytest.raises(
        ValueError, match=r"totals run from 0 to .*with a bound of <= 9 nobody can be in the group above"
    ):
        develop(simulated(), plan)
