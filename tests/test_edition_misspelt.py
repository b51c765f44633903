"""A wrong edition on the command line is answered by the editions there are."""

from __future__ import annotations

import pytest

from command_line import tenfold


@pytest.mark.parametrize("option", ["--edition", "--compare-edition"])
def test_an_edition_that_is_not_there_is_answered_by_those_that_are_and_the_nearest(option: str) -> None:
    told = tenfold("assess", "thol-2024", option, "ELN-MRD-2022")
    assert told.returncode == 2
    assert "no edition of molecular relapse is called ELN-MRD-2022 (there are ELN-MRD-2018," in told.stderr
    assert "did you mean ELN-MRD-202" in told.stderr
    assert "mrd.edition" not in told.stderr
