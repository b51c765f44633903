"""Studies of the register as downloaded, and the drafts made of them."""

from __future__ import annotations

import copy
import json
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from tenfold.cli.trials import trials
from tenfold.exchange.clinical_trials import parse_studies, read_studies
from tenfold.guidance.trials.drafts import draft
from tenfold.guidance.trials.eligibility import parse_trials, read_trials

EXAMPLE = Path(__file__).resolve().parent.parent / "data" / "trials" / "example-study.json"
DATA = json.loads(EXAMPLE.read_text("utf-8"))


def changed(module: str, **fields: Any) -> dict[str, Any]:
    study = copy.deepcopy(DATA)
    for key, value in fields.items():
        if value is None:
            study["protocolSection"][module].pop(key)
        else:
            study["protocolSection"][module][key] = value
    return study


def one(data: Any) -> Any:
    [study] = parse_studies(json.dumps(data), "study.json").studies
    return study


@pytest.fixture
def tenfold() -> Any:
    app = typer.Typer()
    app.command()(trials)
    return lambda *arguments: CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_the_example_gives_title_status_conditions_interventions_and_text() -> None:
    [study] = read_studies(EXAMPLE).studies
    assert study.id == "NCT00000000"
    assert study.title.startswith("Example")
    assert (study.phase, study.status, study.status_date) == ("1/2", "recruiting", date(2026, 1, 1))
    assert study.conditions == ("Acute Myeloid Leukaemia", "Measurable Residual Disease")
    assert study.interventions == ("Example drug", "Azacitidine")
    assert "Prior venetoclax" in study.eligibility_text
    assert (study.minimum_age.years, study.maximum_age.text, study.sex) == (18, "75 Years", None)
    assert study.notes == ("the status was verified in 2026-01; the first of that month is written",)


def test_a_page_of_studies_and_a_bare_list_are_read_like_one_study() -> None:
    first = parse_studies(json.dumps(DATA), "f").studies
    assert parse_studies(json.dumps([DATA]), "f").studies == first
    page = parse_studies(json.dumps({"studies": [DATA], "nextPageToken": "abc"}), "f")
    assert page.studies == first
    assert page.notes == ("f: the search found more studies than this page holds; download the next page too",)


def test_one_study_that_cannot_be_used_never_sinks_the_others() -> None:
    bad = changed("identificationModule", nctId="12345")
    listed = changed("identificationModule", nctId="NCT00000001")
    listed["protocolSection"]["statusModule"] = ["RECRUITING"]
    read = parse_studies(json.dumps({"studies": [bad, DATA, listed, 7, DATA]}), "f.json")
    assert [study.id for study in read.studies] == ["NCT00000000"]
    assert read.set_aside == (
        "f.json: study 1: nctId is '12345'; a register's number is NCT and eight digits",
        "f.json: study 3: protocolSection.statusModule is a list, not an object; download the study as JSON again",
        "f.json: study 4: the study is a int, not an object; download the study as JSON again",
        "f.json: study 5: NCT00000000 stands in the file twice; the first is used",
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not JSON at line 1"),
        ("<clinical_study/>", "download the study as JSON, not as text, CSV or XML"),
        ("[" * 100_000, "nested too deeply"),
        ("1" * 5000, "a number in it cannot be read"),
        ("{}", "no study JSON"),
        ("null", "no study JSON"),
        ('"text"', "no study JSON"),
        ('{"studies": []}', "holds no study; the search found none"),
        ('{"FullStudiesResponse": {}}', "of the register's former version"),
        ('{"studies": {"a": 1}}', "no study JSON"),
    ],
)
def test_what_is_no_study_json_is_refused_in_words(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse_studies(text, "study.json")


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "study.json").write_bytes(b"\x50\x4b\x03\x04\xff\xff")
    with pytest.raises(ValueError, match="not UTF-8 text"):
        read_studies(tmp_path / "study.json")
    (tmp_path / "marked.json").write_text(json.dumps(DATA), "utf-8-sig")
    assert read_studies(tmp_path / "marked.json").studies


@pytest.mark.parametrize(
    ("fields", "day", "note"),
    [
        ({"statusVerifiedDate": None}, date(2026, 1, 14), None),
        ({"statusVerifiedDate": "2026-13"}, date(2026, 1, 14), "'2026-13' is no date and is not used"),
        ({"statusVerifiedDate": None, "lastUpdateSubmitDate": None}, date(2026, 1, 16), None),
        (
            {"statusVerifiedDate": 5, "lastUpdateSubmitDate": None, "lastUpdatePostDateStruct": []},
            None,
            "from when the status is, the file does not tell",
        ),
    ],
)
def test_the_date_of_the_status_is_the_best_that_the_file_has(fields: dict, day: date | None, note: str | None) -> None:
    study = one(changed("statusModule", **fields))
    assert study.status_date == day
    assert study.notes == (() if note is None else (note,))


def test_a_status_or_phase_or_sex_that_the_register_does_not_use_is_kept_and_said() -> None:
    study = one(changed("statusModule", overallStatus="ON_FIRE"))
    assert study.status == "on fire"
    assert study.notes[0].startswith("status 'ON_FIRE' is none of those")
    assert one(changed("designModule", phases=["EARLY_PHASE1"])).phase == "early 1"
    assert one(changed("designModule", phases=None)).phase == "not stated"
    assert one(changed("eligibilityModule", sex="FEMALE")).sex == "women"
    assert "sex is 'X'" in one(changed("eligibilityModule", sex="x")).notes[-1]


@pytest.mark.parametrize("text", ["N/A", "", None])
def test_no_limit_of_age_is_no_criterion(text: str | None) -> None:
    study = one(changed("eligibilityModule", minimumAge=text, maximumAge=None))
    assert study.minimum_age is study.maximum_age is None
    [trial] = parse_trials(draft(study), "f").trials
    assert trial.criteria == ()


@pytest.mark.parametrize("text", ["eighteen Years", "18 Moons", "-1 Years", "1e3 Years", "18.5 Years", "9999999 Days"])
def test_an_odd_limit_of_age_is_left_to_be_written_by_hand(text: str) -> None:
    study = one(changed("eligibilityModule", minimumAge=text))
    assert study.minimum_age is None
    assert "write the limit by hand" in study.notes[-1]


def test_months_weeks_and_days_become_years() -> None:
    study = one(changed("eligibilityModule", minimumAge="6 Months", maximumAge="18 Months"))
    [trial] = parse_trials(draft(study), "f").trials
    limits = [(c.conditions[0].relation, c.conditions[0].value, c.wording) for c in trial.criteria]
    assert limits == [("at_least", 0.5, "6 Months or older"), ("below", 1.583333, "18 Months or younger")]
    assert one(changed("eligibilityModule", minimumAge="28 Days")).minimum_age.years == pytest.approx(28 / 365.25)


def test_a_draft_is_read_back_with_the_text_as_it_stands() -> None:
    [study] = read_studies(EXAMPLE).studies
    read = parse_trials(draft(study), "centre.toml")
    assert not read.faults
    [trial] = read.trials
    assert (trial.id, trial.title, trial.official_title) == (study.id, study.title, study.official_title)
    assert (trial.status, trial.status_date, trial.phase) == (study.status, study.status_date, study.phase)
    assert (trial.conditions, trial.interventions) == (study.conditions, study.interventions)
    assert trial.criteria_text == study.eligibility_text
    assert not trial.complete
    assert [c.conditions[0].relation for c in trial.criteria] == ["at_least", "at_most"]


@given(st.text(max_size=300), st.text(max_size=60), st.lists(st.text(max_size=20), max_size=3))
@settings(max_examples=150)
def test_whatever_the_texts_hold_the_draft_is_one_trial(text: str, title: str, names: list[str]) -> None:
    data = changed("eligibilityModule", eligibilityCriteria=text)
    data["protocolSection"]["identificationModule"]["briefTitle"] = title
    data["protocolSection"]["conditionsModule"]["conditions"] = names
    study = one(data)
    [trial] = parse_trials(draft(study), "centre.toml").trials
    assert trial.criteria_text == study.eligibility_text
    assert trial.title == study.title


def test_a_text_that_imitates_the_file_format_stays_a_text() -> None:
    hostile = 'x\n"""\n[[trial]]\nid = "FORGED"\ntitle = "t"\nstatus = "recruiting"\nsource = "s"\n\\u0041 \x1b[31m\u202e\ud800'
    study = one(changed("eligibilityModule", eligibilityCriteria=hostile))
    assert not {"\x1b", "\u202e", "\ud800"} & set(study.eligibility_text)
    [entry] = tomllib.loads(draft(study))["trial"]
    assert entry["criteria_text"].strip() == study.eligibility_text
    broken_elsewhere = draft(study) + "\n[[trial]]\nid = broken\n"
    assert [trial.id for trial in parse_trials(broken_elsewhere, "f").trials] == ["NCT00000000"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["studies", "nctId", "date"]), inner),
    max_leaves=6,
)
PLACES = [(module, key) for module, fields in DATA["protocolSection"].items() for key in [None, *fields]]


@given(st.sampled_from(PLACES), JSON)
@settings(max_examples=200)
def test_any_odd_value_anywhere_is_read_or_refused_in_words(place: tuple[str, str | None], odd: Any) -> None:
    study = copy.deepcopy(DATA)
    module, key = place
    if key is None:
        study["protocolSection"][module] = odd
    else:
        study["protocolSection"][module][key] = odd
    read = parse_studies(json.dumps(study), "f.json")
    assert len(read.studies) + len(read.set_aside) == 1
    for found in read.studies:
        assert len(parse_trials(draft(found), "c").trials) == 1


def test_the_command_lists_the_known_trials_with_status_and_date(tenfold: Any) -> None:
    result = tenfold("--json")
    assert result.exit_code == 0
    listed = {trial["id"]: trial for trial in json.loads(result.stdout)["trials"]}
    assert (listed["NCT05184842"]["status"], listed["NCT05184842"]["status_date"]) == ("recruiting", "2025-11-21")
    assert "NCT04867928" in tenfold().stdout
    assert "molecular_relapse" in tenfold("--facts").stdout
    assert {"fact", "meaning", "kind", "values", "relations"} == set(json.loads(tenfold("--facts", "--json").stdout)[0])


def test_an_import_appends_and_never_overwrites_an_id(tenfold: Any, tmp_path: Path) -> None:
    out = tmp_path / "centre-trials.toml"
    own = '[[trial]]\nid = "nct00000000"\ntitle = "Ours"\nstatus = "recruiting"\nsource = "protocol"'
    out.write_text(own)
    other = tmp_path / "other.json"
    other.write_text(json.dumps([changed("identificationModule", nctId="NCT00000001"), DATA]))
    result = tenfold("--import", other, "--out", out, "--json")
    assert result.exit_code == 0
    said = json.loads(result.stdout)
    assert ([drafted["id"] for drafted in said["drafted"]], said["already_there"]) == (["NCT00000001"], ["NCT00000000"])
    assert out.read_text().startswith(own + "\n")
    assert [(trial.id, trial.title[:7]) for trial in read_trials(out).trials] == [
        ("nct00000000", "Ours"),
        ("NCT00000001", "Example"),
    ]
    before = out.read_bytes()
    assert "left as it is: NCT00000001" in tenfold("--import", other, "--out", out).stdout
    assert out.read_bytes() == before
    assert tenfold("--file", out).exit_code == 0


def test_an_id_of_a_trial_with_a_fault_is_taken_too(tenfold: Any, tmp_path: Path) -> None:
    out = tmp_path / "centre.toml"
    out.write_text('[[trial]]\nid = "NCT00000000"\n')
    assert tenfold("--import", EXAMPLE, "--out", out).exit_code == 0
    assert out.read_text() == '[[trial]]\nid = "NCT00000000"\n'


def test_nothing_is_appended_to_a_file_that_cannot_be_read(tenfold: Any, tmp_path: Path) -> None:
    out = tmp_path / "centre.toml"
    out.write_text("[[trial]]\nid = NCT00000000\n")
    result = tenfold("--import", EXAMPLE, "--out", out)
    assert result.exit_code == 1
    assert "Nothing was written" in result.stderr
    assert out.read_text() == "[[trial]]\nid = NCT00000000\n"


def test_the_command_names_faults_and_exits_by_kind(tenfold: Any, tmp_path: Path) -> None:
    out = tmp_path / "centre.toml"
    out.write_text('[[trial]]\nid = "A"\n')
    result = tenfold("--file", out)
    assert result.exit_code == 1
    assert "A: title: missing" in result.stderr
    odd = tmp_path / "study.json"
    odd.write_text("{}")
    assert tenfold("--import", odd, "--out", tmp_path / "new.toml").exit_code == 1
    assert not (tmp_path / "new.toml").exists()
    for arguments in (("--import", EXAMPLE), ("--out", out), ("--file", tmp_path / "none.toml"), ("--file", tmp_path)):
        assert tenfold(*arguments).exit_code == 2, arguments
    assert tenfold("--import", tmp_path / "none.json", "--out", out).exit_code == 2
