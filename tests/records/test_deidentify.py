"""What de-identified records no longer hold, and what they still do."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import tables

from tenfold.records import TABLES, Kind, Registry, read
from tenfold.records.deidentify import BirthDates, Oldest, Rules, deidentify
from tenfold.records.free_text import POLICIES, WITHHELD, known_words, known_words_of, policy_of
from tenfold.records.pseudonyms import new_key, pseudonym, read_key, shift_days

KEY = b"of 32 characters and nobody's guess"
OTHER = b"another one of 32 characters, unlike"
D = date(2021, 3, 4)


def centre(**more: object) -> Registry:
    """One patient of whom much is said that should not leave the house."""
    return Registry.from_tables(
        {
            "patients": [
                {"patient_id": "SMITH-JOHN", "sex": "male", "birth_date": date(1955, 6, 7), "diagnosis_date": D,
                 "cause_of_death": "sepsis, told by Dr. Keller of Basel on 5 May 2022"} | more
            ],
            "mrd_samples": [
                {"sample_id": f"lab-{i}", "patient_id": "SMITH-JOHN", "sample_date": D + timedelta(days=day), "marker": "NPM1",
                 "laboratory": "Basel", "assay": "MutaQuant NPM1 A; smith-john", "detected": "no"}
                for i, day in enumerate((0, 0, 40))
            ],
            "responses": [
                {"patient_id": "SMITH-JOHN", "response_date": D, "reported_response": "CR", "source": "Dr. Keller"}
            ],
            "completeness": [{"patient_id": None, "table": "events", "complete": True, "from_date": D}],
        },
        title="University hospital of Basel",
        sources={"patients": "export by Keller"},
    )  # fmt: skip


def whole(registry: Registry) -> str:
    return "\n".join(
        [repr(registry.title), repr(registry.sources), *(frame.write_csv() for frame in registry.tables.values())]
    )


def test_nothing_that_names_the_patient_the_laboratory_the_physician_or_the_day_is_left() -> None:
    found = deidentify(centre(), KEY)
    text = whole(found.registry).casefold()
    for word in ("smith", "john", "keller", "basel", "may 2022", "2021-03-04", "1955-06-07", "lab-"):
        assert word not in text, word
    assert "sepsis" in text
    assert "smith" not in whole(Registry({"done": found.done})).casefold()


@given(tables(), st.sampled_from([365, 30, 1]))
def test_no_identifier_and_no_free_text_of_any_table_is_left_and_every_interval_is(
    rows: dict[str, list[dict[str, object]]], most: int
) -> None:
    registry = Registry.from_tables(rows)
    found = deidentify(registry, KEY, Rules(shift=most, oldest=Oldest.KEPT))
    new = found.registry
    ids = set(registry.patient_ids()["patient_id"])
    assert not ids & set(new.patient_ids()["patient_id"])
    back = dict(found.link.select("pseudonym", "patient_id").iter_rows())
    shift = dict(found.link.select("patient_id", "shift_days").iter_rows())
    assert all(0 < abs(days) <= most for days in shift.values())
    for name in set(registry.tables) - {"completeness"}:
        old = registry.table(name).sort("patient_id", maintain_order=True)
        renamed = new.table(name).with_columns(pl.col("patient_id").replace(back))
        renamed = renamed.sort("patient_id", maintain_order=True)
        assert renamed["patient_id"].equals(old["patient_id"])
        for column in TABLES[name].columns:
            before, after = old[column.name], renamed[column.name]
            if column.kind is Kind.DATE:
                days = (after - before).dt.total_days().drop_nulls().to_list()
                told = [shift[one] for one, cell in zip(old["patient_id"], before, strict=True) if cell is not None]
                assert days == told
            elif column.kind is Kind.TEXT and column.name != "patient_id":
                policy = policy_of(TABLES[name], column.name)
                if policy == "emptied":
                    assert after.null_count() == after.len()
                elif policy == "words":
                    words = " ".join(after.drop_nulls()).replace(WITHHELD, " ").lower()
                    spaced = "".join(letter if letter.isalpha() else " " for letter in words).split()
                    assert set(spaced) <= known_words() | {"red", "feb", "auto", "erythro", "thrombo", "rbc"}
                elif policy == "pseudonym":
                    assert not set(before.drop_nulls()) & set(after.drop_nulls())
            elif column.name == "sequence":
                assert after.is_null().equals(before.is_null())
            else:
                assert column.name == "patient_id" or after.equals(before)


def test_every_column_of_text_has_one_fate_and_an_unnamed_one_is_emptied() -> None:
    for table in TABLES.values():
        for column in table.columns:
            if column.kind is Kind.TEXT and column.name != "patient_id":
                assert policy_of(table, column.name) in POLICIES
    assert policy_of(TABLES["responses"], "source") == "emptied"
    assert policy_of(TABLES["patients"], "patient_id") == "emptied"


def test_the_same_key_gives_the_same_pseudonyms_and_shifts_and_another_gives_others() -> None:
    first, again, other = (deidentify(centre(), key) for key in (KEY, KEY, OTHER))
    assert whole(first.registry) == whole(again.registry)
    assert first.link["pseudonym"][0] != other.link["pseudonym"][0]
    assert not set(first.registry.table("mrd_samples")["sample_id"]) & set(
        other.registry.table("mrd_samples")["sample_id"]
    )


def test_a_pseudonym_stays_when_records_are_added_and_samples_of_a_day_keep_their_order() -> None:
    samples = deidentify(centre(), KEY).registry.table("mrd_samples")["sample_id"].to_list()
    assert samples[0][:-4] == samples[1][:-4]
    assert [name[-4:] for name in samples[:2]] == ["-001", "-002"]
    assert samples == sorted(samples[:2]) + samples[2:]
    fewer = centre()
    fewer = Registry.from_tables({**fewer.tables, "mrd_samples": fewer.table("mrd_samples").tail(1)})
    assert deidentify(fewer, KEY).registry.table("mrd_samples")["sample_id"].to_list() == samples[2:]


def test_what_is_said_of_everybody_from_a_date_is_said_of_each_patient_from_the_moved_date() -> None:
    found = deidentify(centre(), KEY)
    moved = D + timedelta(days=found.link["shift_days"][0])
    told = found.registry.table("completeness").rows()
    assert told == [(found.link["pseudonym"][0], "events", True, moved)]
    assert found.registry.complete("events").height == 0  # the table itself is not there
    relative = deidentify(centre(), KEY, Rules(relative=True)).registry
    assert relative.table("completeness")["from_day"].to_list() == [0]


def test_days_since_diagnosis_keep_nothing_of_the_calendar() -> None:
    new = deidentify(centre(), KEY, Rules(relative=True)).registry
    assert new.axis == "relative"
    assert new.table("mrd_samples")["sample_day"].to_list() == [0, 0, 40]
    assert new.table("patients")["day_zero"].to_list() == ["diagnosis"]
    assert "20" + "21" not in whole(new)
    undated = deidentify(centre(diagnosis_date=None), KEY, Rules(relative=True)).registry
    assert undated.table("patients")["day_zero"].to_list() == ["first recorded day"]


def test_rows_that_were_set_aside_stay_behind_and_leave_their_table_incomplete() -> None:
    rows = [
        {"patient_id": "A1", "event_date": "2021-02-30", "kind": "relapse"},
        {"patient_id": "B2", "event_date": D, "kind": "death"},
    ]
    registry = Registry.from_tables({"patients": [{"patient_id": "A1"}, {"patient_id": "B2"}], "events": rows})
    assert registry.set_aside.height == 1
    found = deidentify(registry, KEY)
    names = dict(found.link.select("patient_id", "pseudonym").iter_rows())
    assert found.registry.complete("events")["patient_id"].to_list() == [names["B2"]]
    assert not found.registry.set_aside.height
    assert not found.registry.check().height
    assert any("set aside do not come along" in note for note in found.notes)


@pytest.mark.parametrize(
    ("birth", "last", "oldest", "age"),
    [
        (date(1925, 1, 1), None, Oldest.NINETY, 90.0),  # 96 at diagnosis
        (date(1932, 1, 1), date(2022, 6, 1), Oldest.NINETY, 90.0),  # 89 at diagnosis, 90 at the last contact
        (date(1932, 1, 1), date(2021, 6, 1), Oldest.NINETY, None),  # 89 at both: the birth date is kept, moved
        (date(1925, 1, 1), None, Oldest.WITHHELD, None),
        (date(1925, 1, 1), None, Oldest.KEPT, None),
    ],
)
def test_ages_of_ninety_and_more_are_made_alike(
    birth: date, last: date | None, oldest: Oldest, age: float | None
) -> None:
    registry = centre(birth_date=birth, last_contact_date=last, cause_of_death=None)
    assert not registry.set_aside.height
    patients = deidentify(registry, KEY, Rules(oldest=oldest)).registry.table("patients")
    assert patients["age_at_diagnosis_years"].to_list() == [age]
    kept = oldest is Oldest.KEPT or (birth.year == 1932 and last == date(2021, 6, 1))
    assert (patients["birth_date"].null_count() == 0) is kept


def test_the_age_alone_takes_the_place_of_the_birth_date_where_that_is_asked() -> None:
    patients = deidentify(centre(), KEY, Rules(birth_dates=BirthDates.AGE)).registry.table("patients")
    assert patients["birth_date"].null_count() == 1
    assert patients["age_at_diagnosis_years"].to_list() == [65.0]  # three months before the birthday


@given(st.text(max_size=40))
def test_cut_down_text_holds_no_unlisted_word_and_no_number(text: str) -> None:
    cut = known_words_of(text)
    assert not any(letter.isnumeric() for letter in cut)
    assert cut.isascii() or all(letter.isascii() or letter.isalpha() for letter in cut)
    assert known_words_of(cut.replace(WITHHELD, "")) == known_words_of(known_words_of(cut.replace(WITHHELD, "")))


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("neutropenia afebrile, Dr. Smith", "neutropenia afebrile, [withheld]. [withheld]"),
        ("delayed John recovery", "delayed [withheld] recovery"),
        ("red cells 3 units, 0171 555 1234", "red cells # units, # # #"),
        ("thrombopenic", "thrombo"),
        ("Grippe", "[withheld]"),
    ],
)
def test_words_that_answers_look_for_stay_in_their_places(text: str, left: str) -> None:
    assert known_words_of(text) == left


@given(st.text(min_size=1), st.integers(1, 1000))
def test_a_shift_is_never_nothing_and_never_beyond_its_bound(patient: str, most: int) -> None:
    days = shift_days(KEY, patient, most)
    assert days == shift_days(KEY, patient, most)
    assert 1 <= abs(days) <= most


def test_shifts_are_spread_over_the_whole_of_their_range() -> None:
    found = [shift_days(KEY, str(i), 5) for i in range(2000)]
    assert set(found) == {-5, -4, -3, -2, -1, 1, 2, 3, 4, 5}
    assert all(120 < found.count(day) < 280 for day in set(found))


@given(st.lists(st.text(), min_size=2, max_size=2, unique=True))
def test_names_cannot_be_run_together_to_the_same_pseudonym(names: list[str]) -> None:
    one, two = names
    assert pseudonym(KEY, "patient", one) != pseudonym(KEY, "patient", two)
    assert pseudonym(KEY, "patient", one, two) != pseudonym(KEY, "patient", one + two)
    assert pseudonym(KEY, "patient", one) != pseudonym(KEY, "sample", one)


def test_a_key_file_is_made_once_for_its_owner_and_a_weak_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "key"
    assert new_key(path) == read_key(path)
    assert path.stat().st_mode & 0o077 == 0
    with pytest.raises(FileExistsError):
        new_key(path)
    for weak in ("secret", "a" * 40):
        path.write_text(weak)
        with pytest.raises(ValueError, match="that nobody can guess"):
            read_key(path)
    with pytest.raises(FileNotFoundError, match="--new-key makes one"):
        read_key(tmp_path / "none")


def test_the_de_identified_records_are_read_back_without_a_fault(tmp_path: Path) -> None:
    for rules in (Rules(), Rules(relative=True), Rules(birth_dates=BirthDates.AGE)):
        found = deidentify(centre(), KEY, rules).registry
        folder = tmp_path / f"{rules.relative}-{rules.birth_dates}"
        found.write(folder)
        again = read(folder)
        assert not again.check().height
        assert all(again.table(name).equals(frame) for name, frame in found.tables.items())
        assert again.title == "De-identified records"


def test_a_view_of_a_day_is_refused_where_rows_could_not_be_placed() -> None:
    registry = Registry.from_tables(
        {"patients": [{"patient_id": "A"}], "variants": [{"patient_id": "A", "gene": "NPM1"}]}
    ).as_of(D)
    assert registry.unplaced.height
    with pytest.raises(ValueError, match="a view of one day"):
        deidentify(registry, KEY)
