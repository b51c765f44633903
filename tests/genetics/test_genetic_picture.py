"""The genetic picture of one occasion: karyotype, fusions and genes together, and what two methods contradict."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenfold.genetics.picture import facts_of_fusion, genetic_picture

SCHEMAS: dict[str, dict[str, Any]] = {
    "karyotypes": {"patient_id": pl.String, "iscn": pl.String, "dated": pl.Boolean},
    "fusions": {
        "patient_id": pl.String,
        "fusion": pl.String,
        "method": pl.String,
        "result": pl.Boolean,
        "dated": pl.Boolean,
    },
    "variants": {
        "patient_id": pl.String,
        **dict.fromkeys(("gene", "hgvs_c", "hgvs_p", "kind"), pl.String),
        **dict.fromkeys(("vaf", "allelic_ratio"), pl.Float64),
        **dict.fromkeys(("in_frame_bzip", "germline", "pathogenic", "dated"), pl.Boolean),
    },
    "tested": {"patient_id": pl.String, "gene": pl.String, "method": pl.String, "dated": pl.Boolean},
}


def picture(**tables: list[dict[str, Any]]) -> dict[str, Any]:
    frames = []
    for name, schema in SCHEMAS.items():
        rows = [{**dict.fromkeys(schema), "patient_id": "p", "dated": True, **row} for row in tables.get(name, [])]
        frames.append(pl.DataFrame(rows, schema))
    [row] = genetic_picture(*frames).to_dicts()
    return row


def test_a_fusion_that_the_karyotype_does_not_show_counts_as_cryptic() -> None:
    said = picture(
        karyotypes=[{"iscn": "46,XX[20]"}], fusions=[{"fusion": "CBFB::MYH11", "method": "PCR", "result": True}]
    )
    assert said["inv_16"] is True
    assert said["fusion_conflicts"] == []


def test_a_translocation_that_another_method_denies_is_open_and_the_conflict_is_shown() -> None:
    said = picture(
        karyotypes=[{"iscn": "46,XX,t(8;21)(q22;q22)[20]"}],
        fusions=[{"fusion": "RUNX1::RUNX1T1", "method": "PCR", "result": False}],
    )
    assert said["t_8_21"] is None
    assert said["fusion_conflicts"] == ["t_8_21: found and not found (PCR)"]


def test_two_methods_that_contradict_each_other_leave_the_fusion_open() -> None:
    said = picture(
        fusions=[
            {"fusion": "PML::RARA", "method": "FISH", "result": True},
            {"fusion": "PML::RARA", "method": "PCR", "result": False},
        ]
    )
    assert said["t_15_17"] is None
    assert "FISH, PCR" in said["fusion_conflicts"][0]


def test_a_culture_that_failed_says_nothing_and_hides_nothing() -> None:
    alone = picture(karyotypes=[{"iscn": "no metaphases"}])
    assert alone["t_8_21"] is None
    beside = picture(karyotypes=[{"iscn": "no metaphases"}, {"iscn": "46,XX[20]"}])
    assert beside["t_8_21"] is False
    assert beside["normal_karyotype"] is True


def test_a_failed_culture_with_a_negative_pcr_knows_of_that_fusion_alone() -> None:
    said = picture(
        karyotypes=[{"iscn": "no metaphases"}],
        fusions=[{"fusion": "RUNX1T1::RUNX1", "method": "PCR", "result": False}],
    )
    assert (said["t_8_21"], said["inv_16"]) == (False, None)


def test_one_partner_of_kmt2a_not_found_excludes_no_other() -> None:
    said = picture(fusions=[{"fusion": "KMT2A::AFDN", "method": "PCR", "result": False}])
    assert said["kmt2a_rearranged"] is None
    assert picture(fusions=[{"fusion": "KMT2A::AFDN", "method": "PCR", "result": True}])["kmt2a_rearranged"] is True


def test_a_break_apart_probe_tells_that_kmt2a_is_broken_and_not_with_whom() -> None:
    assert dict(facts_of_fusion("KMT2A", True)) == {"kmt2a_rearranged": None, "t_9_11": None}
    said = picture(karyotypes=[{"iscn": "46,XX[20]"}], fusions=[{"fusion": "KMT2A", "method": "FISH", "result": True}])
    assert (said["kmt2a_rearranged"], said["t_9_11"]) == (None, None)
    known = picture(
        karyotypes=[{"iscn": "46,XX,t(9;11)(p21;q23)[20]"}],
        fusions=[{"fusion": "KMT2A", "method": "FISH", "result": True}],
    )
    assert (known["kmt2a_rearranged"], known["t_9_11"]) == (False, True)
    none = picture(fusions=[{"fusion": "KMT2A", "method": "FISH", "result": False}])
    assert (none["kmt2a_rearranged"], none["t_9_11"]) == (False, False)


def test_a_karyotype_that_is_called_complex_has_no_class_defining_rearrangement() -> None:
    assert picture(karyotypes=[{"iscn": "complex karyotype"}])["t_8_21"] is False


def test_a_mutation_without_a_date_leaves_its_gene_open() -> None:
    tested = [{"gene": "TP53", "method": "NGS panel"}]
    assert picture(tested=tested)["TP53"] is False
    assert picture(tested=tested, variants=[{"gene": "TP53", "hgvs_p": "p.R175H", "dated": False}])["TP53"] is None
    assert picture(tested=tested, variants=[{"gene": "TP53", "hgvs_p": "p.R175H"}])["TP53"] is True


def test_a_category_names_the_genes_that_make_it() -> None:
    said = picture(variants=[{"gene": "STAG2", "hgvs_p": "p.R216*"}])
    assert (said["category_cohesin"], said["category_cohesin_genes"]) == (True, ["STAG2"])


@pytest.mark.parametrize("order", [1, -1])
def test_the_order_of_the_rows_does_not_matter(order: int) -> None:
    fusions = [
        {"fusion": "RUNX1::RUNX1T1", "method": "FISH", "result": True},
        {"fusion": "CBFB::MYH11", "method": "FISH", "result": False},
    ][::order]
    said = picture(karyotypes=[{"iscn": "46,XX[20]"}, {"iscn": "failed"}][::order], fusions=fusions)
    assert (said["t_8_21"], said["inv_16"]) == (True, False)


RESULTS = st.lists(
    st.tuples(
        st.sampled_from(["RUNX1::RUNX1T1", "KMT2A", "KMT2A::AFDN", "MLLT3::KMT2A", "MECOM"]),
        st.booleans(),
        st.booleans(),
    ),
    max_size=4,
)


@given(RESULTS, RESULTS.filter(bool))
def test_what_is_not_dated_never_settles_a_fact(
    dated: list[tuple[str, bool, bool]], undated: list[tuple[str, bool, bool]]
) -> None:
    rows = [{"fusion": fusion, "result": result, "method": "FISH"} for fusion, result, _ in dated]
    more = [{"fusion": fusion, "result": result, "method": "FISH", "dated": False} for fusion, result, _ in undated]
    before = picture(fusions=rows, karyotypes=[{"iscn": "failed"}])
    after = picture(fusions=[*rows, *more], karyotypes=[{"iscn": "failed"}])
    for fact in ("t_8_21", "kmt2a_rearranged", "t_9_11", "mecom_other", "inv_3"):
        assert after[fact] in (before[fact], None)
