"""The lesions of a karyotype: yes, no or unknown, and why."""

from __future__ import annotations

import polars as pl
import pytest
from karyotype_texts import facts

from tenfold.genetics.karyotype import explain, fact_names, facts_frame, read_karyotype


@pytest.mark.parametrize(
    ("fact", "text"),
    [
        ("t_8_21", "45,X,-Y,t(8;21;14)(q22;q22;q24)[18]/46,XY[2]"),
        ("t_8_21", "46,XY,t(5;8;21)(q31;q22;q22)[12]"),
        ("t_8_21", "46,XX,ins(21;8)(q22;q13q22)[10]"),
        ("t_8_21", "46,XX,der(8)t(8;21)(q22;q22),der(21)t(8;21)[5]"),
        ("t_8_21", "Nachweis einer Translokation t(8;21)"),
        ("t_8_21", "46,XX.nuc ish(RUNX1T1,RUNX1)x3(RUNX1T1 con RUNX1x2)[180/200]"),
        ("inv_16", "46,XX,t(16;16)(p13.1;q22)[20]"),
        ("inv_16", "46,XX,inv(16)(p13.3q22)[20]"),
        ("inv_16", "keine Metaphasen, PCR: CBFB-MYH11 positiv"),
        ("inv_16", "PCR: Nachweis einer Inversion 16"),
        ("t_15_17", "46,XX,t(15;17)(q22;q11~21)[20]"),
        ("t_15_17", "46,XX,t(15;17)(q24;q21)[20]"),
        ("t_15_17", "46,XX,t(15;17)"),
        ("t_6_9", "46,XX,t(6;9)(p23;q34)[20]"),
        ("t_9_11", "46,XX,t(9;11)(p21~22;q23)[20]"),
        ("kmt2a_rearranged", "46,XX,t(11;19)(q23;p13)[20]"),
        ("kmt2a_rearranged", "46,XX,ins(10;11)(p12;q23q13)[20]"),
        ("t_9_22", "46,XX,t(9;22)(q34;q11)[20] Philadelphia-Chromosom"),
        ("inv_3", "45,XY,-7,t(3;3)[20]"),
        ("inv_3", "46,XX,inv(3)(q21;q26)[20]"),
        ("inv_3", "46,XX,inv(3)(p21q26)[20]"),
        ("inv_3", "46,XX,ins(3;3)(q26;q21q26)[20]"),
        ("mecom_other", "46,XX,t(3;12)(q26;p13)[20]"),
        ("nup98_rearranged", "46,XX,t(5;11)(q35;p15)[20]"),
        ("t_8_16", "46,XX,t(8;16)(p11.2;p13.3)[20]"),
        ("t_1_22", "46,XX,t(1;22)(p13;q13)[20]"),
        ("loss_7", "45,XX,-7[]"),
        ("loss_7", "45~46,XX,-3,- 7,+mar[cp9]"),
        ("loss_7", "Monosomie 7"),
        ("loss_7", "Verlust von Chromosom 7, Deletion 5q"),
        ("del_5q", "46,XX[20]; FISH: Deletion 5q31 in 10 %"),
        ("inv_16", "46,XX[20], inv16 in der PCR"),
        ("loss_7", "63<3n>,XXX,-7,+8[10]"),
        ("loss_5", "28<1n>,X,+7,+8[10]"),
        ("del_7q", "46,XX,+1,der(1;7)(q10;p10)[9]"),
        ("del_5q", "46,XY,del(5(q31q33)[3]"),
        ("del_5q", "46,XX,5q-[9]"),
        ("del_5q", "5q-Deletion"),
        ("del_5q", "46,XX,-5,+der(5)t(5;7)(q13;q11)[9]"),
        ("del_5q", "46,XX,i(5)(p10)[9]"),
        ("del_5q", "45,XX,der(5;17)(p10;q10)[9]"),
        ("abn_17p", "45,XX,psu dic(17;5)(p11;q11)[9]"),
        ("abn_17p", "46,XX,i(17q)[9]"),
        ("abn_17p", "46,XX,t(9;17)(q34;p13)[9]"),
        ("i_17q", "46,XX,i(17)(q10)[9]"),
        ("idic_x_q13", "46,X,idic(X)(q13)[9]"),
        ("complex_eln2017", "Komplexer Karyotyp"),
        ("complex_eln2022", "Komplex: 43-47,XY,-5,-7,del(17)(p11),+mar[cp12]"),
        ("complex_eln2022", "46,XX,komplex[20]"),
        ("normal", "46,XY,inv(9)(p11q13)[20]"),
        ("normal", "47,XY,+21c[20]"),
        ("normal", "46,XX[20] Normaler weiblicher Karyotyp"),
        ("normal", "unauffälliger männlicher Karyotyp"),
        ("normal", "keine klonalen Aberrationen"),
        ("normal", "46XY[25]"),
    ],
)
def test_a_fact_is_seen_in_all_the_ways_it_is_written(fact: str, text: str):
    assert facts(text)[fact] is True


@pytest.mark.parametrize(
    ("fact", "text"),
    [
        ("t_8_21", "46,XX,t(8;14)(q24;q32)[20]"),
        ("t_8_21", "46,XX[20] Ausschluss t(8;21)"),
        ("t_8_21", "46,XX[20]; t(8;21) negativ"),
        ("del_5q", "46,XX[20]. Kein Hinweis auf -7, 5q-, 17p-"),
        ("loss_7", "46,XX[20] (Monozyten 7)"),
        ("inv_16", "46,XX[20]; PCR: kein Nachweis von t(8;21), inv(16), t(15;17)"),
        ("inv_16", "46,XX,del(16)(q22)[20]"),
        ("inv_16", "46,XX,inv(16)(p11q12)[20]"),
        ("kmt2a_rearranged", "46,XX,t(9;11)(p22;q23)[20]"),
        ("kmt2a_rearranged", "46,XX,t(10;11)(p13;q14)[20]"),
        ("kmt2a_rearranged", "46,XX,del(11)(q23)[20]"),
        ("mecom_other", "46,XX,t(3;5)(q27;q31)[20]"),
        ("loss_13", "45,XX,der(13;14)(q10;q10)[20]"),
        ("loss_5", "46,XX,-5,+der(5)t(5;12)(q13;q13)[20]"),
        ("loss_13", "45,XX,-13[1]/46,XX[19]"),
        ("gain_8", "47,XX,+8[1]/46,XX[19]"),
        ("del_5q", "47,XX,+del(5)(q13)[20]"),
        ("del_5q", "46,XX,dup(5)(q13q31)[20]"),
        ("del_5q", "46,XX,der(5)t(5;12)(p13;q13)[20]"),
        ("abn_17p", "46,XX,i(17)(p10)[20]"),
        ("abn_17p", "46,XX,del(17)(q21)[20]"),
        ("monosomal", "46,XX,t(8;21)(q22;q22),-7,del(9)(q22),+13[20]"),
        ("monosomal", "45,X,-Y,del(5)(q13)[20]"),
        ("monosomal", "46,XX,+1,der(1;7)(q10;p10)[20]"),
        ("normal", "Komplexer Karyotyp"),
        ("normal", "92,XXYY[9]/46,XY[11]"),
    ],
)
def test_a_fact_is_denied_where_the_text_shows_something_else(fact: str, text: str):
    assert facts(text)[fact] is False


@pytest.mark.parametrize(
    ("fact", "text"),
    [
        ("t_8_21", "46,XX,?t(8;21)(q22;q22)[20]"),
        ("t_8_21", "46,XX,t(8;21)(q22;q22)[1]/46,XX[19]"),
        ("t_9_11", "46,XX,t(9;11)(p11;q34)[20]"),
        ("inv_16", "Verdacht auf Inversion 16"),
        ("t_8_21", "46,XX[20]; PCR: t(8;21), inv(16) negativ"),
        ("inv_16", "46,XX[20].nuc ish(CBFBx2)(5'CBFB sep 3'CBFBx1)[140/200]"),
        ("kmt2a_rearranged", "46,XX,t(11;17)(q23;q21)[20]"),
        ("other_rara", "46,XX,t(11;17)(q23;q21)[20]"),
        ("loss_7", "45,XX,-7[2]/46,XX[18]"),
        ("loss_17", "47,XX,+mar,17[10]"),
        ("del_5q", "46,XX,qwz(5)(q3)[20]"),
        ("normal", "46,XX,qwz(5)(q3)[20]"),
        ("normal", "45,X[20]"),
        ("normal", "46"),
        ("normal", "47,XY[20]"),
        ("normal", "//46,XY[20]"),
        ("normal", "46,XX,inc[5]"),
        ("complex_eln2022", "46,XX,inc[5]"),
        ("complex_eln2017", "47~49,XY,-21,+1~4mar[20]"),
        ("monosomal", "45,XY,-7[10]/46,XY,del(20)(q11)[10]"),
    ],
)
def test_a_fact_that_the_text_leaves_open_is_unknown(fact: str, text: str):
    assert facts(text)[fact] is None


@pytest.mark.parametrize(
    "text", [None, "", "Keine analysierbaren Metaphasen", "na", "nicht durchgeführt", "xyzzy", "nuc ish(D7Z1)x2[200]"]
)
def test_a_karyotype_that_failed_or_was_not_done_is_unknown_never_normal(text: str | None):
    found = facts(text)
    assert [found[name] for name in fact_names()] == [None] * len(fact_names())
    assert found.count == (0, None)


@pytest.mark.parametrize(
    ("fact", "text", "value"),
    [
        ("del_5q", "der(5)(q13)", True),
        ("del_5q", "der(5)(q13q33)", True),
        ("del_5q", "der(5)(q?)", True),
        ("del_5q", "der(5)(p13)", False),
        ("del_5q", "der(5)", None),
        ("del_5q", "der(5)t(5;?)", None),
        ("del_5q", "der(5)t(5;?)(q13;?)", True),
        ("del_5q", "add(5)", None),
        ("del_5q", "r(5)", None),
        ("del_5q", "i(5)", None),
        ("del_5q", "abn(5q)", None),
        ("del_5q", "abn(5p)", False),
        ("del_5q", "upd(5)", False),
        ("del_5q", "dic(5;17)", None),
        ("del_5q", "der(5;17)", None),
        ("del_7q", "der(7)", None),
        ("del_7q", "der(7)(q22)", True),
        ("del_7q", "add(7)", None),
        ("del_7q", "r(7)", None),
        ("del_7q", "-7,+der(7)t(7;?)", None),
        ("del_7q", "+der(7)", False),
        ("abn_17p", "ider(17)t(15;17)", None),
        ("abn_17p", "ider(17)(q10)t(15;17)(q22;q12)", True),
        ("abn_17p", "der(17)", None),
    ],
)
def test_a_derivative_told_without_its_bands_may_have_lost_either_arm(fact: str, text: str, value: bool | None):
    assert facts(f"46,XX,{text}[20]")[fact] is value


@pytest.mark.parametrize("partner", ["t(1;11)(q21;q23)", "t(5;11)(q13;q23)", "t(11;17)(q23;q11)"])
def test_an_unbalanced_11q23_with_an_unusual_partner_leaves_kmt2a_open(partner: str):
    assert facts(f"46,XX,der(11){partner}[20]")["kmt2a_rearranged"] is None
    assert facts(f"46,XX,{partner}[20]")["kmt2a_rearranged"] is True


@pytest.mark.parametrize(
    ("fact", "text"),
    [
        ("t_15_17", "t(15;17)(q14;q21)"),
        ("t_15_17", "t(15;17)(q22;q23)"),
        ("t_15_17", "t(15;17)(q22;q24)"),
        ("t_8_21", "t(8;21)(q24;q22)"),
        ("t_8_21", "t(8;21)(q13;q22)"),
        ("t_8_21", "t(8;21)(q22;q11)"),
        ("inv_3", "inv(3)(q12q26)"),
        ("inv_3", "inv(3)(q21q28)"),
        ("t_6_9", "t(6;9)(p23;q32)"),
    ],
)
def test_a_band_that_is_off_on_the_right_arm_is_taken_for_a_slip_and_said_so(fact: str, text: str):
    answer = facts(f"46,XX,{text}[20]").answers[fact]
    assert (answer.value, "slip" in answer.remark) == (True, True)


@pytest.mark.parametrize(
    ("fact", "text"),
    [
        ("inv_16", "inv(16)(p13q24)"),
        ("inv_16", "inv(16)(q22)"),
        ("inv_16", "inv(16)(p13)"),
        ("t_15_17", "t(15;17)(q22;p12)"),
        ("t_8_21", "t(8;21)(p22;q22)"),
        ("t_6_9", "t(6;9)(q23;q34)"),
    ],
)
def test_a_break_on_the_arm_opposite_or_left_out_leaves_the_rearrangement_open(fact: str, text: str):
    assert facts(f"46,XX,{text}[20]")[fact] is None


@pytest.mark.parametrize(
    ("fact", "text", "value"),
    [
        ("t_15_17", "ider(17)(q10)t(15;17)(q22;q12)", True),
        ("t_15_17", "der(17)t(15;17)(q22;q12)", True),
        ("t_8_21", "der(21)t(8;21)(q22;q22)", True),
        ("t_8_21", "der(21)t(8;21)", True),
        ("t_8_21", "der(21)t(8;21)(q13;p12)", False),
        ("t_8_21", "?der(21)t(8;21)(q22;q22)", None),
        ("t_8_21", "-5,-7,+mar,der(21)t(8;21)(q22;q22)", None),
        ("t_9_22", "der(9)t(9;22)(q34;q11)", None),
        ("mecom_other", "der(7)t(3;7)(q26;q21)", None),
    ],
)
def test_the_other_derivative_chromosome_shows_the_fusion_only_where_it_stands_alone(
    fact: str, text: str, value: bool | None
):
    assert facts(f"46,XX,{text}[20]")[fact] is value


def test_an_unread_piece_that_names_its_chromosome_leaves_other_facts_alone():
    found = facts("46,XX,-7,qwz(5)(q3)[20]")
    assert found["loss_7"] is True
    assert found["t_8_21"] is False
    assert found["del_5q"] is None
    assert found.count == (1, None)


def test_a_fact_names_the_clones_and_the_text_that_show_it():
    answer = facts("46,XX,t(8;21)(q22;q22)[4]/47,sl,+8[3]/46,XX[3]").answers["t_8_21"]
    assert answer.clones == (1, 2)
    assert answer.texts == ("t(8;21)(q22;q22)",)


def test_cells_of_a_subclone_count_for_what_it_inherits():
    assert facts("46,XY,t(9;11)(p21;q23)[1]/46,idem,t(5;12)(q33;p13)[19]")["t_9_11"] is True


def test_lists_name_chromosomes_and_translocations():
    found = facts("46,XY,t(3;5)(q21;q31),-7,+8,+X,-Y[20]")
    assert found.translocations == ("t(3;5)(q21;q31)",)
    assert found.monosomies == ("7",)
    assert found.trisomies == ("8",)
    assert found.gained == ("8", "X")


def test_a_band_that_no_chromosome_has_is_remarked_upon_and_its_arm_kept():
    found = facts("47,XX,t(6;9)(p23;q24),+8[20]")
    assert found["t_6_9"] is True
    assert any("no band 9q24" in remark for remark in found.remarks)


def test_a_break_at_a_gene_without_its_partner_is_remarked_upon():
    assert "FISH or RNA decides" in facts("46,XX,add(11)(q23)[20]").answers["kmt2a_rearranged"].remark


def test_a_frame_has_one_row_for_each_text_and_null_for_unknown():
    frame = facts_frame(pl.Series(["46,XX[20]", None, "45,XX,-7[20]", "46,XX[20]", "Keine Metaphasen"]))
    assert frame.height == 5
    assert frame["status"].to_list() == ["read", "empty", "read", "read", "failed"]
    assert frame["loss_7"].to_list() == [False, None, True, False, None]
    assert frame["normal"].to_list() == [True, None, False, True, None]
    assert frame.schema["loss_7"] == pl.Boolean
    assert frame["abnormalities_high"].to_list() == [0, None, 1, 0, None]
    assert frame["metaphases"].to_list() == [20, None, 20, 20, None]
    assert frame["unknown"].list.len().to_list() == [0, len(fact_names()), 0, 0, len(fact_names())]
    assert facts_frame(pl.Series([], dtype=pl.String)).height == 0


def test_a_karyotype_is_read_aloud_with_its_evidence_and_its_doubts():
    said = explain(read_karyotype("46,XX,t(8;21)(q22;q22)[4]/47,sl,+8[3]/46,XX,?del(5)(q13)[3].nuc ish(D7Z1)x2[200]"))
    assert "Clone 2: 47 chromosomes, all that clone 1 has (sl), and" in said
    assert "Yes: t(8;21)(q22;q22.1) (t(8;21)(q22;q22); clones 1, 2)" in said
    assert "Not known: del(5q) or another unbalanced loss of 5q (?del(5)(q13); clone 3" in said
    assert "FISH, kept as it is: nuc ish(D7Z1)x2[200]" in said
    assert "Normal in 7 metaphases; 20 are usually asked for" in explain(read_karyotype("46,XX[7]"))
    assert explain(read_karyotype("keine Mitosen")).startswith("The culture failed")
