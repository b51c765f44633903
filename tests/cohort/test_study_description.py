"""The description of a study: of the population's members, as known on the index day, and with everything said."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from tenfold.assessment import Assessment, assess
from tenfold.cohort.analysis import analysis_set, clock_called, endpoint_called
from tenfold.cohort.describe import Description, grafted_before
from tenfold.cohort.simulation import simulate_registry
from tenfold.cohort.study.curves import curves_and_faults, study_curves
from tenfold.cohort.study.file import Study, StudyFault, parse_study
from tenfold.cohort.study.index_day import described_at
from tenfold.exchange.published import published
from tenfold.records import Registry
from tenfold.records.timeline import exact_day
from tenfold.reports.study import run_study, study_page
from tenfold.reports.study_description import StudyDescription, describe_study
from tenfold.reports.study_files import tables_of

VENETOCLAX: dict[str, Any] = {"endpoint": [{"name": "OS", "clock": "venetoclax"}], "describe": True}


@pytest.fixture(scope="module")
def relapsed() -> Assessment:
    """Relapsed patients who then had venetoclax, half of them after a hypomethylating agent."""
    return assess(simulate_registry(120, 7, "venprs").registry)


@pytest.fixture(scope="module")
def followed() -> Assessment:
    """Patients with mutated NPM1, followed by MRD, treated when it relapsed."""
    return assess(simulate_registry(80, 3, "npm1").registry)


@pytest.fixture(scope="module")
def older(relapsed: Assessment) -> tuple[Study, StudyDescription]:
    study = parse_study({**VENETOCLAX, "population": "age_years>=70", "describe_by": "venprs-os"})
    return study, describe_study(relapsed, study)


def counts(told: Description, variable: str) -> dict[str, int]:
    """Yes, no and not known of everybody in Table 1."""
    rows = told.table_1.of(variable).to_dicts()
    return {row["level"]: row["count"] for row in rows} | {"not known": rows[0]["missing"]}


def first_venetoclax(registry: Registry) -> pl.DataFrame:
    lines = registry.days("treatments").filter(pl.col("drugs").str.contains("venetoclax"))
    return lines.group_by("patient_id").agg(began=pl.col("start_day").min())


def test_every_table_and_figure_is_of_the_members_of_the_population(
    relapsed: Assessment, older: tuple[Study, StudyDescription]
) -> None:
    study, described = older
    told = described.told
    members = set(study_curves(relapsed, study)[0].patients["patient_id"])
    assert 20 < len(members) < 100
    assert told.table_1.groups["all patients"] == told.treatment.groups["all patients"] == len(members)
    assert told.subsequent["patients"].sum() == len(members)
    assert set(told.flow.kept) == set(told.index["patient_id"]) == members
    assert {table.rows["patients"].max() for table in told.haematological.values()} == {len(members)}
    assert {table.rows["patients"].max() for name, table in told.molecular.items() if name == "all"} == {len(members)}
    assert set(told.fractions["patient_id"]) <= members
    assert set(described.of.start["patient_id"]) == members
    assert set(described.of.assessment.molecular["patient_id"]) <= members


def test_the_index_treatment_is_not_its_own_pretreatment(relapsed: Assessment) -> None:
    """Counted by hand from the tables: lines of a hypomethylating agent that begin before the first venetoclax."""
    told = describe_study(relapsed, parse_study(VENETOCLAX)).told
    registry = relapsed.registry
    began = first_venetoclax(registry)
    agents = registry.days("treatments").filter(pl.col("drugs").str.contains("azacitidine|decitabine|guadecitabine"))
    pretreated = (
        agents.join(began, on="patient_id").filter(pl.col("start_day") < pl.col("began"))["patient_id"].n_unique()
    )
    assert 0 < pretreated < began.height
    assert counts(told, "prior_hma") == {"yes": pretreated, "no": began.height - pretreated, "not known": 0}


def test_transplant_and_extramedullary_disease_before_are_those_before_the_index_day(relapsed: Assessment) -> None:
    told = describe_study(relapsed, parse_study(VENETOCLAX)).told
    registry = relapsed.registry
    began = first_venetoclax(registry)
    grafted = registry.days("transplants").join(began, on="patient_id")
    grafted = grafted.filter(pl.col("transplant_day") < pl.col("began"))["patient_id"]
    assert 0 < grafted.n_unique() < registry.table("transplants")["patient_id"].n_unique()
    assert counts(told, "prior_transplant")["yes"] == grafted.n_unique()
    assert counts(told, "prior_transplant")["not known"] == 0
    found = registry.days("events").filter((pl.col("kind") == "extramedullary disease") & pl.col("present"))
    found = found.join(began, on="patient_id").filter(pl.col("event_day") <= pl.col("began"))
    assert counts(told, "extramedullary")["yes"] == found["patient_id"].n_unique() > 0


def test_the_groups_of_table_1_are_those_of_the_curves(
    relapsed: Assessment, older: tuple[Study, StudyDescription]
) -> None:
    study, described = older
    found = analysis_set(
        relapsed, ["venprs-os"], endpoint_called("OS"), clock_called("venetoclax"), subgroup=study.population
    )
    [score] = found.scores
    expected = dict(found.patients[score.column("group")].value_counts().rows())
    groups = described.told.table_1.groups
    assert {name: n for name, n in groups.items() if name != "all patients"} == expected
    assert expected
    assert list(groups)[1:] == [name for name in ("favourable", "intermediate", "adverse") if name in expected]


def test_patients_who_are_in_no_group_are_counted_under_the_table(relapsed: Assessment) -> None:
    chosen = relapsed.registry.patient_ids()["patient_id"].sort().to_list()[:40]
    tables, untested = dict(relapsed.registry.select(chosen).tables), chosen[:12]
    for name in ("variants", "genes_tested"):
        tables[name] = tables[name].filter(~pl.col("patient_id").is_in(untested))
    fewer = assess(Registry.from_tables(tables))
    study = parse_study({**VENETOCLAX, "describe_by": "venprs-os"})
    described = describe_study(fewer, study)
    assert described.told.table_1.ungrouped > 0
    said = described.notes["table_1"]
    assert f"{described.told.table_1.ungrouped} patients are in none of the groups: theirs is not known." in said
    page = study_page(fewer, run_study(fewer, study))
    assert said[0] in page


def test_a_graft_counts_as_before_only_where_it_surely_lies_before() -> None:
    people = [{"patient_id": name, "diagnosis_day": 0, "age_years": 60} for name in "abcd"]
    grafts = [
        {"patient_id": "a", "transplant_day": 50},
        {"patient_id": "b", "transplant_day": 100},
        {"patient_id": "c", "transplant_day": None},
    ]
    made = Registry.from_tables({"patients": people, "transplants": grafts}, relative=True)
    before = pl.DataFrame({"patient_id": list("abcd"), "day": [100] * 4})
    told = dict(grafted_before(made, before).rows())
    assert told == {"a": True, "b": False, "c": None, "d": False}
    told = dict(grafted_before(made, before.filter(pl.col("patient_id") != "a")).rows())
    assert told["a"] is None
    unrecorded = Registry.from_tables({"patients": people}, relative=True)
    assert set(grafted_before(unrecorded, before)["prior_transplant"]) == {None}


def test_a_yes_or_no_has_one_row_and_a_test_stands_beside_its_p(older: tuple[Study, StudyDescription]) -> None:
    table = older[1].told.tables()["table_1"]
    assert "no" not in table["level"].to_list()
    tested = table.filter(pl.col("p") != "")
    assert tested.height > 5
    assert set(tested["test"]) <= {"Fisher's exact test", "chi-squared test", "Kruskal-Wallis test"}
    assert not table.filter((pl.col("p") == "") & (pl.col("test") != "")).height


def test_responses_follow_the_groups_and_name_their_test(older: tuple[Study, StudyDescription]) -> None:
    described = older[1]
    table = described.told.tables()["response_VEN-PRS"]
    n = described.told.table_1.groups
    assert [name for name in table.columns if name.startswith("favourable")]
    assert table.columns[1].startswith(f"VEN-PRS, all patients (n = {n['all patients']}")
    assert any("test, p " in line for line in described.notes["response_VEN-PRS"])
    assert "response_modified_CRc" in described.told.tables()


def test_a_model_can_choose_the_population_by_what_was_known_at_time_zero(relapsed: Assessment) -> None:
    whole = parse_study({**VENETOCLAX, "groups": [{"by": "venprs-os"}]})
    adverse = parse_study({**VENETOCLAX, "population": "venprs-os=adverse"})
    expected = study_curves(relapsed, whole)[1].patients.filter(pl.col("group") == "adverse")["patient_id"]
    assert set(study_curves(relapsed, adverse)[0].patients["patient_id"]) == set(expected)
    assert set(describe_study(relapsed, adverse).told.flow.kept) == set(expected)
    with pytest.raises(ValueError, match="looks later than time zero"):
        described_at(relapsed, "venetoclax", "mayo-intensive=adverse")
    for population in ("mayo-intensive=adverse", "remission_reached=yes"):
        curves, faults = curves_and_faults(relapsed, parse_study({**VENETOCLAX, "population": population}))
        assert not curves
        assert "time zero" in faults[0]


def test_the_flow_is_that_of_the_index_and_ends_at_who_is_described(followed: Assessment) -> None:
    for name, first in (
        ("diagnosis", "diagnosis"),
        ("first treatment", "first treatment"),
        ("venetoclax", "first dose of venetoclax"),
        ("MRD relapse", "first MRD relapse"),
    ):
        of = described_at(followed, name, "age_years>=50")
        steps = of.flow.steps
        assert steps["step"].to_list()[:2] == [first, "age_years>=50"]
        assert steps["kept"][1] == of.assessment.patients.height == of.start.height
        assert of.flow.start == followed.patients.height
    filo = described_at(followed, "venetoclax for residual or relapsed disease")
    assert "confirmed MRD relapse" in filo.flow.steps["step"].to_list()


def test_the_treatment_after_an_mrd_relapse_is_not_the_induction_before_it(followed: Assessment) -> None:
    of = described_at(followed, "MRD relapse")
    joined = of.treatments.join(of.start, on="patient_id").with_columns(day=exact_day())
    assert joined.height > 5
    assert (joined["day"] >= joined["start_day"]).all()
    induction = described_at(followed, "first treatment").treatments
    assert set(induction["intent"]) == {"induction"}


def test_without_an_index_the_description_is_of_the_first_endpoints_clock(followed: Assessment) -> None:
    asked = {"describe": True, "endpoint": [{"name": "OS", "clock": "MRD relapse"}, {"name": "RFS"}]}
    assert describe_study(followed, parse_study(asked)).of.name == "first MRD relapse"
    assert describe_study(followed, parse_study({**asked, "index": "venetoclax"})).of.name == "first dose of venetoclax"


def test_an_index_that_means_nothing_is_a_fault_of_the_file() -> None:
    for index, said in (("relapse day", "no index is called relapse day"), (3, "index is text")):
        with pytest.raises(StudyFault, match=said):
            parse_study({**VENETOCLAX, "index": index})


def test_a_description_that_cannot_be_made_is_said_and_sinks_nothing(relapsed: Assessment) -> None:
    for more, said in (
        ({"describe_by": "age_years"}, "age_years is a number"),
        ({"describe_by": "no_such_column"}, "no_such_column"),
    ):
        result = run_study(relapsed, parse_study({**VENETOCLAX, **more}))
        assert result.description is None
        assert result.curves
        assert any(line.startswith("description: ") and said in line for line in result.failed)


def test_where_no_day_is_published_everybody_is_described_by_all_that_is_on_record() -> None:
    of = described_at(assess(published()), "first MRD relapse")
    assert not of.dated
    assert of.notes == (
        "No first MRD relapse has a published day: nobody is left out for want of it, and what is known is all that is on "
        "record.",
    )
    everybody = assess(published())
    assert of.assessment.patients.height == everybody.patients.height
    study = parse_study({"describe": True, "describe_by": "sex", "endpoint": [{"name": "RFS", "clock": "MRD relapse"}]})
    described = describe_study(everybody, study)
    assert described.told.table_1.groups["all patients"] == everybody.patients.height
    assert described.notes["patient_flow"] == list(of.notes)


def test_a_study_of_molecular_disease_draws_its_mrd_and_its_scores(relapsed: Assessment, followed: Assessment) -> None:
    study = parse_study({"describe": True, "endpoint": [{"name": "OS", "clock": "MRD relapse"}]})
    drawn = describe_study(followed, study).drawings
    wanted = {
        "Patient flow",
        "Mutations at diagnosis",
        "Variant allele fraction by gene",
        "Course from the index treatment",
        "MRD response by cycle in marrow",
        "MRD in marrow over time in percent of ABL1",
    }
    assert wanted <= set(drawn)
    assert all(drawn[title](700) is not None for title in wanted)
    scores = [{"compare": ["venprs-os", "venprs-efs"], "endpoint": "OS"}]
    drawn = describe_study(relapsed, parse_study({**VENETOCLAX, "scores": scores})).drawings
    assert {"Distribution of VEN-PRS-OS", "Distribution of VEN-PRS-EFS"} <= set(drawn)
    assert drawn["Distribution of VEN-PRS-OS"](700) is not None


def test_what_stands_under_the_tables_is_written_beside_them(relapsed: Assessment) -> None:
    study = parse_study({**VENETOCLAX, "describe_by": "sex"})
    result = run_study(relapsed, study)
    notes = tables_of(result)["table_notes"]
    assert {"table", "note"} <= set(notes.columns)
    assert "response_ELN-2022" in notes["table"].to_list()
    assert any("evenly spaced by identifier" in line for line in result.methods)
    assert any("first dose of venetoclax" in line and "patients" in line for line in result.methods)
