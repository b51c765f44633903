"""What is wrong with files: their names, headers, line ends, quotes and encodings."""

import polars as pl
import pytest

from tenfold.records import Registry, read

HEAD = "patient_id,sample_date,blasts_pct,cellularity_pct"
GOOD = [f"P{i},2024-03-0{i},{i},40" for i in range(1, 8)]


def marrows(*lines):
    return "\n".join([HEAD, *lines]) + "\n"


def test_a_missing_path_says_so(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        read(tmp_path / "nowhere")


def test_an_empty_folder_says_so(tmp_path):
    with pytest.raises(ValueError, match="is empty"):
        read(tmp_path)


def test_a_file_instead_of_a_folder_says_so(tmp_path):
    (tmp_path / "patients.csv").write_text("patient_id\nP1\n")
    with pytest.raises(ValueError, match="give the folder"):
        read(tmp_path / "patients.csv")


def test_a_folder_without_a_known_table_names_the_nearest(read_files):
    with pytest.raises(ValueError, match=r'patient\.csv.*rename it to "patients\.csv"'):
        read_files({"patient.csv": "patient_id\nP1\n"})


def test_an_unknown_file_is_named_with_the_nearest_table(faults_of, patients):
    (fault,) = faults_of({"patients.csv": patients, "marrow.csv": marrows(), "README.txt": "hello"})
    assert (fault["file"], fault["used"]) == ("marrow.csv", "file not used")
    assert 'rename it to "marrows.csv"' in fault["remedy"]


def test_a_spreadsheet_is_named(faults_of, patients):
    (fault,) = faults_of({"patients.csv": patients, "marrows.xlsx": b"PK"})
    assert "save each sheet as CSV" in fault["remedy"]


def test_a_table_given_twice_is_not_used(read_files, patients):
    registry = read_files({"patients.csv": patients, "marrows.csv": marrows(), "marrows.tsv": marrows()})
    assert not registry.recorded("marrows")
    assert registry.faults["file"].to_list() == ["marrows.csv", "marrows.tsv"]


def test_a_header_without_rows_is_a_valid_empty_table(read_files):
    registry = read_files({"marrows.csv": HEAD})
    assert registry.faults.is_empty()
    assert registry.recorded("marrows")
    assert registry.table("marrows").is_empty()


@pytest.mark.parametrize("content", ["", "\n\n  \n", "\ufeff"])
def test_an_empty_file_is_not_used(read_files, patients, content):
    registry = read_files({"patients.csv": patients, "marrows.csv": content})
    assert registry.faults["rule"].to_list() == ["the file is empty"]
    assert not registry.recorded("marrows")


def test_an_unknown_column_names_the_nearest(read_files):
    registry = read_files({"marrows.csv": "patient_id,sample_date,blast_pct\nP1,2024-03-01,3\n"})
    (fault,) = registry.faults.to_dicts()
    assert (fault["column"], fault["used"]) == ("blast_pct", "column not used")
    assert '"blasts_pct"' in fault["remedy"]
    assert registry.table("marrows")["blasts_pct"].to_list() == [None]


def test_a_missing_key_column_costs_the_file(read_files, patients):
    registry = read_files({"patients.csv": patients, "marrows.csv": "Patient_ID,sample_date\nP1,2024-03-01\n"})
    (fault,) = registry.faults.to_dicts()
    assert (fault["column"], fault["used"]) == ("patient_id", "file not used")
    assert 'rename it to "patient_id"' in fault["remedy"]
    assert not registry.recorded("marrows")


def test_a_missing_date_column_costs_the_file_where_dates_are_needed(faults_of, patients):
    (fault,) = faults_of({"patients.csv": patients, "marrows.csv": "patient_id,date\nP1,2024-03-01\n"})
    assert fault["column"] == "sample_date"
    assert '"date" is that column' in fault["remedy"]


def test_a_column_named_twice_is_not_used(read_files):
    registry = read_files({"marrows.csv": "patient_id,sample_date,blasts_pct,blasts_pct\nP1,2024-03-01,3,4\n"})
    (fault,) = registry.faults.to_dicts()
    assert fault["rule"] == "2 columns are named blasts_pct"
    assert fault["used"] == "column not used"
    assert registry.table("marrows")["blasts_pct"].to_list() == [None]


def test_a_key_column_named_twice_costs_the_file(faults_of, patients):
    (fault,) = faults_of(
        {"patients.csv": patients, "marrows.csv": "patient_id,patient_id,sample_date\nP1,P2,2024-03-01\n"}
    )
    assert fault["used"] == "file not used"


def test_a_misspelt_column_whose_empty_cells_mean_something_costs_the_file(read_files, patients):
    events = "patient_id,event_date,kind,Present\nP1,2024-03-01,relapse,no\n"
    registry = read_files({"patients.csv": patients, "events.csv": events})
    assert registry.faults["used"].to_list() == ["file not used"]
    assert not registry.recorded("events")


def test_rows_with_too_few_or_too_many_cells_are_set_aside_with_their_line(read_files):
    registry = read_files(
        {"marrows.csv": marrows(GOOD[0], "P2,2024-03-02", GOOD[2], "P1,2024-03-04,4,40,9,9", GOOD[4])}
    )
    assert registry.faults.select("line", "patient_id", "used").rows() == [
        (3, None, "row set aside"),
        (5, "P1", "row set aside"),
    ]
    assert registry.faults["rule"].to_list() == [
        "the row has 2 cells, the header has 4",
        "the row has 6 cells, the header has 4",
    ]
    assert registry.set_aside["text"].to_list() == ["P2,2024-03-02", "P1,2024-03-04,4,40,9,9"]
    assert registry.table("marrows")["patient_id"].to_list() == ["P1", "P3", "P5"]


def test_blank_lines_are_no_fault_and_do_not_shift_the_line_numbers(read_files):
    registry = read_files({"marrows.csv": marrows("", GOOD[0], "   ", ",,,", "P2,2024-03-02,300,40", "")})
    assert registry.table("marrows")["patient_id"].to_list() == ["P1"]
    assert registry.faults["line"].to_list() == [6]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
def test_separators_line_ends_and_byte_order_marks_are_recognised(read_files, separator, end, start):
    text = start + marrows(*GOOD, "P8,2024-03-08,300,40").replace(",", separator).replace("\n", end)
    registry = read_files({"marrows.csv": text})
    assert registry.table("marrows")["patient_id"].to_list() == [f"P{i}" for i in range(1, 8)]
    assert registry.table("marrows")["cellularity_pct"].to_list() == [40.0] * 7
    assert registry.faults["line"].to_list() == [9]


def test_line_ends_may_be_mixed(read_files):
    text = HEAD + "\r\n" + GOOD[0] + "\n" + GOOD[1] + "\r" + GOOD[2] + "\r\n" + "P4,2024-03-04,300,40"
    registry = read_files({"marrows.csv": text})
    assert registry.table("marrows")["patient_id"].to_list() == ["P1", "P2", "P3"]
    assert registry.faults["line"].to_list() == [5]


def test_quoted_cells_may_hold_separators_quotes_and_line_breaks(read_files):
    rows = 'P1,2024-03-01,"a, ""b""\nand c",1\n"P2","2024-03-02",,9\n'
    registry = read_files({"status.csv": f"patient_id,status_date,comorbidities,ecog\n{rows}"})
    assert registry.table("status")["comorbidities"].to_list() == ['a, "b"\nand c']
    assert registry.faults["line"].to_list() == [4]  # the file's line, after a quoted line break


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ('P2,2024-03-02,"3,40', "a quote is opened and not closed"),
        ('P2,2024-03-02,"3"x,40', "there is text after a closing quote"),
        ('P2,2024-03-02,3"x,40', "there is a quote inside a cell that is not in quotes"),
        ("P2,2024-03-02,3\0,40", "the row holds a NUL byte"),
        ("P2,2024-03-02,3,40\udce9", "the row is not in UTF-8"),
    ],
)
@pytest.mark.parametrize("rest", [GOOD[2:], [GOOD[2], 'P4,"2024-03-04",4,40', *GOOD[4:]]])
def test_a_malformed_line_costs_only_itself(read_files, line, rule, rest):
    text = marrows(GOOD[0], line, *rest).encode(errors="surrogateescape")
    registry = read_files({"marrows.csv": text})
    (fault,) = registry.faults.to_dicts()
    assert (fault["line"], fault["rule"], fault["used"]) == (3, rule, "row set aside")
    assert registry.table("marrows")["patient_id"].to_list() == ["P1", "P3", "P4", "P5", "P6", "P7"]


def test_two_stray_quotes_do_not_swallow_the_rows_between_them(read_files):
    text = "patient_id,status_date,ecog,comorbidities\n" + "".join(
        f"P{i},2024-03-0{i},1,{text}\n" for i, text in enumerate(["none", '"none', "none", "none", 'none"', "none"], 1)
    )
    registry = read_files({"status.csv": text})
    assert registry.table("status")["patient_id"].to_list() == ["P1", "P3", "P4", "P6"]
    assert registry.faults["line"].to_list() == [3, 6]


def test_a_long_file_with_one_damaged_line_is_read_as_exactly_as_a_short_one(read_files, monkeypatch):
    monkeypatch.setattr("tenfold.records.damaged.MANY", 2)
    lines = [GOOD[0], GOOD[1], "P1,x", "", GOOD[2], 'P4,"2024-03-04,4,40', GOOD[4], GOOD[5], "P7,2024-03-07,300,40"]
    registry = read_files({"marrows.csv": marrows(*lines)})
    assert registry.table("marrows")["patient_id"].to_list() == ["P1", "P2", "P3", "P5", "P6"]
    assert registry.faults["line"].to_list() == [4, 7, 10]
    assert registry.set_aside["text"].to_list() == ["P1,x", 'P4,"2024-03-04,4,40', "P7,2024-03-07,300,40"]


def test_a_file_in_utf16_is_refused_with_a_remedy(read_files, patients):
    registry = read_files({"patients.csv": patients, "marrows.csv": marrows(*GOOD).encode("utf-16")})
    (fault,) = registry.faults.to_dicts()
    assert fault["used"] == "file not used"
    assert "UTF-8" in fault["remedy"]


def test_letters_with_accents_are_kept(read_files):
    registry = read_files({"status.csv": "patient_id,status_date,comorbidities\nP1,2024-03-01,Sjögren\n"})
    assert registry.table("status")["comorbidities"].to_list() == ["Sjögren"]


def test_dates_and_days_in_one_registry_are_a_fault(read_files, patients):
    registry = read_files({"patients.csv": patients, "status.csv": "patient_id,status_day,ecog\nP1,5,1\n"})
    (fault,) = registry.faults.to_dicts()
    assert (fault["file"], fault["column"], fault["used"]) == ("status.csv", "status_day", "file not used")
    assert "one registry keeps time in one way" in fault["rule"]
    assert registry.axis == "calendar"


def test_dates_and_days_in_one_file_are_a_fault(read_files, patients):
    text = "patient_id,start_date,end_day\nP1,2024-03-01,9\n"
    registry = read_files({"patients.csv": patients, "treatments.csv": text})
    assert registry.faults["column"].to_list() == ["end_day"]
    assert not registry.recorded("treatments")


def test_days_since_day_zero_may_be_negative_and_are_never_dates(read_files):
    registry = read_files({"status.csv": "patient_id,status_day,ecog\nP1,-5,1\nP1,2024-03-01,1\nP1,3.5,1\n"})
    assert registry.axis == "relative"
    assert registry.table("status")["status_day"].to_list() == [-5]
    assert registry.table("status").schema["status_day"] == pl.Int32
    assert registry.faults["line"].to_list() == [3, 4]


def test_the_same_faults_are_found_in_parquet(tmp_path):
    frame = pl.DataFrame(
        {"patient_id": ["P1", "P2"], "sample_date": ["2024-03-01", "2024-03-02"], "blasts_pct": [300.0, 3]}
    )
    frame.write_parquet(tmp_path / "marrows.parquet")
    registry = read(tmp_path)
    (fault,) = registry.faults.to_dicts()
    assert (fault["file"], fault["line"], fault["value"]) == ("marrows.parquet", 1, "300.0")
    assert registry.table("marrows")["patient_id"].to_list() == ["P2"]


def test_a_folder_of_parquet_parts_is_one_table(tmp_path):
    parts = tmp_path / "marrows.parquet"
    parts.mkdir()
    for i, blasts in enumerate([3, 300]):
        pl.DataFrame({"patient_id": [f"P{i}"], "sample_date": ["2024-03-01"], "blasts_pct": [blasts]}).write_parquet(
            parts / f"part-{i}.parquet"
        )
    registry = read(tmp_path)
    assert registry.table("marrows")["patient_id"].to_list() == ["P0"]
    assert registry.faults["file"].to_list() == ["marrows.parquet/part-1.parquet"]
    assert registry.set_aside["text"].to_list() == ["patient_id=P1, sample_date=2024-03-01, blasts_pct=300"]


def test_a_broken_parquet_file_is_named(tmp_path, patients):
    (tmp_path / "patients.csv").write_text(patients)
    (tmp_path / "marrows.parquet").write_bytes(b"not parquet")
    registry = read(tmp_path)
    assert registry.faults["used"].to_list() == ["file not used"]


def test_columns_of_lists_or_bytes_are_not_used(tmp_path):
    frame = pl.DataFrame(
        {"patient_id": ["P1"], "status_date": ["2024-03-01"], "ecog": [[1]], "comorbidities": [b"\xff"], "other": [[1]]}
    )
    frame.write_parquet(tmp_path / "status.parquet")
    registry = read(tmp_path)
    assert registry.faults["used"].to_list() == ["column not used"] * 3
    assert registry.table("status").height == 1


def test_types_that_say_the_same_are_understood():
    from datetime import UTC, datetime
    from decimal import Decimal

    frame = pl.DataFrame(
        {
            "patient_id": pl.Series([1], dtype=pl.UInt8),
            "status_date": pl.Series([datetime(2024, 3, 1, tzinfo=UTC)]),
            "ecog": [Decimal("2.0")],
            "comorbidities": pl.Series(["none"], dtype=pl.Categorical),
            "fit_for_intensive": [True],
        }
    )
    registry = Registry.from_tables({"status": frame})
    assert registry.faults.is_empty()
    assert registry.table("status")["patient_id", "ecog", "comorbidities", "fit_for_intensive"].row(0) == (
        "1",
        2,
        "none",
        True,
    )


def test_moments_are_dates_only_at_midnight():
    from datetime import datetime

    rows = [
        {"patient_id": "P1", "sample_date": datetime(2024, 3, 1)},
        {"patient_id": "P2", "sample_date": datetime(2024, 3, 1, 10, 30)},
    ]
    registry = Registry.from_tables({"marrows": rows})
    assert registry.table("marrows")["patient_id"].to_list() == ["P1"]
    assert "holds a time of day" in registry.faults["rule"].item()


def test_an_unknown_key_of_registry_toml_is_named(faults_of, patients):
    faults = faults_of(
        {"patients.csv": patients, "registry.toml": 'titel = "x"\nsimulated = "yes"\n[sources]\npatient = "y"\n'}
    )
    assert [fault["column"] for fault in faults] == ["titel", "simulated", "sources.patient"]


def test_a_broken_registry_toml_costs_only_itself(read_files, patients):
    registry = read_files({"patients.csv": patients, "registry.toml": "title = x"})
    assert registry.faults["file"].to_list() == ["registry.toml"]
    assert registry.table("patients").height == 2
