"""Data queries: what is asked, why, in which order, and how complete records are said to be."""

from __future__ import annotations

import csv
import json
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from registries import registry, sample
from tenfold.assessment import Assessment, assess
from tenfold.exchange.published import published
from tenfold.mrd.molecular_state import MOLECULAR_STATE
from tenfold.records import TABLES, Registry
from tenfold.reports.asked_questions import asked_of_nobody, asked_questions, places
from tenfold.reports.completeness_score import centre_scores, patient_scores
from tenfold.reports.queries import Consequence, Query, Sort, data_queries
from tenfold.reports.query_files import (
    RedcapProject,
    query_frame,
    read_redcap_project,
    redcap_data,
    write_queries,
)
from tenfold.settings import DEFAULTS

LEVELS = list(Consequence)


@cache
def papers() -> Assessment:
    return assess(published())


def of(queries: tuple[Query, ...], patient: str, table: str, column: str = "") -> list[Query]:
    return [one for one in queries if (one.patient_id, one.table) == (patient, table) and column in ("", one.column)]


def relapsed(**more: list[dict[str, Any]]) -> Registry:
    """A patient in overt relapse after intensive treatment."""
    base: dict[str, list[dict[str, Any]]] = {
        "treatments": [
            {"line": 1, "intent": "induction", "drugs": "cytarabine+daunorubicin", "intensive": True, "start_day": -90}
        ],
        "responses": [{"response_day": -50, "reported_response": "CR"}],
        "events": [{"kind": "relapse", "event_day": 0}],
        "status": [{"status_day": 1, "fit_for_intensive": True, "transplant_eligible": True}],
    }
    return registry(**{**base, **more})


def test_every_fact_that_a_question_reads_is_asked_of_a_column_or_of_nobody() -> None:
    questions = asked_questions(DEFAULTS)
    reads = {name for group in questions.values() for one in group for c in one.examined for name in c.reads}
    reads |= set(MOLECULAR_STATE.questions.values())
    assert reads == places().keys() | asked_of_nobody().keys()
    assert not places().keys() & asked_of_nobody().keys()


def test_every_fact_is_asked_of_a_column_that_there_is() -> None:
    for place in places().values():
        assert place.column in TABLES[place.table]
        assert place.question.endswith("?") or place.question.endswith(").")


def test_a_gene_that_was_not_looked_at_is_asked_for_with_the_options_that_hang_on_it() -> None:
    found = [one for one in of(data_queries(assess(relapsed())), "p", "genes_tested") if "IDH1" in one.question]
    [query] = [one for one in found if "present phase" in one.question]
    assert query.consequence is Consequence.HIGH
    assert query.sort is Sort.MISSING
    assert any(why.startswith("Option: ivosidenib") for why in query.why)
    assert query.row == "no row of this patient"


def test_a_gene_that_was_looked_at_is_not_asked_for() -> None:
    tested = relapsed(genes_tested=[{"gene": "IDH1", "sample_day": 1}], variants=[])
    asked = {one.question for one in of(data_queries(assess(tested)), "p", "genes_tested")}
    assert not any("IDH1" in question and "present phase" in question for question in asked)
    assert any("IDH2" in question and "present phase" in question for question in asked)


def test_about_the_treatment_of_a_patient_who_died_nothing_is_asked() -> None:
    alive, dead = relapsed(), relapsed(patients=[{"diagnosis_day": -100, "age_years": 60, "death_day": 30}])
    assert any("Option: " in why for one in data_queries(assess(alive)) for why in one.why)
    for one in data_queries(assess(dead)):
        assert one.of_treatment == 0
        assert not any(why.startswith(("Option: ", "Step: ")) for why in one.why)


def test_a_contradiction_asks_which_is_right() -> None:
    both = registry(
        marrows=[{"sample_day": 10, "blasts_pct": 20, "evaluable": True}],
        responses=[{"response_day": 10, "reported_response": "CR"}],
    )
    [query] = [one for one in data_queries(assess(both)) if one.sort is Sort.CONTRADICTORY]
    assert query.consequence is Consequence.HIGH
    assert (query.table, query.column) == ("responses", "reported_response")
    assert "reported CR on day 10" in query.question
    assert "marrow with 20.0 % blasts" in query.question


def test_a_record_set_aside_is_a_query_with_its_file_line_value_and_remedy() -> None:
    faulty = Registry.from_tables(
        {"patients": [{"patient_id": "p", "sex": "femal"}, {"patient_id": "q", "sex": "male"}]}
    )
    [query] = [one for one in data_queries(assess(faulty)) if one.sort is Sort.FAULTY]
    assert (query.patient_id, query.table, query.column, query.row) == ("p", "patients", "sex", "patients line 1")
    assert "femal" in query.question
    assert '"female"' in query.question
    assert query.consequence is Consequence.HIGH


def test_a_sample_that_is_overdue_is_asked_for_only_as_of_a_day() -> None:
    course = [sample(10, 5.0), sample(40, "neg"), sample(100, 4.0)]
    followed = registry(
        mrd_samples=course,
        responses=[{"response_day": 12, "reported_response": "CR"}],
        treatments=[{"intent": "induction", "intensive": True, "drugs": "cytarabine", "start_day": -5, "end_day": 5}],
    )
    assert not [one for one in data_queries(assess(followed)) if one.sort is Sort.OVERDUE]
    late = [one for one in data_queries(assess(followed, on=400)) if one.sort is Sort.OVERDUE]
    assert late
    assert all(one.table == "mrd_samples" and "Was it taken" in one.question for one in late)


def test_the_most_consequential_come_first() -> None:
    ranks = [LEVELS.index(one.consequence) for one in data_queries(papers())]
    assert ranks == sorted(ranks)
    assert set(ranks) == {0, 1, 2}


def test_a_missing_fact_is_high_only_where_it_settles_something_about_treatment() -> None:
    for one in data_queries(papers()):
        if one.sort is Sort.MISSING:
            assert one.why
            assert one.settles <= len(one.why)
            assert one.of_treatment <= len(one.why)
            if one.consequence is Consequence.HIGH:
                assert one.settles >= 1
                assert one.of_treatment >= 1
            if one.consequence is Consequence.LOW:
                assert one.settles == one.of_treatment == 0


def test_nobody_is_asked_what_is_in_no_table() -> None:
    for one in data_queries(papers()):
        assert "CD33" not in one.question
        assert "footnote" not in one.question


def test_a_question_is_asked_once_of_a_patient() -> None:
    asked = [(one.patient_id, one.table, one.column, one.question, one.row) for one in data_queries(papers())]
    assert len(asked) == len(set(asked))


def test_the_score_is_the_known_share_of_the_facts_that_are_needed() -> None:
    scores = patient_scores(papers())
    assert scores["patient_id"].to_list() == published().patient_ids()["patient_id"].to_list()
    share = pl.col("facts_known") / (pl.col("facts_known") + pl.col("facts_open"))
    assert scores.select((pl.col("completeness") - share).abs().max()).item() < 1e-12
    assert scores["completeness"].is_between(0, 1).all()


def test_an_answer_that_is_open_and_the_facts_that_are_open_go_together() -> None:
    scores = patient_scores(papers())
    assert scores.filter((pl.col("answers_open") > 0) & (pl.col("facts_open") == 0)).is_empty()


def test_a_fact_that_is_filled_in_is_known_and_no_longer_open() -> None:
    before = patient_scores(assess(relapsed(status=[]))).to_dicts()[0]
    after = patient_scores(assess(relapsed())).to_dicts()[0]
    assert after["facts_known"] > before["facts_known"]
    assert after["answers_single"] > before["answers_single"]


def test_a_centre_has_the_score_of_all_its_patients_facts_together() -> None:
    ids = published().patient_ids()["patient_id"].to_list()
    centres = {one: one.partition("-")[0] for one in ids if one != "thol-3"}
    scores = patient_scores(papers(), centres)
    queries = data_queries(papers(), centres)
    found = {row["centre"]: row for row in centre_scores(scores, queries).to_dicts()}
    assert set(found) == {"", "thol", "tiong"}
    mine = scores.filter(pl.col("centre") == "thol")
    total = mine["facts_known"].sum() + mine["facts_open"].sum()
    assert found["thol"]["completeness"] == pytest.approx(mine["facts_known"].sum() / total)
    assert found["thol"]["patients"] == 2
    assert sum(row["queries"] for row in found.values()) == len(queries)
    assert all(row["high"] + row["medium"] + row["low"] == row["queries"] for row in found.values())


def test_files_hold_what_was_asked(tmp_path: Path) -> None:
    project = RedcapProject("7", "", "dm", {"status.transplant_eligible": "tx_eligible"})
    written = write_queries(papers(), tmp_path, redcap=project, stamp=datetime(2024, 5, 3, 12, 0, 0))
    assert {file.name for file in written.files} == {file.name for file in tmp_path.iterdir()}
    with (tmp_path / "queries.csv").open(encoding="utf-8", newline="") as text:
        rows = list(csv.DictReader(text))
    assert [row["question"] for row in rows] == [one.question for one in written.queries]
    data = json.loads((tmp_path / "queries.json").read_text("utf-8"))
    assert len(data["queries"]) == len(rows)
    assert data["simulated"] is False
    page = (tmp_path / "queries.html").read_text("utf-8")
    assert "Data queries" in page
    assert "not a medical device" in page
    assert "whether a sample is overdue was not asked" in page


def test_queries_for_redcap_of_an_earlier_run_do_not_stay_beside_later_ones(tmp_path: Path) -> None:
    project = RedcapProject("7", fields={"mrd_samples.value": "mrd"})
    write_queries(papers(), tmp_path, redcap=project, stamp=datetime(2024, 5, 3, 12, 0, 0))
    assert (tmp_path / "redcap_queries.json").exists()
    written = write_queries(papers(), tmp_path)
    assert not (tmp_path / "redcap_queries.json").exists()
    assert any("redcap_queries.json of an earlier run" in told for told in written.left)


def test_redcap_gets_one_open_comment_for_each_record_and_field() -> None:
    fields = {
        "status.transplant_eligible": "eligible",
        "status.fit_for_intensive": "eligible",
        "karyotypes.iscn": "iscn",
    }
    queries = data_queries(papers())
    data, left = redcap_data(queries, RedcapProject("7", fields=fields), datetime(2024, 5, 3, 12, 0, 0))
    keys = [(row["record"], row["field_name"]) for row in data.values()]
    assert len(keys) == len(set(keys))
    assert {row["project_id"] for row in data.values()} == {"7"}
    comments = "\n".join(row["resolutions"]["1"]["comment"] for row in data.values())
    mine = [one for one in queries if f"{one.table}.{one.column}" in fields]
    assert comments.count("?") == sum(one.question.count("?") for one in mine)
    assert {row["resolutions"]["1"]["current_query_status"] for row in data.values()} == {"OPEN"}
    assert any("mrd_samples.value" in line for line in left)


def test_where_queries_go_in_redcap_is_checked(tmp_path: Path) -> None:
    file = tmp_path / "where.toml"
    file.write_text('project_id = 7\nevent_id = 3\n[fields]\n"a.b" = "c"\n', "utf-8")
    assert read_redcap_project(file) == RedcapProject("7", "3", None, {"a.b": "c"})
    file.write_text('project_id = "x"\n[fields]\n"a.b" = "c"\n', "utf-8")
    with pytest.raises(ValueError, match="whole numbers"):
        read_redcap_project(file)
    file.write_text("project_id = 7\n", "utf-8")
    with pytest.raises(ValueError, match=r"\[fields\]"):
        read_redcap_project(file)


def test_a_query_that_a_spreadsheet_would_run_is_guarded(tmp_path: Path) -> None:
    from tenfold.records.csv_out import write_csv

    risky = Query("=1+1", "p", Sort.MISSING, Consequence.LOW, "=cmd()?", "counts", "anc_e9_l", "", ())
    write_csv(query_frame([risky]), tmp_path / "q.csv")
    assert '\n"=' not in (tmp_path / "q.csv").read_text("utf-8").replace(",", "\n")
    assert "'=cmd()?" in (tmp_path / "q.csv").read_text("utf-8")


def test_the_command_writes_its_files_and_says_where(tmp_path: Path) -> None:
    from tenfold.cli.queries import queries

    app = typer.Typer()
    app.command()(queries)
    published().select(["thol-2", "thol-3"]).write(tmp_path / "in")
    (tmp_path / "c.csv").write_text("patient_id,centre\nthol-2,A\nthol-3,B\n", "utf-8")
    arguments = [str(tmp_path / "in"), "--out", str(tmp_path / "out"), "--centres", str(tmp_path / "c.csv")]
    found = CliRunner().invoke(app, arguments)
    assert found.exit_code == 0, found.output
    assert "A: 1 patients, completeness" in found.output
    assert (tmp_path / "out" / "queries.html").exists()
    wrong = CliRunner().invoke(app, [*arguments[:-1], str(tmp_path / "none.csv")])
    assert wrong.exit_code == 2


@given(
    fit=st.sampled_from([None, True, False]),
    eligible=st.sampled_from([None, True, False]),
    tested=st.sets(st.sampled_from(["FLT3", "IDH1", "IDH2", "NPM1", "TP53"])),
)
def test_what_is_on_record_is_never_asked_for(fit: bool | None, eligible: bool | None, tested: set[str]) -> None:
    row = {"status_day": 1, "fit_for_intensive": fit, "transplant_eligible": eligible}
    made = relapsed(
        status=[row], variants=[], genes_tested=[{"gene": gene, "sample_day": 1} for gene in sorted(tested)]
    )
    asked = data_queries(assess(made))
    for column, known in (("fit_for_intensive", fit), ("transplant_eligible", eligible)):
        assert known is None or not of(asked, "p", "status", column)
    now = [one.question for one in of(asked, "p", "genes_tested") if "present phase" in one.question]
    for gene in tested:
        assert not any(f"Was {gene} looked" in question for question in now)
