"""A comparison says on the terminal who fell out, and what its resamples and small cells cannot show."""

import json
import re

import polars as pl

from command_line import tenfold
from tenfold.reports.compare_rows import _by_resamples, at_the_horizon, cell_rows


def test_a_p_that_so_few_resamples_cannot_go_below_says_so():
    assert _by_resamples(2 / 21, 20) == "p ≤ 0.095, the least that 20 resamples can show"
    assert _by_resamples(0.2, 20) == "p = 0.200"
    assert _by_resamples(None, 20) == ""


def test_a_cell_of_which_all_have_the_event_has_no_interval():
    cells = {
        "first": "a",
        "second": "b",
        "n": 2,
        "share": 0.5,
        "events": 2,
        "event_rate": 1.0,
        "low": None,
        "high": None,
    }
    [row] = cell_rows(pl.DataFrame([cells]))
    assert row[-1] == "100 % (all or none of 2: no interval)"


def test_what_stands_at_the_horizon_is_said():
    assert "without the event" in at_the_horizon(competing=False)
    assert "cumulative incidence" in at_the_horizon(competing=True)


def test_with_a_folder_for_the_report_the_terminal_still_says_who_fell_out(tmp_path):
    registry = tmp_path / "registry"
    assert tenfold("simulate", "--patients", "100", "--kind", "venprs", "--out", registry).returncode == 0
    genes = registry / "genes_tested.csv"
    of_others = [
        row
        for row in genes.read_text("utf-8").splitlines(keepends=True)
        if ",TP53," not in row or not row.startswith("S0000000")
    ]
    genes.write_text("".join(of_others), "utf-8")
    asked = ("--scores", "venprs,eln2022", "--clock", "venetoclax", "--bootstrap", "0", "--out", tmp_path / "out")
    told = " ".join(tenfold("compare", registry, *asked).stdout.split())
    assert "the same for every score: of 100 patients" in told
    assert re.search(r"left out: \d+ \(no score\): VEN-PRS-OS( and ELN-2022)? (is|are) not known", told), told
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "At the horizon: the share without the event" in page
    assert "often below 0, whatever its interval" in page
    assert json.loads(tenfold("compare", registry, *asked, "--json").stdout)["warnings"] is not None
