"""A slip in a profile is told with its line and with what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from tenfold.assay.profile import read_profile
from tenfold.settings import DEFAULTS

NAMED = '[profile]\nname = "x"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            f'{NAMED}[[control_material]]\nname = "POS"\nmarker = "NPM1"\nlow = 3,0\nhigh = 8.0',
            "line 6, 'low = 3,0', cannot be read; numbers have a decimal point: write 3.0",
        ),
        (f"{NAMED}[assay]\nct_cutoff = late", "line 4, 'ct_cutoff = late', cannot be read; write it as name = 3.5"),
        (
            f'{NAMED}[[targets]]\nname = "a"\nmarker = "NPM1"',
            "[[targets]] is no section of a profile; write [[target]]",
        ),
        (f'{NAMED}[[colours]]\nname = "a"', "[[colours]] is no section of a profile; there are [[target]], [["),
    ],
)
def test_a_slip_in_a_profile_is_told_with_its_remedy(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "lab.toml").write_text(text, "utf-8")
    with pytest.raises(ValueError, match=r"line|section") as refused:
        read_profile(tmp_path / "lab.toml")
    assert said in str(refused.value)


def test_a_decimal_comma_in_a_centres_settings_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("[mrd]\nlow_level_below = 2,5\n", "utf-8")
    with pytest.raises(
        ValueError, match="line 2, 'low_level_below = 2,5', cannot be read; numbers have a decimal point"
    ):
        DEFAULTS.read(tmp_path / "settings.toml")
