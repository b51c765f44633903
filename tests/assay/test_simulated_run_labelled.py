"""The rows of a simulated run carry their label into whatever reads them, and never mix with a real run or a centre."""

from __future__ import annotations

from pathlib import Path

from command_line import tenfold
from tenfold.exchange.formats import open_records


def test_a_folder_of_a_simulated_run_is_read_as_simulated(tmp_path: Path) -> None:
    assert tenfold("plate", "--simulated", "--out", tmp_path).returncode == 0
    assert (tmp_path / "SIMULATED.txt").exists()
    registry = open_records(tmp_path).registry
    assert registry.simulated
    assert registry.check().is_empty()


def test_a_simulated_run_may_be_measured_again_into_its_folder(tmp_path: Path) -> None:
    for _ in range(2):
        assert tenfold("plate", "--simulated", "--out", tmp_path).returncode == 0


def test_a_real_run_is_not_written_where_a_simulated_one_lies_nor_the_reverse(tmp_path: Path) -> None:
    tenfold("plate", "--simulated", "--out", tmp_path)
    (tmp_path / "SIMULATED.txt").unlink()
    said = tenfold("plate", "--simulated", "--out", tmp_path)
    assert said.returncode == 2
    assert "holds a real run, and this one is simulated" in said.stderr


def test_the_samples_of_a_centre_are_never_replaced_by_a_run(tmp_path: Path) -> None:
    kept = "patient_id,sample_date,marker\n1,2024-01-01,NPM1\n"
    (tmp_path / "mrd_samples.csv").write_text(kept, "utf-8")
    said = tenfold("plate", "--simulated", "--out", tmp_path)
    assert said.returncode == 2
    assert "name a folder of its own for the run" in said.stderr
    assert (tmp_path / "mrd_samples.csv").read_text("utf-8") == kept
    assert not (tmp_path / "registry.toml").exists()
