"""What failed is named where a laboratory looks first: the well, the curve, the control, the column of the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from command_line import Said, tenfold

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "npm1-run"
RUN = (EXAMPLE / "run.csv").read_text("utf-8")
MAP = ("--map", EXAMPLE / "map.csv")
PROFILE = ("--profile", EXAMPLE / "laboratory.toml")


def plate(folder: Path, text: str, *more: object) -> Said:
    (folder / "run.csv").write_text(text, "utf-8")
    said = tenfold("plate", folder / "run.csv", *more)
    assert "Traceback" not in said.stderr
    return Said(said.returncode, " ".join(said.stdout.split()), " ".join(said.stderr.split()))


def test_a_contaminated_blank_is_named_with_its_well_target_and_cycle(tmp_path: Path) -> None:
    said = plate(tmp_path, RUN.replace("no template,,Undetermined", "no template,,36.4", 1), *MAP, *PROFILE)
    assert "repeat: signal in a well without template, which fails the run for every target: " in said.stdout
    assert "B23 no template, NPM1 A, Ct 36.40" in said.stdout


def test_a_control_out_of_range_is_named_with_its_level_and_its_range(tmp_path: Path) -> None:
    profile = (EXAMPLE / "laboratory.toml").read_text("utf-8")
    (tmp_path / "lab.toml").write_text(profile.replace("high =", "high = 3.1 #"), "utf-8")
    said = plate(tmp_path, RUN, *MAP, "--profile", tmp_path / "lab.toml")
    assert said.returncode == 1
    assert "repeat: control material positive control, NPM1: " in said.stdout
    assert "to 3.1 %" in said.stdout


def test_a_control_that_gave_no_level_is_not_said_to_be_out_of_range(tmp_path: Path) -> None:
    said = plate(tmp_path, RUN.replace("29.25", "27.1").replace("29.43", "32.2"), *MAP, *PROFILE)
    assert said.returncode == 1
    assert "no level (detected, not quantified), range 3 to 8 %" in said.stdout
    unmeasured = "\n".join(line for line in RUN.splitlines() if "positive control" not in line) + "\n"
    assert "no level was measured, range 3 to 8 %" in plate(tmp_path, unmeasured, *MAP, *PROFILE).stdout


def test_where_no_control_is_named_the_run_says_that_none_was_judged(tmp_path: Path) -> None:
    said = plate(tmp_path, RUN, *MAP)
    assert "no control material is named in the profile: none was judged" in said.stdout
    assert "none was judged" not in plate(tmp_path, RUN, *MAP, *PROFILE).stdout


def test_a_control_that_the_instrument_calls_unknown_is_a_control_because_the_profile_names_it(tmp_path: Path) -> None:
    text = "\n".join(
        line.replace(",control,", ",unknown,") if "positive control" in line else line for line in RUN.splitlines()
    )
    said = plate(tmp_path, text + "\n", *MAP, *PROFILE)
    assert said.returncode == 0
    assert "positive control ·" not in said.stdout
    assert "whose sample it is is not known" not in said.stdout


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("well,sampel,target,role,copies,ct", 'if "sampel" is the sample, call it "sample"'),
        ("well,Probe,Ziel,Rolle,Kopien,ct", "the table has no column called sample or target or copies"),
    ],
)
def test_a_misspelt_column_of_the_run_is_blamed_before_a_correct_map(tmp_path: Path, header: str, said: str) -> None:
    text = RUN.replace("well,sample,target,role,copies,ct", header)
    answer = plate(tmp_path, text, *MAP)
    assert answer.returncode != 0
    assert answer.stderr.index(said) < answer.stderr.index("map.csv: the run names no samples, so rows 2, 3")
    assert "take the row away" not in answer.stderr


def test_standards_without_copies_are_a_fault_of_the_file_and_not_of_the_wet_work(tmp_path: Path) -> None:
    answer = plate(tmp_path, RUN.replace("copies", "copys", 1), *MAP)
    assert answer.returncode == 2
    assert 'if "copys" is the copies, call it "copies"' in answer.stderr
    assert "repeat" not in answer.stdout


def test_a_file_of_decimal_commas_that_nobody_quoted_is_refused_with_its_first_line(tmp_path: Path) -> None:
    answer = plate(tmp_path, RUN.replace(".", ","), *MAP)
    assert answer.returncode == 2
    assert "wells are not read, all for the same reason: line 2 has 7 cells and the header 6" in answer.stderr


def test_a_lost_decimal_mark_is_told_with_its_well_and_line(tmp_path: Path) -> None:
    said = plate(tmp_path, RUN.replace("35.66", "3566", 1), *MAP, *PROFILE)
    assert "1 well is not read: A1: line 2, column ct: '3566' is no cycle" in said.stdout
