"""Profiles, diagnostic samples and controls over runs: what is read, and what is refused in plain words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenfold.assay.baseline import baselines
from tenfold.assay.measure import measure
from tenfold.assay.planted import example_run
from tenfold.assay.profile import DEFAULT, read_profile
from tenfold.assay.trend import POINTS, points, read_history, run_summary, westgard
from tenfold.records.reading import read_table
from tenfold.settings import DEFAULTS
from tenfold.vocabulary import ControlGene

PROFILE = """
[profile]
name = "NPM1 on the blue cycler, 2026"
laboratory = "Laboratory A"

[assay]
ct_cutoff = 38.5
slope_steepest = -3.7

[[target]]
name = "mutA"
marker = "NPM1"
assay = "home-made NPM1 A"
kind = "A"

[[control_gene]]
name = "housekeeper"
gene = "ABL1"

[[control_material]]
name = "PC low"
marker = "NPM1"
low = 0.08
high = 0.2
"""


def written(folder: Path, text: str, name: str = "lab.toml") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def test_a_profile_names_targets_controls_and_numbers(tmp_path: Path) -> None:
    profile = read_profile(written(tmp_path, PROFILE))
    assert profile.settings["assay.ct_cutoff"] == 38.5
    assert profile.settings["assay.slope_steepest"] == -3.7
    target = profile.target("MUT-A")
    assert target is not None
    assert (target.marker, target.kind) == ("NPM1", "A")
    assert profile.control_gene("Housekeeper") == ControlGene.ABL1
    assert ("assay.ct_cutoff", 38.5, "cycles") in profile.changed()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[assay]\nct_cutoff = 38", "must begin with [profile]"),
        ('[profile]\nname = "x"\n[assay]\nct_cut = 38', "assay.ct_cut is not a setting"),
        ('[profile]\nname = "x"\n[assay]\nct_cutoff = "late"', "must be a number of cycles"),
        ('[profile]\nname = "x"\n[[target]]\nname = "a"', "[[target]] needs marker, name"),
        ('[profile]\nname = "x"\n[[target]]\nname = "a"\nmarker = "NPM9"', "NPM9 is not a known marker"),
        ('[profile]\nname = "x"\n[[control_gene]]\nname = "a"\ngene = "ACTB"', "needs name and gene (ABL1, GUSB, B2M)"),
        (
            '[profile]\nname = "x"\n[[control_material]]\nname = "a"\nmarker = "NPM1"\nlow = 3\nhigh = 1',
            "low must be 0 or more and not above high",
        ),
        (
            '[profile]\nname = "x"\n[[stored_curve]]\ntarget = "a"\nslope = 3.4\nintercept = 39\nsource = "s"',
            "the slope must be below 0",
        ),
        (
            '[profile]\nname = "x"\n[[stored_curve]]\ntarget = "a"\nslope = "steep"\nintercept = 39\nsource = "s"',
            "slope must be a number",
        ),
    ],
)
def test_a_profile_that_cannot_stand_is_refused_in_words(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises((ValueError, KeyError)) as refused:
        read_profile(written(tmp_path, text))
    assert said in str(refused.value.args[0])


@pytest.mark.parametrize(
    ("name", "marker", "kind"),
    [
        ("NPM1", "NPM1", None),
        ("NPM1 mutA", "NPM1", "mutA"),
        ("NPM1-A", "NPM1", "A"),
        ("PML-RARA bcr1", "PML::RARA", "bcr1"),
        ("CBFB/MYH11", "CBFB::MYH11", None),
        ("RUNX1_RUNX1T1", "RUNX1::RUNX1T1", None),
    ],
)
def test_target_names_are_read_as_laboratories_write_them(name: str, marker: str, kind: str | None) -> None:
    target = DEFAULT.target(name)
    assert target is not None
    assert (target.marker, target.kind) == (marker, kind)


@pytest.mark.parametrize("name", ["18S", "target 1", "KMT2A-QQQ", "ABL1", "c-ABL"])
def test_a_name_that_spells_no_marker_is_not_guessed(name: str) -> None:
    assert DEFAULT.target(name) is None


def test_abl_in_bcr_abl_is_no_control_gene() -> None:
    assert DEFAULT.control_gene("BCR-ABL1") is None
    assert DEFAULT.control_gene("ABL") == ControlGene.ABL1


def test_the_earliest_diagnostic_sample_counts_and_bad_rows_are_named(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "sample_id;patient_id;marker;control_gene;target_copies;control_copies;tissue;method;sample_date\n"
        "a;P1;NPM1;ABL1;900;30000;marrow;rt-qpcr;2026-03-01\n"
        "b;P1;NPM1;ABL1;120000.5;24000;marrow;rt-qpcr;2026-01-12\n"
        "c;P2;NPM1;ABL1;many;24000;marrow;rt-qpcr;2026-01-12\n"
        "d;P3;NPM1;ABL1;120000;24000;marrow;rt-qpcr;\n",
        "baseline.csv",
    )
    registry = read_table(path, "mrd_samples")
    frame = baselines(registry)
    assert frame.select("patient_id", "baseline_target").rows() == [("P1", 120000.5)]
    said = registry.check().select("line", "column").rows()
    assert (4, "target_copies") in said
    assert 5 in {line for line, _ in said}


def test_a_table_that_is_no_baseline_is_refused_with_what_it_needs(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be read as mrd_samples"):
        read_table(written(tmp_path, "who,what\nP,3\n", "b.csv"), "mrd_samples")


def series(values: list[float]) -> pl.DataFrame:
    rows = [
        ("PC", "log10 %", "NPM1", f"run {n:03d}", f"2026-01-{n + 1:02d}", True, value) for n, value in enumerate(values)
    ]
    return pl.DataFrame(rows, POINTS, orient="row")


LIMITS = [1.0, -1.0] * 10
"""Twenty runs with mean 0 and a standard deviation of 1.026."""
SD = 1.0259783520851540


def broken(*after: float) -> list[list[str]]:
    judged = westgard(series([*LIMITS, *(z * SD for z in after)]), DEFAULTS)
    return judged.sort("number")["broken"].to_list()[len(LIMITS) :]


@pytest.mark.parametrize(
    ("after", "rule"),
    [
        ((0.1, 3.1), "1-3s"),
        ((2.1, 2.2), "2-2s"),
        ((1.1, 1.2, 1.3, 1.1), "4-1s"),
        ((0.1, 0.2, 0.3, 0.1, 0.2, 0.5, 0.6, 0.2, 0.1, 0.4), "10-x"),
    ],
)
def test_each_of_westgards_rules_fires_on_the_run_that_breaks_it_and_not_before(
    after: tuple[float, ...], rule: str
) -> None:
    said = broken(*after)
    assert rule in said[-1]
    assert all(rule not in earlier for earlier in said[:-1])


def test_two_levels_of_one_run_far_apart_break_the_rule_of_range() -> None:
    low, high = series([*LIMITS, 2.3 * SD]), series([*LIMITS, -2.3 * SD]).with_columns(control=pl.lit("PC 2"))
    judged = westgard(pl.concat([low, high]), DEFAULTS)
    assert judged.filter(pl.col("number") == len(LIMITS) + 1)["broken"].to_list() == [["R-4s"]] * 2
    alone = westgard(series([*LIMITS, 2.3 * SD, -2.3 * SD]), DEFAULTS)
    assert all("R-4s" not in (broken or []) for broken in alone["broken"].to_list())


def test_a_jump_among_the_first_runs_is_seen_because_a_run_is_not_in_its_own_limits() -> None:
    judged = westgard(series([-3.40, -3.41, -3.39, -3.40, -3.40, -3.75]), DEFAULTS)
    assert judged["broken"].to_list()[-1] == ["1-3s"]


def test_a_control_that_gave_no_level_is_not_in_control() -> None:
    judged = westgard(
        series([*LIMITS, 0.1]).with_columns(value=pl.when(pl.col("run") != "run 020").then("value")), DEFAULTS
    )
    assert judged["broken"].to_list()[-1] == ["no level"]


def test_two_on_opposite_sides_do_not_break_the_rule_of_one_side() -> None:
    assert "2-2s" not in broken(2.1, -2.1)[-1]


def test_one_beyond_two_standard_deviations_is_only_a_warning() -> None:
    judged = westgard(series([*LIMITS, 0.0, 2.5 * SD]), DEFAULTS).sort("number")
    assert judged["broken"].to_list()[-1] == []
    assert judged["warning"].to_list()[-1]


def test_too_few_runs_are_plotted_and_not_judged() -> None:
    assert westgard(series([0.0, 5.0, -5.0, 9.0]), DEFAULTS)["broken"].to_list() == [None] * 4


@given(st.lists(st.floats(-8, 8), min_size=1, max_size=8))
def test_the_limits_come_from_the_first_runs_and_later_ones_do_not_move_them(later: list[float]) -> None:
    alone = westgard(series([*LIMITS, later[0]]), DEFAULTS).sort("number").row(len(LIMITS), named=True)
    more = westgard(series([*LIMITS, *later]), DEFAULTS).sort("number").row(len(LIMITS), named=True)
    assert alone == more


def test_a_history_is_read_from_reports_and_a_broken_one_is_named(tmp_path: Path) -> None:
    for n in range(3):
        (tmp_path / f"run{n}").mkdir()
        summary: dict[str, Any] = run_summary(measure(example_run()))
        (tmp_path / f"run{n}" / "run.json").write_text(json.dumps({**summary, "digest": f"{n}"}), "utf-8")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "run.json").write_text("{}", "utf-8")
    found, faults = read_history(tmp_path)
    assert len(found) == 3
    assert len(faults) == 1
    assert "broken" in faults[0]
    assert set(points(found)["control"]) >= {"NPM1 A slope", "ABL1 intercept"}


def test_a_history_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="not a folder of run reports"):
        read_history(tmp_path / "nowhere")
