"""What a study file may hold: every value of its kind, or a fault in plain words, all of them at once."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenfold.cohort.study.file import StudyFault, parse_study

OS: dict[str, Any] = {"endpoint": [{"name": "OS"}]}


def faults(text: str) -> list[str]:
    with pytest.raises(StudyFault) as caught:
        parse_study(tomllib.loads(text))
    return list(caught.value.faults)


@pytest.mark.parametrize("value", ["false", "true", "no", 0, 1, 1.0])
def test_only_true_and_false_are_true_and_false(value: Any) -> None:
    with pytest.raises(StudyFault, match="as_published is true or false"):
        parse_study({**OS, "groups": [{"by": "transplant", "as_published": value}]})
    with pytest.raises(StudyFault, match="describe is true or false"):
        parse_study({**OS, "describe": value})


def test_values_of_the_wrong_kind_are_all_named_at_once() -> None:
    said = faults(
        'title = 5\npopulation = 7\nlandmarks_months = "x"\nseed = "a"\n'
        '[[endpoint]]\nname = "OS"\ndelayed_entry = 3\n'
        '[[endpoint]]\nname = "RFS"\n'
        "[[groups]]\nby = 4\n"
        '[[cox]]\nendpoint = "RFS"\ncovariates = [4]\n'
        '[[scores]]\ncompare = ["age_years"]\nendpoint = "RFS"\nhorizon_months = "y"\nbootstrap = -1\n'
    )
    named = ("title", "population", "landmarks_months", "seed", "delayed_entry", "by", "covariates", "horizon_months")
    for name in (*named, "bootstrap"):
        assert any(name in one for one in said), name
    assert len(said) == len(set(said))


@pytest.mark.parametrize("months", ["[-5]", "[0]", "[1e400]", "[nan]", "[12, 100000]", "[true]"])
def test_a_landmark_is_some_months_after_time_zero(months: str) -> None:
    [said] = faults(f'landmarks_months = {months}\n[[endpoint]]\nname = "OS"\n')
    assert said.startswith("landmarks_months")


def test_cuts_rise() -> None:
    [said] = faults('[[endpoint]]\nname = "OS"\n[[groups]]\nby = "age_years"\ncuts = [70, 60]\n')
    assert "cuts rise" in said


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=4))
def test_no_value_of_any_kind_is_more_than_a_fault(value: Any) -> None:
    names = ("title", "population", "landmarks_months", "seed", "describe", "describe_by", "endpoint", "groups")
    told: list[str] = []
    for name in names:
        try:
            parse_study({**OS, name: value})
        except StudyFault as fault:
            told += fault.faults
    assert told
    assert all(told)
