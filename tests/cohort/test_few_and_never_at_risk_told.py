"""What a ratio or a curve rests on is said beside it: few patients, few events, and those who were never at risk."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl
from compared_scores import compared

from tenfold.assessment import Assessment, assess
from tenfold.cohort.study.curves import study_curves
from tenfold.cohort.study.file import parse_study
from tenfold.cohort.study.models import study_cox
from tenfold.figures.score_comparison import flags_in_words, label
from tenfold.records import Registry
from tenfold.reports.study import run_study, study_page

ENTERING: dict[str, Any] = {"name": "OS", "delayed_entry": "first treatment"}


def followed(*, women: int, treated: int) -> Assessment:
    """Forty patients followed for two to four years, half of whom die; the first are women, the last were never treated."""
    start = pl.date(2020, 1, 1)
    people, lines = [], []
    for k in range(40):
        last = pl.select(start + pl.duration(days=700 + 20 * k)).item().isoformat()
        died = {"death_date": last} if k % 2 else {}
        sex = {"sex": "female" if k < women else "male"}
        dates = {"diagnosis_date": "2020-01-01", "last_contact_date": last}
        people.append({"patient_id": f"p{k:02d}", **sex, **dates, "death_date": None, **died})
        if k < treated:
            line = {"line": 1, "intent": "induction", "regimen": "7+3", "start_date": "2020-01-20"}
            lines.append({"patient_id": f"p{k:02d}", **line})
    return assess(Registry.from_tables({"patients": people, "treatments": lines, "events": []}))


def test_a_hazard_ratio_on_few_patients_says_so_also_of_its_reference() -> None:
    study = parse_study({"endpoint": [{"name": "OS"}], "cox": [{"endpoint": "OS", "covariates": ["sex"]}]})
    [said] = [note for note in study_cox(followed(women=4, treated=40), study, study.cox[0]).notes if "fewer" in note]
    assert "sex female (4 patients, 2 events)" in said
    assert "male" not in said.replace("female", "")
    assert "a ratio on so few says little" in said


def test_a_hazard_ratio_on_many_has_no_such_note() -> None:
    study = parse_study({"endpoint": [{"name": "OS"}], "cox": [{"endpoint": "OS", "covariates": ["sex"]}]})
    assert not any("fewer" in note for note in study_cox(followed(women=20, treated=40), study, study.cox[0]).notes)


def test_the_page_of_a_study_says_that_a_curve_rests_on_few() -> None:
    told = followed(women=4, treated=40)
    page = study_page(told, run_study(told, parse_study({"endpoint": [{"name": "OS"}], "groups": [{"by": "sex"}]})))
    assert "Fewer than 10 patients: female (4)" in page


def test_delayed_entry_tells_how_many_of_how_many_were_never_at_risk() -> None:
    study = {"endpoint": [ENTERING], "cox": [{"endpoint": "OS", "covariates": ["sex"]}]}
    told, asked = followed(women=20, treated=25), parse_study(study)
    [curves] = study_curves(told, asked)
    for notes in (curves.notes, study_cox(told, asked, asked.cox[0]).notes):
        [said] = [note for note in notes if note.startswith("Delayed entry")]
        assert "of 40 patients with a time from diagnosis, 15 are not known to have come under observation" in said
    assert curves.patients.height == 25


def test_where_everybody_enters_nothing_is_said_of_who_did_not() -> None:
    [curves] = study_curves(followed(women=20, treated=40), parse_study({"endpoint": [ENTERING]}))
    assert not any(note.startswith("Delayed entry") for note in curves.notes)


def test_a_score_outside_its_scope_in_all_patients_is_not_called_partly_outside() -> None:
    found = compared()
    [breems] = [one for one in found.scores if one.asked.name == "Breems-index"]
    wholly = replace(breems, scope={"yes": 0, "no": breems.n, "unknown": 0})
    assert "‡" in label(breems, found)
    assert "¶" in label(wholly, found)
    others = tuple(one for one in found.scores if one is not breems)
    said = flags_in_words(replace(found, scores=(*others, wholly)))
    assert "¶ outside its published scope in all patients" in said
