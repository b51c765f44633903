"""The evidence library: complete, cited, quoted only where allowed, searchable, and honest about what is not known."""

from __future__ import annotations

import csv
import json
import re
from datetime import date
from pathlib import Path

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from tenfold.cli.evidence import evidence
from tenfold.evidence import approvals as approvals_module
from tenfold.evidence.approvals import Approval, Complete, Span, approvals, approved, complete, span
from tenfold.evidence.citations import LONGEST_QUOTE, citations, cited, licences
from tenfold.evidence.library import discrepancies
from tenfold.evidence.search import find, words_of
from tenfold.evidence.studies import Result, comparable, number_of, results, rows
from tenfold.evidence.trials import strategies, trials
from tenfold.reports.evidence import as_data, evidence_page

LISTED = Path(__file__).resolve().parents[2].parent / "shared" / "evidence.csv"
DAYS = st.dates(date(2000, 1, 1), date(2030, 12, 31))


def ask(*arguments: str) -> tuple[int, str]:
    app = typer.Typer()
    app.command()(evidence)
    said = CliRunner().invoke(app, list(arguments))
    return said.exit_code, said.output


def listed() -> list[dict[str, str]]:
    with LISTED.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def numbers(text: str) -> set[float]:
    return {float(found) for found in re.findall(r"\d*\.?\d+", text)}


def numbers_of(parts: tuple[Result, ...]) -> set[float]:
    ends = [end for part in parts for one in part.intervals for end in (one.low, one.high) if end is not None]
    held = [float(x) for part in parts for x in (part.n, part.count) if x is not None]
    words = " ".join(f"{part.value} {part.endpoint} {part.population} {part.p or ''}" for part in parts)
    return {*ends, *held, *numbers(words)}


@pytest.mark.skipif(not LISTED.exists(), reason="the reserved list of evidence is absent")
def test_every_row_of_the_list_of_evidence_is_in_the_library() -> None:
    ids = [row["id"] for row in listed()]
    assert len(ids) == 102
    assert set(ids) == {row for row in rows() if row.startswith("EV")}


@pytest.mark.skipif(not LISTED.exists(), reason="the reserved list of evidence is absent")
def test_the_numbers_of_every_row_are_those_of_the_list_and_no_others() -> None:
    held = rows()
    for row in listed():
        parts = held[row["id"]]
        given_values = numbers(f"{row['value']} {row['ci_or_range']}")
        assert given_values <= numbers_of(parts), (row["id"], given_values - numbers_of(parts))
        anywhere = numbers(" ".join(row.values()))
        printed = {number for part in parts for number in numbers(part.value)}
        ends = {end for part in parts for one in part.intervals for end in (one.low, one.high) if end is not None}
        assert printed | ends <= anywhere, (row["id"], (printed | ends) - anywhere)


@pytest.mark.skipif(not LISTED.exists(), reason="the reserved list of evidence is absent")
def test_the_number_of_patients_is_that_of_the_list_where_it_gives_one() -> None:
    held = rows()
    for row in listed():
        if row["n"].isdigit():
            known = [part.n for part in held[row["id"]] if part.n is not None]
            words = " ".join(part.population for part in held[row["id"]])
            assert int(row["n"]) in {*known, *numbers(words), sum(known)}, row["id"]


def test_the_library_holds_the_tables_of_thol_and_of_molica() -> None:
    places = [row.place for row in results() if row.read_in == "thol-2024"]
    assert len({place for place in places if place.startswith("Table 2")}) == 10
    assert len({place for place in places if place.startswith("Table 3")}) == 5
    assert len([trial for trial in trials() if (trial.read_in, trial.place) == ("molica-2025", "Table 2")]) == 7
    assert [strategy.id for strategy in strategies()] == ["MT1", "MT2", "MT3"]


def test_every_row_has_a_citation_that_exists_and_discrepancies_that_exist() -> None:
    keys = set(citations())
    assert {row.citation for row in results()} <= keys
    assert {row.source for row in approvals()} | {one.source for one in complete()} <= keys
    assert {row.confirmed_by for row in approvals()} - {None} <= keys
    assert {trial.citation for trial in trials()} - {None} <= keys
    assert {trial.read_in for trial in trials()} <= {*keys, "secondary"}
    assert {one.seen for one in citations().values()} - {None} <= keys
    named = [*results(), *trials(), *strategies()]
    assert {one for row in named for one in row.discrepancies} <= set(discrepancies())


def test_every_citation_is_used() -> None:
    used = {row.citation for row in results()} | {row.read_in for row in results()}
    used |= {row.source for row in (*approvals(), *complete())} | {trial.citation for trial in trials()}
    assert set(citations()) <= used


def test_quotations_are_short_and_only_from_papers_whose_licence_allows_them() -> None:
    quoted = [row for row in results() if row.quote]
    assert quoted
    assert all(len(row.quote.split()) <= LONGEST_QUOTE <= 25 for row in quoted)
    assert {row.read_in for row in quoted} <= {"molica-2025", "shahswar-2025"}
    assert all("CC BY 4.0" in row.licence for row in quoted)
    assert set(licences()) == {row.read_in for row in results()}


def test_what_was_read_in_another_paper_is_not_called_verified() -> None:
    for row in results():
        assert row.verified is (row.citation == row.read_in)
    assert not any(row.verified for row in results() if row.read_in in {"thol-2024", "molica-2025", "secondary"})


def test_a_value_that_is_words_a_bound_or_a_range_stays_text() -> None:
    for value in ("not reached", ">95", "about 25", "40-60", "nan", "inf", "1/0", ""):
        assert number_of(value, "%") is None
    assert number_of("36/36", "patients") is None
    assert (number_of("6/7", "%"), number_of("-26.67", "AIC"), number_of("0", "%")) == (
        pytest.approx(85.714, abs=0.001),
        -26.67,
        0.0,
    )


def test_counts_shares_and_intervals_fit_each_other() -> None:
    known = {"EV006.3", "EV006.4", "EV007.1", "EV010.2"}
    for row in results():
        if (
            row.number is not None
            and row.count is not None
            and row.unit == "%"
            and row.n is not None
            and row.id not in known
        ):
            assert abs(100 * row.count / row.n - row.number) <= 0.51, row.id
        for interval in row.intervals:
            assert interval.high is None or interval.low <= interval.high, row.id
            if row.number is not None:
                assert interval.low <= row.number <= (interval.high or row.number), row.id


def test_a_row_prints_its_outcome_with_count_and_interval() -> None:
    held = {row.id: row for row in results()}
    assert held["EV009.1"].outcome == "42 % (27 of 64)"
    assert held["EV087"].outcome == "12.9 months (95 % CI 10.2 to not reached)"
    assert held["EV046.3"].outcome == "not printed (95 % CI 0.49 to 0.83; p < 0.001)"
    assert held["EV002"].outcome == "10 months (IQR 8 to 15; range 2 to 51)"
    assert held["EV102.1"].outcome == "20-40 %"
    assert held["EV075.2"].outcome == "6/7"


def test_three_words_find_the_pre_emptive_studies_of_venetoclax() -> None:
    found = find("venetoclax npm1 mrd")
    studies = {row.study for row in found.results}
    assert {"Tiong 2021", "Jimenez-Chillon 2024", "Sartor 2023", "VALDAC"} <= studies
    assert "ADMIRAL" not in studies
    assert "NCT04867928" in {trial.id for trial in found.trials}


def test_the_abbreviations_of_the_field_find_what_is_spelt_out() -> None:
    short, long = find("ven-aza filo OS"), find("Venetoclax AZACITIDINE filo overall survival")
    assert short.results
    assert set(short.results) == set(long.results)


def test_an_empty_search_finds_all_and_a_word_found_nowhere_finds_nothing() -> None:
    assert len(find().results) == len(results())
    assert len(find().discrepancies) == len(discrepancies())
    assert find("venetoclax zzz").count == 0


def test_what_names_a_row_ranks_before_what_is_only_mentioned_in_it() -> None:
    found = find("revumenib")
    assert "revumenib" in found.results[0].regimen
    assert [row.drug for row in found.approvals] == ["revumenib", "revumenib"]


@given(
    st.lists(st.sampled_from(["venetoclax", "npm1", "mrd", "flt3", "survival", "relapse", "2024", "cr"]), max_size=4)
)
def test_another_word_never_finds_more(words: list[str]) -> None:
    fewer = find([*words, "azacitidine"])
    assert set(fewer.results) <= set(find(words).results)
    assert find(list(reversed(words))).count == find(words).count


@given(st.text(max_size=30))
def test_any_text_can_be_searched_for(text: str) -> None:
    assert find(text).words == words_of(text)


def test_a_trial_is_shown_as_printed_and_as_it_is() -> None:
    trial = next(trial for trial in trials() if trial.id == "NCT05184842")
    assert "SNDX-5613" in trial.as_printed("regimen")
    assert "no menin inhibitor" in trial.regimen
    assert trial.discrepancies == ("D-M2",)
    assert trial.as_printed("status") == trial.status
    changed = {trial.id for trial in trials() if trial.printed}
    assert changed == {"NCT04867928", "NCT03013998", "GIMEMA AML2521", "NCT05184842", "NCT04128501"}


def test_a_drug_is_approved_from_the_day_of_its_approval() -> None:
    assert approved("gilteritinib", "EMA", date(2019, 10, 24)).approved is True
    assert approved("gilteritinib", "EMA", date(2019, 10, 23)).approved is False
    assert "not verified" in approved("Gilteritinib", "ema", date(2024, 1, 1)).because


def test_a_date_known_to_the_month_leaves_that_month_open() -> None:
    def ivosidenib(day: date) -> bool | None:
        return approved("ivosidenib", "EMA", day, setting="front line", marker="idh1").approved

    assert [ivosidenib(date(2023, *day)) for day in ((4, 30), (5, 1), (5, 30), (5, 31))] == [False, None, None, True]


def test_no_row_is_no_only_where_the_list_is_stated_complete() -> None:
    relapsed = "relapsed or refractory"
    assert approved("enasidenib", "EMA", date(2023, 7, 20), setting=relapsed).approved is False
    assert approved("enasidenib", "EMA", date(2023, 7, 21), setting=relapsed).approved is None
    assert approved("enasidenib", "EMA", date(2023, 7, 20)).approved is None
    assert approved("venetoclax", "FDA", date(2023, 7, 20), setting="MRD").approved is False
    assert approved("venetoclax", "FDA", date(2026, 7, 20), setting="MRD").approved is None
    assert approved("paracetamol", "FDA", date(2024, 1, 1)).approved is None


def test_ivosidenib_front_line_in_europe_does_not_make_it_approved_at_relapse() -> None:
    day = date(2023, 7, 1)
    assert approved("ivosidenib", "EMA", day).approved is True
    assert approved("ivosidenib", "EMA", day, setting="relapsed or refractory").approved is False


def test_an_approval_that_was_withdrawn_ends_in_between_not_known() -> None:
    held = [
        approved("gemtuzumab ozogamicin", "FDA", date(year, month, 15)).approved
        for year, month in ((2005, 1), (2010, 8), (2014, 1), (2018, 1))
    ]
    assert held == [True, None, None, True]


def test_an_agency_or_setting_that_the_library_does_not_know_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="TGA is not an agency of the library; it holds FDA, EMA"):
        approved("venetoclax", "tga", date(2024, 1, 1))
    with pytest.raises(ValueError, match="R/R is not a setting"):
        approved("venetoclax", "FDA", date(2024, 1, 1), setting="R/R")


@given(DAYS, st.sampled_from(approvals()))
def test_an_approval_that_stands_is_never_answered_with_no(day: date, row: Approval) -> None:
    answer = approved(row.drug, row.agency, day, setting=row.setting)
    if row.held(day) is True:
        assert answer.approved is True
    if row.held(day) is None:
        assert answer.approved is not False


@given(DAYS, DAYS)
def test_what_has_come_by_a_day_has_come_by_every_later_day(one: date, other: date) -> None:
    when = Span(*sorted((one, other)))
    order = {False: 0, None: 1, True: 2}
    assert order[when.by(min(one, other))] <= order[when.by(max(one, other))]
    assert when.by(max(one, other)) is True


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2018-11-28", "2018-11-28"),
        ("2023-05", "2023-05"),
        ("2023", "2023"),
        ("../2025-11-13", "not later than 2025-11-13"),
        ("2025-10-01/2025-10-27", "between 2025-10-01 and 2025-10-27"),
    ],
)
def test_a_date_is_read_and_said_as_closely_as_it_is_known(text: str, said: str) -> None:
    assert str(span(text)) == said


@pytest.mark.parametrize("text", ["May 2023", "2023-13", "2024/2023", "", "2023-02-30"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no date|ends before"):
        span(text)


def test_a_statement_of_completeness_says_for_what_it_stands() -> None:
    one = Complete("EMA", ("enasidenib",), "relapsed or refractory", date(2023, 7, 20), "thol-2024", "Table 3")
    assert str(one) == "EMA, relapsed or refractory: no approval of enasidenib but those listed, to 2023-07-20"
    assert not one.covers("enasidenib", "EMA", None, date(2020, 1, 1))
    assert {row.agency for row in approvals()} == set(approvals_module.AGENCIES)


def test_rows_that_share_endpoint_and_unit_are_grouped() -> None:
    for (endpoint, unit), group in comparable(results()).items():
        assert {(row.endpoint, row.unit) for row in group} == {(endpoint, unit)}
        assert sum(row.number is not None for row in group) >= 2


def test_a_citation_is_said_with_its_doi_where_one_was_read() -> None:
    assert cited("molica-2025").endswith("doi 10.3390/cancers17233733")
    assert "doi" not in cited("perl-2019")


def test_the_command_alone_says_what_there_is() -> None:
    code, said = ask()
    assert code == 0
    assert f"{len(results())} results in {len(rows())} rows" in said
    assert "tenfold evidence venetoclax npm1 mrd" in said


def test_the_command_prints_what_it_finds_with_n_value_and_source() -> None:
    code, said = ask("valdac")
    assert code == 0
    assert "55 %" in said
    assert "J Clin Oncol 2024;42:2161" in said
    assert "D-F8" in said


def test_the_command_says_whether_an_approval_stood_on_a_day() -> None:
    data = json.loads(ask("revumenib", "npm1", "--on", "2025-10-15", "--json")[1])
    assert [(row["held"], row["approved"]["last"]) for row in data["approvals"]] == [(None, "2025-10-27")]
    assert ask("revumenib", "--on", "soon")[0] == 2


def test_the_command_says_when_nothing_is_found() -> None:
    code, said = ask("venetoclax", "zzz")
    assert code == 0
    assert "Nothing found for: venetoclax zzz" in said


def test_the_answer_as_data_carries_every_row_with_its_source() -> None:
    data = json.loads(json.dumps(as_data(find("ven-prs")), allow_nan=False))
    assert data["results"]
    assert all(row["source"] and row["citation"] and "licence" in row for row in data["results"])
    assert next(row for row in data["results"] if row["id"] == "EV087")["intervals"][0]["high"] is None


def test_the_page_shows_figures_tables_and_what_is_printed_otherwise(tmp_path: Path) -> None:
    page = tmp_path / "evidence.html"
    assert ask("npm1", "--html", str(page))[0] == 0
    text = page.read_text("utf-8")
    assert text.count("<svg") >= 4
    assert "Results of studies" in text
    assert "NCT05184842" in text
    assert "SIMULATED" not in text
    assert "Nothing found" in evidence_page(find("zzz"))
