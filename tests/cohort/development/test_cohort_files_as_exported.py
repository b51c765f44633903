"""Files of patients as a spreadsheet writes them: what cannot be read as meant is refused with file, line, column and remedy."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from tenfold.cohort.development.reading import read_patients
from tenfold.cohort.development.terms import MOST_WORDS, terms_of

HEAD = "time_months,event,TP53,age_years\n"


def written(folder: Path, text: str, name: str = "ward.csv") -> Path:
    path = folder / name
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD + '3.1,yes,no,61\n4.2,no,no,"42,5"\n', "line 3, column age_years: '42,5' .* decimal point, 42.5"),
        (HEAD.replace(",", ";") + "3,1;yes;no;61\n", "semicolons separate its columns .*; save it with commas"),
        (
            HEAD + "3.1,yes,no,61\n-4.0,no,no,70\n",
            "line 3, column time_months: '-4.0' is no number of months from 0 on;",
        ),
        (HEAD + "3.1,yes,no,61\nsoon,no,no,70\n", "line 3, column time_months: 'soon' is no number of months"),
        (
            HEAD + "3.1,yes,no,61\n4,dead,no,70\n5,dead,no,7\n",
            r"line 3, column event: 'dead' is neither .*\(2 such rows\)",
        ),
    ],
)
def test_what_is_not_meant_as_it_stands_is_named_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said) as told:
        read_patients(written(tmp_path, text))
    assert str(told.value).startswith(str(tmp_path / "ward.csv"))


def test_words_with_commas_and_what_is_not_known_are_taken(tmp_path: Path) -> None:
    frame = read_patients(written(tmp_path, HEAD + '3.1,yes,?,"t(8;21), MRC 1"\n,no,no,"46,XY"\n'))
    assert frame["age_years"].to_list() == ["t(8;21), MRC 1", "46,XY"]
    assert frame["time_months"].to_list() == [3.1, None]
    assert frame["TP53"].to_list() == [None, False]


def test_a_parquet_file_is_held_to_the_same_outcomes(tmp_path: Path) -> None:
    path = tmp_path / "ward.parquet"
    pl.DataFrame({"time_months": [1.0, 2.0], "event": [1, 0]}).write_parquet(path)
    assert read_patients(path).height == 2
    pl.DataFrame({"time_months": [1.0, -2.0], "event": [1, 0]}).write_parquet(path)
    with pytest.raises(ValueError, match="row 2, column time_months"):
        read_patients(path)


def test_a_candidate_of_very_many_words_is_no_set_of_levels() -> None:
    frame = pl.DataFrame({"centre": [f"ward {k}" for k in range(MOST_WORDS + 1)]})
    with pytest.raises(ValueError, match=r"centre: 21 different words \(ward 0, ward 1, ward 10 \.\.\.\)"):
        terms_of(frame, ["centre"])
