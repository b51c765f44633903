"""A query speaks of the file, column and value as the centre sent them; it never saw the mapping by which they are read."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tenfold.assessment import assess
from tenfold.exchange.mapping import mapping_of, read_with
from tenfold.records import Registry
from tenfold.reports.queries import Query, Sort, data_queries

MAPPING = """
[[table]]
into = "mrd_samples"
complete = true
rows_where = { from = "Probe", when = ["KM"], not_when = ["keine"] }
[table.columns]
patient_id = "Nr"
sample_date = { from = "Datum", date_format = "%d.%m.%Y" }
marker = { constant = "NPM1" }
tissue = { constant = "marrow" }
scale = { constant = "percent_abl1" }
value = { from = "Wert", decimal = "," }
detected = { from = "Nachweis", codes = { ja = "yes", nein = "no" } }
"""
SOUND = "1,KM,03.05.2024,2,ja"
FAULTY = (
    ("2,KM,31.02.2024,2,ja", "Datum", "31.02.2024 is no date"),
    ("2,KM,03.05.2024,viel,ja", "Wert", "viel is not a number"),
    ("2,KM,03.05.2024,<2,ja", "Wert", "<2 is not a number"),
    ("2,KM,03.05.2024,2,pos", "Nachweis", "pos is none of the values that are known here (ja, nein)"),
    ("2,Liquor,03.05.2024,2,ja", "Probe", "Liquor is none of the values that are known here (KM, keine)"),
    ("2,,03.05.2024,2,ja", "Probe", "The cell is empty"),
)
OF_THE_MAPPING = ("mapping", "not_known", "codes", "date_format", "qualifier", "part =", "when", "row_if", "complete")


def faulty_queries(folder: Path, row: str) -> list[Query]:
    (folder / "proben.csv").write_text(f"Nr,Probe,Datum,Wert,Nachweis\n{SOUND}\n{row}\n", "utf-8")
    found = read_with(mapping_of(tomllib.loads(MAPPING), "map.toml"), folder).registry
    return [one for one in data_queries(assess(found)) if one.sort is Sort.FAULTY]


@pytest.mark.parametrize(("row", "column", "said"), FAULTY)
def test_a_query_names_their_column_and_value_and_nothing_of_the_mapping(tmp_path, row, column, said):
    [query] = faulty_queries(tmp_path, row)
    assert query.row == f"proben.csv line 3, column {column}"
    assert query.question.startswith(said)
    assert not any(word in query.question for word in OF_THE_MAPPING)
    assert "->" not in query.column


def test_a_value_stays_as_it_is_written_where_it_begins_the_question():
    found = Registry.from_tables({"variants": [{"patient_id": "1", "sample_date": "2024-05-03", "gene": "npm1"}]})
    [query] = [one for one in data_queries(assess(found)) if one.sort is Sort.FAULTY]
    assert query.question.startswith('npm1 is not a known gene symbol. The value is "npm1".')
