"""The named findings of each patient: yes, no, or not known."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenfold.genetics.variants import patient_findings

GENES = ("FLT3", "NPM1", "CEBPA", "IDH1", "IDH2", "KMT2A", "TP53", "RUNX1", "ASXL1", "DDX41")
SCHEMA = {
    "patient_id": pl.String(),
    "gene": pl.String(),
    "hgvs_c": pl.String(),
    "hgvs_p": pl.String(),
    "kind": pl.String(),
    "vaf": pl.Float64(),
    "allelic_ratio": pl.Float64(),
    "in_frame_bzip": pl.Boolean(),
    "germline": pl.Boolean(),
    "pathogenic": pl.Boolean(),
}
Row = dict[str, Any]

texts = st.sampled_from(
    [
        (None, None), ("c.860_863dup", None), ("c.863_864insCGTG", None), (None, "p.W288fs"), (None, "p.I284F"),
        (None, "p.D835Y"), (None, "p.N676K"), (None, "p.T598_Y599insDVDFREYE"), (None, "p.K313dup"), (None, "p.R297P"),
        (None, "p.Q83Pfs*25"), (None, "p.R132H"), (None, "p.R140Q"), (None, "p.R172K"), (None, "p.R248Q"),
        (None, "p.R248W"), (None, "p.R273H"), (None, "unreadable"), (None, "p.G105="), ("c.375-30A>G", None),
    ]
)  # fmt: skip
rows = st.builds(
    lambda gene, text, kind, vaf, ratio, bzip, germline, pathogenic: {
        "patient_id": "p",
        "gene": gene,
        "hgvs_c": text[0],
        "hgvs_p": text[1],
        "kind": kind,
        "vaf": vaf,
        "allelic_ratio": ratio,
        "in_frame_bzip": bzip,
        "germline": germline,
        "pathogenic": pathogenic,
    },
    st.sampled_from(GENES),
    texts,
    st.sampled_from([None, "ITD", "TKD", "PTD", "missense"]),
    st.sampled_from([None, 0.05, 0.1, 0.3, 0.5, 0.9]),
    st.sampled_from([None, 0.2, 0.8]),
    st.sampled_from([None, True, False]),
    st.sampled_from([None, True, False]),
    st.sampled_from([None, True, False]),
)
methods = st.sampled_from([None, "NGS panel", "fragment analysis", "FLT3-ITD PCR", "MLPA for PTD", "RT-qPCR type A"])
tests = st.lists(st.tuples(st.sampled_from(GENES), methods), max_size=8)


def frame(given_rows: list[Row]) -> pl.DataFrame:
    return pl.DataFrame(given_rows, schema=SCHEMA, orient="row")


def table(tested: list[tuple[str, str | None]]) -> pl.DataFrame:
    schema = {"patient_id": pl.String(), "gene": pl.String(), "method": pl.String()}
    return pl.DataFrame([("p", *test) for test in tested], schema=schema, orient="row")


def findings(
    given_rows: list[Row], tested: list[tuple[str, str | None]] | None = None, loss: bool | None = None, **more: Any
) -> Row:
    """The findings of patient p, of whom every gene was sequenced unless `tested` says otherwise."""
    known = {"patient_id": "p", **dict.fromkeys(list(SCHEMA)[1:])}
    sequenced = [(gene, "NGS panel") for gene in GENES] if tested is None else tested
    lost = pl.DataFrame({"patient_id": ["p"], "loss_17p": [loss]}, schema_overrides={"loss_17p": pl.Boolean})
    found = patient_findings(frame([known | row for row in given_rows]), table(sequenced), loss_17p=lost, **more)
    return found.row(0, named=True)


def test_a_gene_tested_without_a_variant_is_not_mutated_and_one_not_tested_is_not_known() -> None:
    tested = findings([])
    assert tested["NPM1"] is False
    assert tested["TP53_at_least_10_percent"] is False
    assert tested["CEBPA_biallelic"] is False
    assert tested["NRAS"] is None
    untested = findings([{"gene": "NPM1", "hgvs_c": "c.860_863dup"}], tested=[])
    assert untested["NPM1"] is True
    assert untested["FLT3_ITD"] is None
    assert untested["TP53"] is None


@pytest.mark.parametrize(
    ("method", "itd", "tkd", "any_"),
    [
        ("NGS panel", False, False, False),
        (None, False, False, False),
        ("fragment analysis", False, None, None),
        ("FLT3-ITD PCR", False, None, None),
        ("TKD digestion", None, False, None),
        ("ITD and TKD", False, False, None),
    ],
)
def test_a_method_tests_only_what_it_can_show(
    method: str | None, itd: bool | None, tkd: bool | None, any_: bool | None
) -> None:
    found = findings([], tested=[("FLT3", method)])
    assert (found["FLT3_ITD"], found["FLT3_TKD"], found["FLT3_any"]) == (itd, tkd, any_)


def test_qpcr_for_three_types_does_not_say_that_npm1_is_not_mutated() -> None:
    assert findings([], tested=[("NPM1", "RT-qPCR")])["NPM1"] is None
    assert findings([], tested=[("NPM1", "fragment analysis")])["NPM1"] is False


def test_a_panel_does_not_say_that_there_is_no_partial_tandem_duplication() -> None:
    assert findings([])["KMT2A_PTD"] is None
    assert findings([], tested=[("KMT2A", "MLPA")])["KMT2A_PTD"] is False
    assert findings([{"gene": "KMT2A", "kind": "PTD"}])["KMT2A_PTD"] is True


def test_any_flt3_mutation_is_not_the_itd() -> None:
    found = findings([{"gene": "FLT3", "hgvs_p": "p.N676K"}])
    assert (found["FLT3_any"], found["FLT3_atypical"], found["FLT3_ITD"], found["FLT3_TKD"]) == (
        True,
        True,
        False,
        False,
    )
    bare = findings([{"gene": "FLT3"}])
    assert (bare["FLT3_any"], bare["FLT3_ITD"]) == (True, None)


def test_the_allelic_ratio_of_several_itds_lies_between_the_largest_and_the_sum() -> None:
    def ratio(*ratios: float | None) -> tuple[float | None, float | None]:
        found = findings([{"gene": "FLT3", "kind": "ITD", "allelic_ratio": value} for value in ratios])
        return found["FLT3_ITD_allelic_ratio_low"], found["FLT3_ITD_allelic_ratio_high"]

    assert ratio(0.5) == (0.5, 0.5)
    assert ratio(0.25, 0.5) == (0.5, 0.75)
    assert ratio(0.25, None) == (0.25, None)
    assert ratio(None) == (None, None)
    assert ratio() == (None, None)


def test_the_npm1_type_and_whether_the_assay_may_miss_it() -> None:
    def npm1(**row: str) -> tuple[Any, ...]:
        found = findings([{"gene": "NPM1", **row}])
        return found["NPM1"], found["NPM1_type"], found["NPM1_assay_may_miss"]

    assert npm1(hgvs_c="c.859_860insTCTG") == (True, "A", False)
    assert npm1(hgvs_c="c.863_864insCGTG") == (True, "other", True)
    assert npm1(hgvs_p="p.W288fs") == (True, None, None)
    assert npm1(hgvs_p="p.I284F") == (False, None, None)
    assert npm1(hgvs_p="unreadable") == (None, None, None)


@pytest.mark.parametrize(
    ("rows_of_cebpa", "biallelic"),
    [
        ([{"hgvs_p": "p.Q83Pfs*25", "vaf": 0.45}, {"hgvs_p": "p.K313dup", "vaf": 0.4}], True),
        ([{"hgvs_p": "p.K313dup", "vaf": 0.4}], False),
        ([{"hgvs_p": "p.K313dup", "vaf": 0.9}], None),
        ([{"hgvs_p": "p.K313dup"}], None),
        ([{"hgvs_p": "p.K313dup", "vaf": 0.4}, {"hgvs_p": "p.K313dup", "vaf": 0.41}], False),
        ([{"hgvs_p": "p.K313dup", "vaf": 0.4}, {"hgvs_c": "c.937_939dup", "vaf": 0.4}], None),
        ([{"vaf": 0.4}, {"vaf": 0.4}], None),
    ],
)
def test_cebpa_is_biallelic_with_two_mutations_and_open_where_one_may_be_two(
    rows_of_cebpa: list[Row], biallelic: bool | None
) -> None:
    assert findings([{"gene": "CEBPA"} | row for row in rows_of_cebpa])["CEBPA_biallelic"] is biallelic


@pytest.mark.parametrize(
    ("vafs", "answer"),
    [([0.1], True), ([0.0999], False), ([None], None), ([0.05, None], None), ([0.05, 0.3], True)],
)
def test_tp53_at_least_10_percent_includes_exactly_10_and_is_open_without_a_fraction(
    vafs: list[float | None], answer: bool | None
) -> None:
    rows_of_tp53 = [{"gene": "TP53", "hgvs_p": "p.R248Q", "vaf": vaf} for vaf in vafs]
    assert findings(rows_of_tp53)["TP53_at_least_10_percent"] is answer


@pytest.mark.parametrize(
    ("given_rows", "loss", "who", "icc"),
    [
        ([("p.R248Q", 0.3), ("p.R273H", 0.2)], None, True, True),
        ([("p.R248Q", 0.3), ("p.R248W", 0.2)], None, True, True),
        ([("p.R248Q", 0.3), ("p.R273H", 0.05)], False, True, False),
        ([("p.R248Q", 0.3), ("p.R273H", None)], False, True, None),
        ([("p.R248Q", 0.3)], True, True, True),
        ([("p.R248Q", 0.05)], True, True, False),
        ([("p.R248Q", 0.3)], False, False, False),
        ([("p.R248Q", 0.3)], None, None, None),
        ([("p.R248Q", None)], False, None, None),
        ([("p.R248Q", 0.8)], None, True, True),
        ([("p.R248Q", 0.495)], False, True, False),
        ([("p.R248Q", 0.3), ("p.R248Q", 0.28)], False, False, False),
        ([(None, 0.3), ("p.R248Q", 0.28)], False, None, None),
        ([], False, False, False),
    ],
)
def test_whether_both_tp53_alleles_are_hit_by_each_edition(
    given_rows: list[tuple[str | None, float | None]], loss: bool | None, who: bool | None, icc: bool | None
) -> None:
    found = findings([{"gene": "TP53", "hgvs_p": text, "vaf": vaf} for text, vaf in given_rows], loss=loss)
    assert found["TP53_multi_hit_WHO_2022"] is who
    assert found["TP53_multi_hit_ICC_2022"] is icc
    assert found["TP53_multi_hit"] is (who if who is icc else None)


def test_npm1_is_isolated_only_where_its_company_was_tested_and_is_absent() -> None:
    npm1: Row = {"gene": "NPM1", "hgvs_c": "c.860_863dup"}
    assert findings([npm1])["NPM1_isolated"] is True
    assert findings([npm1, {"gene": "FLT3", "kind": "ITD"}])["NPM1_isolated"] is False
    assert findings([npm1], tested=[("FLT3", None), ("TP53", None), ("ASXL1", None)])["NPM1_isolated"] is None


def test_any_gene_may_be_asked_for() -> None:
    found = findings([{"gene": "TET2", "hgvs_p": "p.R550*"}], genes=["TET2", "RUNX1"])
    assert (found["TET2"], found["RUNX1"]) == (True, False)
    assert "NRAS" not in found


def test_frames_without_patients_are_refused_in_plain_words() -> None:
    with pytest.raises(ValueError, match="variants has no column patient_id"):
        patient_findings(pl.DataFrame({"gene": ["NPM1"]}))


@given(before=st.lists(rows, max_size=5), further=rows, tested=tests)
def test_a_row_more_never_turns_a_yes_into_anything_else(
    before: list[Row], further: Row, tested: list[tuple[str, str | None]]
) -> None:
    earlier, later = (
        findings(before, [("FLT3", None), *tested]),
        findings([*before, further], [("FLT3", None), *tested]),
    )
    said_yes = [name for name, answer in earlier.items() if answer is True and name not in NOT_LASTING]
    assert [name for name in said_yes if later[name] is not True] == []


NOT_LASTING = frozenset({"NPM1_isolated"})
"""What is defined by the absence of something is undone by finding it."""


@given(variants=st.lists(rows, min_size=1, max_size=5))
def test_without_a_test_nothing_is_ever_no(variants: list[Row]) -> None:
    found = findings(variants, tested=[])
    said_no = {name for name, answer in found.items() if answer is False}
    # Of a mutation that was found, what is known of it may be "no"; and company that was found is not absent.
    of_what_was_found = {"TP53_at_least_10_percent", "TP53_multi_hit", "TP53_multi_hit_WHO_2022", "NPM1_isolated"}
    of_what_was_found |= {"TP53_multi_hit_ICC_2022", "CEBPA_biallelic", "NPM1_assay_may_miss"}
    assert said_no <= of_what_was_found
    if "NPM1_isolated" in said_no:
        assert any(found[name] for name in ("FLT3_ITD", "TP53", "ASXL1", "RUNX1"))


def _by_convention(row: Row, blanked: str) -> bool:
    """Where a blank has a meaning of its own: what was denied counts again; a silent change that was affirmed does not."""
    affirmed_silent = row["pathogenic"] is True and (row["hgvs_p"] or "").endswith("=")
    return row["pathogenic"] is False or (blanked == "pathogenic" and affirmed_silent)


@given(variants=st.lists(rows, min_size=1, max_size=4), blanked=st.sampled_from(["hgvs_p", "vaf", "pathogenic"]))
def test_a_value_that_becomes_unknown_never_turns_a_yes_into_a_no(variants: list[Row], blanked: str) -> None:
    """Less is known, so an answer may open, or stay; it never becomes the opposite."""
    whole = findings(variants)
    less = findings([row if _by_convention(row, blanked) else row | {blanked: None} for row in variants])
    opposite = [name for name in whole if whole[name] is True and less[name] is False]
    assert opposite == []
