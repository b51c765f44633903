"""842 karyotypes as a real registry holds them, against the fusions found by RNA and FISH."""

from __future__ import annotations

import beataml_karyotypes as beataml
import polars as pl
import pytest

pytestmark = pytest.mark.skipif(not beataml.WORKBOOK.exists(), reason="the Beat AML tables are not beside the project")


@pytest.fixture(scope="module")
def frame() -> pl.DataFrame:
    return beataml.cohort()


def test_every_text_is_a_karyotype_and_at_least_97_in_100_give_every_fact(frame):
    assert frame["status"].unique().to_list() == ["read"]
    assert beataml.complete(frame) >= 0.97


def test_the_fusions_that_a_karyotype_can_show_are_seen_in_it(frame):
    found = {fusion: beataml.agreement(frame, fusion, fact) for fusion, fact in beataml.FUSIONS.items()}
    seen = {fusion: (one.both, len(one.unknown), len(one.fusion_only)) for fusion, one in found.items()}
    # Not seen: cryptic fusions (46,XX and the like), and two strings with der(21)t(8;21)(q13;p12), another rearrangement.
    assert seen["RUNX1-RUNX1T1"] == (17, 0, 2)
    assert seen["CBFB-MYH11"] == (42, 1, 1)
    assert seen["PML-RARA"] == (18, 1, 2)
    assert seen["MLLT3-KMT2A"] == (20, 1, 1)
    assert seen["DEK-NUP214"] == (6, 0, 0)
    assert seen["GATA2-MECOM"] == (16, 1, 0)


def test_no_karyotype_shows_a_recurrent_rearrangement_that_rna_and_fish_did_not_find(frame):
    for fusion, fact in beataml.FUSIONS.items():
        if fact != "kmt2a_rearranged":
            assert beataml.agreement(frame, fusion, fact).karyotype_only == (), fusion


def test_curated_favourable_and_intermediate_patients_have_hardly_an_adverse_karyotype(frame):
    adverse = pl.any_horizontal("complex_eln2017", "t_6_9", "t_9_22", "inv_3", "loss_5", "loss_7", "loss_17", "abn_17p")
    rated = frame.filter(
        pl.col("ELN2017").is_in(["Favorable", "Intermediate"]) & ~pl.any_horizontal("t_8_21", "inv_16")
    )
    assert rated.height > 200
    assert rated.filter(adverse).height <= 2


def test_a_karyotype_of_one_normal_clone_is_normal(frame):
    plain = frame.filter(pl.col("karyotype").str.strip_chars().is_in(["46,XX[20]", "46,XY[20]"]))
    assert plain.height > 100
    assert plain["normal"].all()
