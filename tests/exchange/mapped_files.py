"""Another system's wide file and its mapping, for tests: what is read of it, and what is wrong with a mapping."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tenfold.exchange.converted import Converted
from tenfold.exchange.mapping import MappingError, mapping_of, read_with

PATIENTS = """
[[table]]
into = "patients"
file = "wide.csv"
complete = true
[table.columns]
patient_id = { from = "Nr", prefix = "X-" }
sex = { from = "Geschlecht", codes = { W = "female", M = "male" } }
birth_date = { from = "Geb", date_format = "%d.%m.%Y" }
"""
SAMPLES = """
[[table]]
into = "mrd_samples"
file = "wide.csv"
decimal = ","
visits = ["c1", "c2"]
[table.columns]
patient_id = { from = "Nr", prefix = "X-" }
marker = { constant = "NPM1" }
tissue = { constant = "marrow" }
scale = { constant = "percent_abl1" }
sample_date = { from = "date_{visit}", date_format = "%d.%m.%Y" }
value = { from = "npm1_{visit}", part = "number", not_known = ["neg"] }
qualifier = { from = "npm1_{visit}", part = "comparator", not_known = ["neg"] }
detected = { from = "npm1_{visit}", codes = { neg = "no" }, other = "empty" }
"""
WIDE = (
    "Nr;Geschlecht;Geb;npm1_c1;date_c1;npm1_c2;date_c2;note\n"
    "1;W;03.05.1960;0,5;01.02.2024;neg;03.04.2024;a\n"
    "2;M;13.12.1955;1,5;31.02.2024;;05.04.2024;\n"
    "3;Q;01.01.1950;2;01.02.2024;<0,01;03.04.2024;\n"
)


def converted(folder: Path, mapping: str, **files: str) -> Converted:
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, "utf-8")
    return read_with(mapping_of(tomllib.loads(mapping), "map.toml"), folder)


def problems(mapping: str) -> str:
    with pytest.raises(MappingError) as caught:
        mapping_of(tomllib.loads(mapping), "map.toml")
    return str(caught.value)
