"""A model in a file cannot ask for what no record can hold: an age of 6000 is a slip of the pen."""

from __future__ import annotations

from pathlib import Path

import pytest

from model_files import groups, head
from tenfold.cohort.development.entry import Entry, read_entry


def model(folder: Path, term: str) -> Entry:
    path = folder / "mine.toml"
    path.write_text(head() + f"[[terms]]\n{term}\n" + groups("0.2"))
    return read_entry(path)


@pytest.mark.parametrize(
    ("term", "said"),
    [
        (
            'input = "age_years"\ncoding = "bands"\ncuts = [">=60", ">=6000"]\nweights = ["0.1", "0.2"]',
            "6000 cannot be",
        ),
        ('input = "age_years"\ncoding = "linear"\nfrom = 18\nto = 6000\nweights = ["0.1"]', "from 0 to 120 years"),
        ('input = "counts.wbc_e9_l"\ncoding = "bands"\ncuts = [">=-5"]\nweights = ["0.1"]', "-5 cannot be"),
    ],
)
def test_a_number_that_no_record_can_hold_is_refused_with_its_bounds(tmp_path: Path, term: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        model(tmp_path, term)


def test_what_a_record_can_hold_or_no_table_names_is_taken(tmp_path: Path) -> None:
    assert model(tmp_path, 'input = "age_years"\ncoding = "bands"\ncuts = [">=60"]\nweights = ["0.3"]').terms
    assert model(tmp_path, 'input = "my_marker"\ncoding = "bands"\ncuts = [">=6000"]\nweights = ["0.3"]').terms
