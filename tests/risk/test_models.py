"""The risk models as their papers word them, and what must hold for every patient."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenfold.catalogue import find
from tenfold.genetics.lesions import (
    ADVERSE_CYTOGENETICS_2017,
    ADVERSE_CYTOGENETICS_2022,
    MYELODYSPLASIA_RELATED_ELN_2022,
)
from tenfold.logic.answering import answer
from tenfold.logic.decision import Question
from tenfold.risk.eln2017 import ELN_2017
from tenfold.risk.eln2022 import ELN_2022
from tenfold.risk.eln2024 import ELN_2024
from tenfold.risk.published import outcomes, published_for

ORDER = ("favourable", "intermediate", "adverse")


def ask(question: Question, **known: Any) -> dict[str, Any]:
    """One patient in whom whatever is not named was looked at and not found; footnotes are read both ways."""
    nothing = {item.name: False for item in question.inputs if item.kind == "yes/no"}
    row = {**nothing, "footnote_reading": None, **known}
    types = {item.name: item.dtype for item in question.inputs}
    [said] = answer(pl.DataFrame({k: [v] for k, v in row.items()}, {k: types[k] for k in row}), [question]).to_dicts()
    return {
        "answer": said[question.key],
        "possible": said[f"{question.key}_possible"],
        "scope": said[f"{question.key}_scope"],
    }


@pytest.mark.parametrize("gene", MYELODYSPLASIA_RELATED_ELN_2022)
def test_no_favourable_npm1_patient_is_turned_adverse_by_a_myelodysplasia_related_gene(gene: str) -> None:
    assert ask(ELN_2022, NPM1=True, **{gene: True})["answer"] == "favourable"


@pytest.mark.parametrize(
    ("facts", "possible"),
    [
        ({"t_8_21": True, "TP53_at_least_10_percent": True}, ["favourable", "adverse"]),
        ({"t_9_11": True, "TP53_at_least_10_percent": True}, ["intermediate", "adverse"]),
        ({"CEBPA_bZIP_in_frame": True, "loss_7": True}, ["adverse", "favourable"]),
        ({"CEBPA_bZIP_in_frame": True, "TP53_at_least_10_percent": True}, ["adverse", "favourable"]),
        ({"NPM1": True, "FLT3_ITD": True, "SRSF2": True}, ["adverse", "intermediate"]),
    ],
)
def test_a_disputed_pair_is_shown_as_both_with_the_literal_answer_first(
    facts: dict[str, bool], possible: list[str]
) -> None:
    assert ask(ELN_2022, **facts)["possible"] == possible
    assert ask(ELN_2022, footnote_reading="literally", **facts)["answer"] == possible[0]


def test_t_9_11_with_a_myelodysplasia_related_gene_stays_intermediate() -> None:
    assert ask(ELN_2022, t_9_11=True, ASXL1=True)["answer"] == "intermediate"


def test_the_allelic_ratio_counts_in_2017_at_exactly_a_half_and_no_longer_in_2022() -> None:
    for ratio, group in ((0.49, "favourable"), (0.5, "intermediate")):
        assert ask(ELN_2017, NPM1=True, FLT3_ITD=True, FLT3_ITD_allelic_ratio=ratio)["answer"] == group
    assert ask(ELN_2022, NPM1=True, FLT3_ITD=True)["answer"] == "intermediate"


def test_flt3_itd_of_unknown_ratio_leaves_2017_open_and_says_what_decides() -> None:
    said = ask(ELN_2017, NPM1=True, FLT3_ITD=True, FLT3_ITD_allelic_ratio=None)
    assert said["possible"] == ["favourable", "intermediate"]


def test_eln_2024_puts_tp53_first_and_ivosidenib_before_signalling() -> None:
    assert ask(ELN_2024, TP53=True)["answer"] == "adverse"
    assert ask(ELN_2024, IDH1=True, NRAS=True)["answer"] == "intermediate"
    assert ask(ELN_2024, IDH1=True, NRAS=True, azacitidine_ivosidenib=True)["answer"] == "favourable"


def test_eln_2024_is_refused_after_a_hypomethylating_agent() -> None:
    said = ask(ELN_2024, prior_hma=True)
    assert (said["answer"], said["scope"]) == (None, "no")


ADVERSE_FACTS = {
    ELN_2022.name: (*ADVERSE_CYTOGENETICS_2022, *MYELODYSPLASIA_RELATED_ELN_2022, "TP53_at_least_10_percent"),
    ELN_2017.name: (*ADVERSE_CYTOGENETICS_2017, "RUNX1", "ASXL1", "TP53"),
}


@pytest.mark.parametrize("question", [ELN_2022, ELN_2017], ids=lambda q: q.name)
def test_an_adverse_lesion_more_never_improves_eln_risk(question: Question) -> None:
    """Under one reading of the footnotes, adding any lesion of the adverse list leaves the group or makes it worse."""
    names = [item.name for item in question.inputs if item.kind == "yes/no" and item.name != "t_15_17"]
    facts = st.fixed_dictionaries({name: st.booleans() for name in names})

    @given(facts, st.sampled_from(ADVERSE_FACTS[question.name]), st.sampled_from(["literally", "the other way"]))
    def check(known: dict[str, bool], more: str, reading: str) -> None:
        ratio = {"FLT3_ITD_allelic_ratio": 0.7} if question is ELN_2017 else {}
        before, after = (
            ask(question, footnote_reading=reading, **ratio, **{**known, **extra})["answer"]
            for extra in ({more: False}, {more: True})
        )
        assert ORDER.index(after) >= ORDER.index(before)

    check()


def test_every_published_outcome_names_groups_that_its_model_has() -> None:
    for outcome in outcomes():
        [question] = find(outcome.model)
        assert set(outcome.groups) == set(question.answers)


def test_the_outcomes_of_the_score_whose_paper_was_read_are_called_verified() -> None:
    of_venprs = [one for one in outcomes() if one.model in ("VEN-PRS-OS", "VEN-PRS-EFS") and one.setting is None]
    assert of_venprs
    assert all(one.verified for one in of_venprs)


@pytest.mark.parametrize(
    "name",
    ["ELN-2022", "mPRS", "Breems-index", "GOELAMS-index", "Mayo-2024", "Mayo-2025", "Mayo-intensive", "Beat-AML-2024"],
)
def test_every_model_that_groups_patients_shows_what_was_published(name: str) -> None:
    assert published_for(find(name)[0])


@pytest.mark.parametrize("name", ["Mayo-2024", "Mayo-2025", "Mayo-intensive", "Beat-AML-2024"])
def test_points_that_were_not_verified_say_so(name: str) -> None:
    assert "NOT VERIFIED" in find(name)[0].said
