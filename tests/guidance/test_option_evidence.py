"""What is said beside an option: each series once, its comparator with it, every number with its own patients and source."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from tenfold.evidence.search import find
from tenfold.evidence.studies import results, rows
from tenfold.guidance.options.beside import beside
from tenfold.guidance.options.standing import Situation
from tenfold.reports.evidence_rows import MOST_ROWS, SURVIVAL, evidence_rows, more_evidence

OPTIONS = beside()
FAILURE = Situation.MOLECULAR_FAILURE.value
AFTER_HMA = Situation.AFTER_HMA_VENETOCLAX.value


def told(option: str, situation: str | None = None) -> list[dict]:
    return evidence_rows(OPTIONS[f"Option: {option}"].rows(situation))


def of(option: str, study: str, situation: str | None = None) -> str:
    [line] = [line for line in told(option, situation) if line["study"].startswith(study)]
    return line["said"]


@pytest.mark.parametrize("option", ["pre-emptive venetoclax", "allogeneic transplant"])
def test_a_patient_in_molecular_failure_is_told_filos_survival_with_and_without_transplant(option: str) -> None:
    said = of(option, "FILO", FAILURE)
    [grafted] = [part for part in said.split("; ") if "at 2 years 86 %" in part]
    assert "relapse-free survival at 2 years 81 %" in grafted
    without = said[said.index("not transplanted, median of 9 cycles") :]
    for figure in ("n 16", "overall survival at 2 years 71 %", "at 2 years 38 %", "at 2 years 27 %"):
        assert figure in without
    if option == "pre-emptive venetoclax":
        assert "molecular response (MRD negative or reduced) 71 % (34 of 48)" in said


def test_before_a_transplant_at_molecular_failure_the_two_figures_of_aml17_stand_in_one_line_as_a_discrepancy() -> None:
    for option in ("allogeneic transplant", "pre-emptive chemotherapy"):
        said = of(option, "NCRI AML17", FAILURE)
        assert "overall survival at 2 years 63 %" in said
        assert "relapse-free survival at 2 years 66 % (via Tiong 2021)" in said
        assert said.endswith("(printed otherwise elsewhere: tenfold evidence D-H6)")
    assert of("allogeneic transplant", "Sartor 2023", FAILURE).startswith("MRD negative 11/11")


def test_no_series_takes_two_lines_beside_an_option() -> None:
    for by in OPTIONS.values():
        for situation in (None, *by.evidence_in):
            studies = [line["study"] for line in evidence_rows(by.rows(situation))]
            assert len(studies) == len(set(studies)) <= MOST_ROWS, by.name


@pytest.mark.parametrize("row", ["EV029", "EV075", "TF20", "EV079"])
def test_the_small_series_of_pre_emptive_venetoclax_are_all_said(row: str) -> None:
    assert row in {name for line in told("pre-emptive venetoclax") for name in line["rows"]}


def test_gilteritinib_is_told_beside_the_salvage_chemotherapy_of_its_trial_also_after_hma_and_venetoclax() -> None:
    for situation in (None, AFTER_HMA):
        said = of("gilteritinib", "ADMIRAL", situation)
        both = said.split("; salvage chemotherapy, n 124: ")
        assert "overall survival at 2 years 20.6 %" in both[0]
        assert "overall survival at 2 years 14.2 %" in both[1]
    assert "CR or CRh 15.3 %" in of("salvage chemotherapy", "ADMIRAL")


def test_survival_is_never_cut_from_a_line_and_what_is_not_printed_goes_first() -> None:
    for by in OPTIONS.values():
        for names in {names for situation in (None, *by.evidence_in) for names in by.rows(situation)}:
            whole = [rows()[name] for name in names if name in rows()]
            [line] = evidence_rows([names])
            assert "not printed" not in line["said"] or "95 % CI" in line["said"]
            for found in whole:
                survival = [one for one in found if any(word in one.endpoint for word in SURVIVAL)]
                assert not survival or any(f"{one.endpoint} {one.outcome}" in line["said"] for one in survival)
    assert "overall survival, median 8.8 months" in of("ivosidenib", "Ivosidenib")


def test_groups_of_one_endpoint_are_never_cut_apart() -> None:
    said = of("gilteritinib", "Khanna 2023", AFTER_HMA)
    assert "11.5 months" in said
    assert "without response, n not stated: overall survival, median 3.3 months" in said


def test_two_patients_who_stopped_are_two_and_each_has_an_own_time() -> None:
    [line] = evidence_rows(["EV023"])
    assert (line["n"], line["population"]) == (2, "two patients who stopped, MRD negative, after 8 and 14 cycles")
    assert line["said"].count("(n 1)") == 2


def test_every_source_of_a_line_is_cited_and_a_result_of_another_report_names_it() -> None:
    [line] = evidence_rows(["EV050"])
    assert line["citations"] == (
        "Xuan et al., Lancet Oncol 2020;21:1201-1212",
        "Xuan et al., Lancet Haematol 2023;10:e600-e611",
    )
    assert line["citation"] == "; ".join(line["citations"])
    assert "72 % (Xuan et al., Lancet Haematol 2023;10:e600-e611)" in line["said"]
    assert "7 %, overall" in line["said"]


def test_every_row_beside_an_option_is_in_the_library_and_its_search_finds_the_rest() -> None:
    known = {one.id for one in results()} | set(rows())
    for by in OPTIONS.values():
        for situation in (None, *by.evidence_in):
            series = by.rows(situation)
            assert {name for names in series for name in names} <= known
            assert not series or by.search, by.name
            more = more_evidence(series, by.search)
            said = {name for line in evidence_rows(series) for name in line["rows"]}
            found = {one.row for one in find(by.search).results} if by.search else set()
            assert more["rows"] == len(found - said)
    assert more_evidence(OPTIONS["Option: pre-emptive venetoclax"].rows(None), "venetoclax MRD")["rows"] > 0


def test_a_row_that_the_library_does_not_have_is_named() -> None:
    with pytest.raises(KeyError, match="EV999 is no row"):
        evidence_rows(["EV999"])


def test_venetoclax_with_donor_lymphocytes_is_not_credited_to_the_review() -> None:
    for name in ("hypomethylating agent with venetoclax", "salvage chemotherapy with venetoclax"):
        cautions = [one for one in OPTIONS[f"Option: {name}"].cautions if one.when == Situation.AFTER_TRANSPLANT]
        assert any("it does not name venetoclax there" in one.text for one in cautions)
    said = OPTIONS["Option: donor lymphocytes"].says
    assert "venetoclax" not in said
    assert all(word in said for word in ("intensive chemotherapy", "azacitidine", "targeted"))


def test_what_stands_beside_an_option_cannot_be_changed() -> None:
    """It is read once, so that a change for one patient would stand beside the options of the next."""
    option = OPTIONS["Option: pre-emptive venetoclax"]
    for one, name in ((option, "says"), (option.cautions[0], "text")):
        with pytest.raises(FrozenInstanceError):
            setattr(one, name, "another")
