"""Classes of AML, molecular ontogeny, qualifiers and categories of function, against independent readings."""

from __future__ import annotations

import itertools
import math
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from class_oracles import CLASS_ORACLES, CLASS_STRADDLED
from tenfold.genetics.classes import (
    ICC_2022,
    QUESTIONS,
    SHIMONY_ONTOGENY,
    WHO_2022,
    category_column,
    functional_categories,
    functional_genes,
    icc_qualifiers,
    tp53_remark,
    who_qualifiers,
)
from tenfold.genetics.karyotype import fact_names, facts_frame
from tenfold.genetics.variants import patient_findings
from tenfold.genetics.variants.genes import categories
from tenfold.logic.answering import answer
from tenfold.logic.decision import Input, Question
from tenfold.logic.explain import explain

MOST_COMPLETIONS_TRIED = 3_000
LIKELY_NO = (*[False] * 23, True)
"""A patient with half of all abnormalities would only ever meet the first rules."""


def free_inputs(question: Question) -> dict[str, Input]:
    read = frozenset().union(*(criterion.reads for criterion in question.criteria))
    return {item.name: item for item in question.inputs if item.name in read}


def values_of(item: Input) -> tuple[Any, ...]:
    if item.kind == "yes/no":
        return (False, True)
    return item.words if item.kind == "word" else CLASS_STRADDLED[item.name]


def drawn(item: Input) -> st.SearchStrategy[Any]:
    return st.sampled_from(LIKELY_NO if item.kind == "yes/no" else values_of(item))


def complete(question: Question) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({name: drawn(item) for name, item in free_inputs(question).items()})


def ask(question: Question, rows: list[dict[str, Any]], outside: Any = "compute") -> list[dict[str, Any]]:
    schema = {item.name: item.dtype for item in question.inputs}
    whole = [{name: row.get(name) for name in schema} for row in rows]
    return answer(pl.DataFrame(whole, schema), [question], outside_scope=outside).to_dicts()


def nothing(question: Question, **known: Any) -> dict[str, Any]:
    """Everything known and absent, but for what is given."""
    absent = {name: False for name, item in free_inputs(question).items() if item.kind == "yes/no"}
    guards = {"prior_mpn": False}
    return {**absent, **guards, "diagnostic_blasts_pct": 40.0, **known}


def said(question: Question, **known: Any) -> list[str]:
    [row] = ask(question, [nothing(question, **known)])
    return row[f"{question.key}_possible"]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.name)
def test_every_complete_leukaemia_gets_the_class_of_the_independent_reading(question: Question) -> None:
    @given(st.lists(complete(question), min_size=10, max_size=40))
    def check(rows: list[dict[str, Any]]) -> None:
        for row, told in zip(rows, ask(question, rows), strict=True):
            assert told[question.key] == CLASS_ORACLES[question.name](row)
            assert told[f"{question.key}_exact"]

    check()


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.name)
def test_unknown_facts_leave_exactly_the_classes_that_their_values_could_give(question: Question) -> None:
    inputs = free_inputs(question)

    @given(complete(question), st.sets(st.sampled_from(sorted(inputs)), min_size=1, max_size=8))
    def check(row: dict[str, Any], blanks: set[str]) -> None:
        names = sorted(blanks)
        axes = [values_of(inputs[name]) for name in names]
        if math.prod(map(len, axes)) > MOST_COMPLETIONS_TRIED:
            return
        could_be = {
            CLASS_ORACLES[question.name]({**row, **dict(zip(names, filled, strict=True))})
            for filled in itertools.product(*axes)
        }
        [told] = ask(question, [{**row, **dict.fromkeys(names)}])
        possible = set(told[f"{question.key}_possible"])
        assert could_be <= possible
        if told[f"{question.key}_exact"]:
            assert could_be == possible

    check()


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.name)
def test_with_all_genes_or_all_chromosomes_unknown_the_answer_is_still_exact(question: Question) -> None:
    facts = set(fact_names())
    for chromosomes in (True, False):
        known = nothing(question, footnote_reading="literally")
        blank = {name: None for name in free_inputs(question) if (name in facts) == chromosomes}
        blank.pop("diagnostic_blasts_pct", None)
        blank.pop("footnote_reading", None)
        [told] = ask(question, [known | blank])
        assert told[f"{question.key}_exact"]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.name)
def test_the_order_of_leukaemias_does_not_change_their_classes(question: Question) -> None:
    @given(st.lists(complete(question), min_size=2, max_size=20), st.randoms(use_true_random=False))
    def check(rows: list[dict[str, Any]], random: Any) -> None:
        order = list(range(len(rows)))
        random.shuffle(order)
        told = [row[question.key] for row in ask(question, rows)]
        assert [row[question.key] for row in ask(question, [rows[k] for k in order])] == [told[k] for k in order]

    check()


def test_every_fact_of_the_classes_is_one_that_karyotypes_or_variants_give() -> None:
    given_by_variants = set(patient_findings(pl.DataFrame(schema={"patient_id": pl.String, "gene": pl.String})).columns)
    chromosomal = {*fact_names(), "prior_mpn", "prior_mds_or_mds_mpn"}
    for question in QUESTIONS:
        genes = {item.name for item in question.inputs if item.kind == "yes/no"} - chromosomal
        assert genes <= given_by_variants
        assert genes


@pytest.mark.parametrize(("blasts", "name"), [(19.9, "MDS/AML with mutated TP53"), (20.0, "AML with mutated TP53")])
def test_tp53_precedes_myelodysplasia_related_genes_in_the_icc(blasts: float, name: str) -> None:
    found = said(
        ICC_2022, TP53_at_least_10_percent=True, SRSF2=True, complex_eln2022=True, diagnostic_blasts_pct=blasts
    )
    assert found == [name]


def test_the_complex_tp53_leukaemia_of_thol_is_named_differently_by_icc_and_who() -> None:
    patient = {"diagnostic_blasts_pct": 20.0, "TP53_at_least_10_percent": True}
    assert said(ICC_2022, complex_eln2022=True, **patient) == ["AML with mutated TP53"]
    assert said(WHO_2022, complex_eln2017=True, diagnostic_blasts_pct=20.0) == ["AML, myelodysplasia-related"]


def test_tp53_without_its_fraction_leaves_the_class_open() -> None:
    [told] = ask(ICC_2022, [nothing(ICC_2022, TP53_at_least_10_percent=None, RUNX1=True)])
    assert told["icc_2022_class"] is None
    assert told["icc_2022_class_possible"] == [
        "AML with mutated TP53",
        "AML with myelodysplasia-related gene mutations",
    ]
    assert told["icc_2022_class_decided_by"] == ["TP53_at_least_10_percent"]


def test_runx1_is_myelodysplasia_related_for_the_icc_alone() -> None:
    assert said(ICC_2022, RUNX1=True) == ["AML with myelodysplasia-related gene mutations"]
    assert said(WHO_2022) == ["AML, defined by differentiation"]
    assert "RUNX1" not in {item.name for item in WHO_2022.inputs}


@pytest.mark.parametrize("fact", ["gain_8", "del_20q"])
def test_trisomy_8_and_deletion_20q_are_myelodysplasia_related_for_the_icc_alone(fact: str) -> None:
    assert said(ICC_2022, **{fact: True}) == ["AML with myelodysplasia-related cytogenetic abnormalities"]
    assert fact not in {item.name for item in WHO_2022.inputs}


@pytest.mark.parametrize("fact", ["loss_13", "del_13q", "del_11q"])
def test_chromosomes_13_and_11q_are_myelodysplasia_related_for_the_who_alone(fact: str) -> None:
    assert said(WHO_2022, **{fact: True}) == ["AML, myelodysplasia-related"]
    assert fact not in {item.name for item in ICC_2022.inputs}


@pytest.mark.parametrize(
    ("blasts", "icc", "who"),
    [
        (9.9, "below the threshold: not AML by ICC", "AML with NPM1 mutation"),
        (10.0, "AML with mutated NPM1", "AML with NPM1 mutation"),
        (60.0, "AML with mutated NPM1", "AML with NPM1 mutation"),
    ],
)
def test_npm1_needs_ten_percent_of_blasts_for_the_icc_and_none_for_the_who(blasts: float, icc: str, who: str) -> None:
    assert said(ICC_2022, NPM1=True, diagnostic_blasts_pct=blasts) == [icc]
    assert said(WHO_2022, NPM1=True, diagnostic_blasts_pct=blasts, footnote_reading="literally") == [who]


@pytest.mark.parametrize("blasts", [10.0, 19.9])
def test_bcr_abl1_below_twenty_percent_is_neither_aml_nor_mds_aml(blasts: float) -> None:
    icc = said(ICC_2022, t_9_22=True, TP53_at_least_10_percent=True, diagnostic_blasts_pct=blasts)
    assert icc == ["BCR::ABL1 with 10-19 % blasts: not AML by ICC"]
    assert said(WHO_2022, t_9_22=True, diagnostic_blasts_pct=blasts) == ["below the threshold: not AML by WHO"]


def test_cebpa_needs_twenty_percent_for_the_who_and_ten_for_the_icc() -> None:
    assert said(ICC_2022, CEBPA_bZIP_in_frame=True, diagnostic_blasts_pct=12.0) == [
        "AML with in-frame bZIP CEBPA mutations"
    ]
    assert said(WHO_2022, CEBPA_bZIP_in_frame=True, diagnostic_blasts_pct=12.0) == [
        "below the threshold: not AML by WHO"
    ]
    assert said(WHO_2022, CEBPA_biallelic=True) == ["AML with CEBPA mutation"]


def test_a_history_of_mds_alone_makes_it_myelodysplasia_related_for_the_who() -> None:
    assert said(WHO_2022, prior_mds_or_mds_mpn=True) == ["AML, myelodysplasia-related"]
    assert said(WHO_2022, prior_mds_or_mds_mpn=True, NPM1=True) == ["AML with NPM1 mutation"]


def test_another_defined_alteration_with_a_myelodysplasia_related_gene_is_shown_as_both_the_literal_first() -> None:
    assert said(WHO_2022, t_8_16=True, ASXL1=True) == [
        "AML, myelodysplasia-related",
        "AML with other defined genetic alterations",
    ]


def test_an_earlier_myeloproliferative_neoplasm_is_refused() -> None:
    for question in (ICC_2022, WHO_2022):
        [told] = ask(question, [nothing(question, prior_mpn=True, NPM1=True)], outside="refuse")
        assert told[question.key] is None
        assert told[f"{question.key}_scope"] == "no"
        assert "accelerated or blast phase" in explain(question, told).headline


def test_unknown_blasts_leave_aml_and_mds_aml_open_and_say_so() -> None:
    [told] = ask(ICC_2022, [nothing(ICC_2022, diagnostic_blasts_pct=None)])
    assert told["icc_2022_class_possible"] == ["below the threshold: not AML by ICC", "AML, NOS", "MDS/AML, NOS"]
    assert told["icc_2022_class_decided_by"] == ["diagnostic_blasts_pct"]


def test_a_karyotype_that_failed_never_makes_a_leukaemia_not_otherwise_specified() -> None:
    karyotype = facts_frame(pl.Series(["failed"])).to_dicts()[0]
    facts = {name: karyotype[name] for name in fact_names()}
    [told] = ask(ICC_2022, [nothing(ICC_2022) | facts])
    assert told["icc_2022_class"] is None
    assert {"AML, NOS", "AML with other KMT2A rearrangements"} <= set(told["icc_2022_class_possible"])


def test_a_karyotype_and_its_genes_reach_a_class_together() -> None:
    karyotype = facts_frame(pl.Series(["45,XX,-7[18]/46,XX[2]"])).to_dicts()[0]
    facts = {name: karyotype[name] for name in fact_names()}
    [told] = ask(ICC_2022, [nothing(ICC_2022) | facts])
    assert told["icc_2022_class"] == "AML with myelodysplasia-related cytogenetic abnormalities"


def test_explanations_name_the_facts_that_made_the_class() -> None:
    [told] = ask(WHO_2022, [nothing(WHO_2022, STAG2=True, footnote_reading="literally")])
    words = explain(WHO_2022, told)
    assert words.headline == "AML, myelodysplasia-related"
    assert "A myelodysplasia-related gene mutated (WHO): yes (STAG2)" in [str(reading) for reading in words.because]


def test_ontogeny_of_tp53_with_a_secondary_gene_is_shown_as_both_tp53_first() -> None:
    [told] = ask(SHIMONY_ONTOGENY, [nothing(SHIMONY_ONTOGENY, TP53=True, SRSF2=True)])
    assert told["shimony_ontogeny_possible"] == ["TP53-mutated", "secondary ontogeny"]
    assert said(SHIMONY_ONTOGENY, SRSF2=True) == ["secondary ontogeny"]
    assert said(SHIMONY_ONTOGENY) == ["de novo ontogeny"]


def test_ontogeny_with_one_gene_not_tested_is_not_called_de_novo() -> None:
    assert said(SHIMONY_ONTOGENY, ZRSR2=None) == ["secondary ontogeny", "de novo ontogeny"]


def test_tp53_at_exactly_ten_percent_is_remarked_on() -> None:
    fractions = pl.DataFrame({"TP53_vaf": [0.0999, 0.1, 0.1001, None]})
    remarks = fractions.select(tp53_remark()).to_series().to_list()
    assert [remark is not None for remark in remarks] == [False, True, False, False]
    found = patient_findings(
        pl.DataFrame({"patient_id": ["a"], "gene": ["TP53"], "hgvs_p": ["p.R175H"], "vaf": [0.10]})
    )
    assert found["TP53_at_least_10_percent"].to_list() == [True]


@pytest.mark.parametrize(
    ("row", "qualifiers"),
    [
        (
            {"ontogeny": "therapy-related", "germline_predisposition": False},
            ["therapy-related", "progressed from MDS or MDS/MPN: not known"],
        ),
        ({"ontogeny": "de novo", "germline_predisposition": True}, ["germline predisposition"]),
        (
            {"ontogeny": "secondary", "prior_mpn": False, "germline_predisposition": False},
            ["progressed from MDS or MDS/MPN"],
        ),
        (
            {"ontogeny": "secondary", "germline_predisposition": False},
            ["progressed from MDS or MDS/MPN: not known"],
        ),
        (
            {},
            [
                "therapy-related: not known",
                "progressed from MDS or MDS/MPN: not known",
                "germline predisposition: not known",
            ],
        ),
    ],
)
def test_qualifiers_say_what_holds_and_what_is_not_known(row: dict[str, Any], qualifiers: list[str]) -> None:
    frame = pl.DataFrame([{"patient_id": "a", **row}])
    assert icc_qualifiers(frame)["icc_qualifiers"].to_list() == [qualifiers]
    assert icc_qualifiers(frame).columns == [*frame.columns, "icc_qualifiers"]


def test_the_who_has_no_qualifier_of_progression() -> None:
    frame = pl.DataFrame({"ontogeny": ["therapy-related", "secondary"], "germline_predisposition": [True, False]})
    assert who_qualifiers(frame)["who_qualifiers"].to_list() == [
        ["post cytotoxic therapy", "associated with a germline variant"],
        [],
    ]


@given(st.lists(st.dictionaries(st.sampled_from(functional_genes()), st.sampled_from([True, False, None])), min_size=1))
def test_a_category_is_yes_by_one_gene_and_no_only_if_every_gene_was_tested(rows: list[dict[str, Any]]) -> None:
    picture = pl.DataFrame(rows, schema=dict.fromkeys(functional_genes(), pl.Boolean))
    told = functional_categories(picture).to_dicts()
    for row, answered in zip(picture.to_dicts(), told, strict=True):
        for category, genes in categories().items():
            mutated = [gene for gene in genes if row.get(gene)]
            known = all(row.get(gene) is not None for gene in genes)
            expected = True if mutated else (False if known else None)
            assert answered[category_column(category)] is expected
            assert answered[f"{category_column(category)}_genes"] == mutated


def test_categories_read_the_findings_of_a_patient_with_any_flt3_and_a_partial_tandem_duplication() -> None:
    rows = pl.DataFrame(
        {"patient_id": ["a", "a", "b"], "gene": ["FLT3", "KMT2A", "STAG2"], "kind": ["TKD", "PTD", "nonsense"]}
    )
    tested = pl.DataFrame({"patient_id": ["b", "b", "b", "b"], "gene": ["SF3B1", "SRSF2", "U2AF1", "ZRSR2"]})
    picture = functional_categories(patient_findings(rows, tested, genes=functional_genes()))
    assert picture["category_signalling"].to_list() == [True, None]
    assert picture["category_signalling_genes"].to_list() == [["FLT3"], []]
    assert picture["category_epigenetic_genes"].to_list() == [["KMT2A-PTD"], []]
    assert picture["category_cohesin_genes"].to_list() == [[], ["STAG2"]]
    assert picture["category_spliceosome"].to_list() == [None, False]
