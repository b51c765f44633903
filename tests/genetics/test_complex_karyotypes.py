"""Complex and monosomal karyotypes: what is counted, what a clone is, and what each edition leaves out."""

from __future__ import annotations

import pytest
from karyotype_texts import facts

from tenfold.genetics.karyotype import editions, fact_names

COMPLEX = ("complex_eln2017", "complex_eln2022", "monosomal", "three_or_more")


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("45,XX,-7[1]/46,XX[19]", ("loss_7", "normal")),
        ("46,XX,del(5)(q13q33)[1]/46,XX[19]", ("del_5q", "normal")),
        ("46,XX,i(17)(q10)[1]/46,XX[19]", ("abn_17p", "del_17p", "i_17q", "normal")),
        ("45,XX,-7[1],+8[5],del(5)(q13q33)[6][cp7]", ("loss_7", "monosomal")),
        (
            "43,XX,-5,-7,-17,add(3)(q27),+mar[1]/46,XX[19]",
            ("loss_5", "loss_7", "loss_17", *COMPLEX, "normal"),
        ),
    ],
)
def test_an_adverse_lesion_in_one_cell_is_unknown_and_never_normal(text: str, unknown: tuple[str, ...]):
    found = facts(text)
    assert {name: found[name] for name in unknown} == dict.fromkeys(unknown)


@pytest.mark.parametrize(
    "piece",
    [
        "inc", "u.a.", "+?", "?", "xyz", "+m", "foo(3)(z9)", "der(11)t(11;?)(q23;?)", "t(11;?)(q23;?)", "ins(11;?)(q23;?)",
        "der(5)t(5;11)(q13;q23)", "der(9)t(9;22)", "?t(15;17)", "der(21)t(8;21)(q22;q22)", "der(11)t(1;11)(q21;q23)",
        "der(11)t(5;11)(q13;q23)", "der(11)t(11;17)(q23;q11)", "ins(11;5)(q23;q13q33)", "der(3)t(3;12)(q26;p12)",
    ],
)  # fmt: skip
def test_what_only_leaves_a_fusion_open_does_not_hide_a_complex_karyotype(piece: str):
    found = facts(f"43,XY,-7,add(3)(q27),-18,-20,+mar,{piece}[10]")
    assert [found[name] for name in COMPLEX] == [True] * 4
    assert "it is not known whether" in found.answers["complex_eln2022"].remark


@pytest.mark.parametrize(
    ("piece", "value"),
    [
        ("?inv(16)(p13q22)", None),
        ("t(6;11)(q27;q23)[1]", None),
        ("t(8;21)(p22;q22)", None),
        ("t(11;17)(q23;q21)", None),
        ("t(8;21)(q22;q22)", False),
        ("der(11)t(6;11)(q27;q23)", False),
        ("ins(10;11)(p12;q23q13)", False),
        ("add(11)(q23)", True),
    ],
)
def test_a_class_defining_rearrangement_that_shows_or_may_show_keeps_the_name_complex_away(
    piece: str, value: bool | None
):
    found = facts(f"43,XY,-7,add(3)(q27),-18,-20,{piece},+mar[10]")
    assert found["complex_eln2022"] is value
    assert found["three_or_more"] is True


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "43,XX,-5,-7,-17,add(3)(q27),+mar[2]/46,XX[18]",
            {"loss_5": True, "loss_7": True, "loss_17": True, "complex_eln2022": True, "monosomal": True},
        ),
        ("45,XX,t(3;12)(q26;p13),-7[2]/46,XX[18]", {"loss_7": True, "monosomal": True}),
        ("45,XY,-7[2],-5[2],add(17)(p13)[2][cp4]", {"loss_7": True, "complex_eln2022": True, "monosomal": True}),
        ("46,XY,t(8;21)(q22;q22)[1],+8[4][cp5]", {"t_8_21": None, "gain_8": True}),
        ("44,XX,-5,-7[2]/46,XX[18]", {"loss_5": None, "loss_7": None, "monosomal": None}),
        ("47,XX,-7[2],+8[1][cp3]", {"loss_7": None}),
        ("45,XX,-7[2]/47,XX,+8[9]", {"loss_7": None}),
        ("46,XX,-7[1]/46,idem,+8[1]", {"loss_7": None}),
    ],
)
def test_a_loss_in_two_cells_is_clonal_where_something_else_makes_a_clone_of_them(
    text: str, expected: dict[str, bool | None]
):
    found = facts(text)
    assert {name: found[name] for name in expected} == expected


def test_three_or_more_abnormalities_are_told_whatever_the_edition_leaves_out():
    found = facts("46,XX,t(8;21)(q22;q22),del(7)(q22),del(20)(q11)[20]")
    assert (found["three_or_more"], found["complex_eln2022"]) == (True, False)
    assert facts("49,XX,+8,+13,+21[20]")["three_or_more"] is True
    assert facts("45,XX,-7,del(20)(q11)[20]")["three_or_more"] is False
    assert facts("45,XX,-7,inc[20]")["three_or_more"] is None
    assert facts("Komplexer Karyotyp")["three_or_more"] is True


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("46,XX[20]", (0, 0)),
        ("46,XX,t(9;22)(q34;q11)[20]", (1, 1)),
        ("48,XX,+8,+8[20]", (2, 2)),
        ("46,XX,del(5)(q13)[10]/46,XX,del(5)(q13),-7[10]", (2, 2)),
        ("46,XX,del(7)(q22q34)[10]/46,idem,-del(7),del(7)(q22)[10]", (2, 2)),
        ("47,XX,+8[10]/94,slx2[10]", (1, 1)),
        ("92,XXXX[10]", (1, 1)),
        ("46,XX,+1,der(1;7)(q10;p10)[10]", (1, 1)),
        ("47,XX,t(9;11)(p22;q23),+der(9)t(9;11)[10]", (1, 1)),
        ("46,XX,der(15)t(15;17)(q22;q21),der(17)t(15;17)del(17)(q21)[10]", (2, 2)),
        ("47~50,XX,+1~4mar[10]", (1, 4)),
        ("48,XX,+mar1,+mar2x2[10]", (2, 2)),
        ("46,XX,?del(5)(q13),-7[10]", (1, 2)),
        ("46,XX,inv(9)(p11q13)c,+21c[10]", (0, 0)),
        ("45,XX,-7,del(20)(q11)[1]/46,XX[10]", (0, 0)),
    ],
)
def test_unrelated_abnormalities_are_counted_once(text: str, count: tuple[int, int]):
    assert facts(text).count == count


def test_a_hyperdiploid_karyotype_without_structural_change_is_complex_in_2017_only():
    found = facts("49,XX,+8,+13,+21[20]")
    assert found["complex_eln2017"] is True
    assert found["complex_eln2022"] is False
    assert found["hyperdiploid_without_structural"] is True
    assert facts("49,XX,+8,+13,+21,del(20)(q11)[20]")["complex_eln2022"] is True


def test_each_edition_has_its_own_class_defining_lesions():
    found = facts("46,XX,t(8;16)(p11;p13),del(7)(q22),del(20)(q11)[20]")
    assert (found["complex_eln2017"], found["complex_eln2022"]) == (True, False)
    shared = facts("46,XX,t(8;21)(q22;q22),del(7)(q22),del(20)(q11)[20]")
    assert (shared["complex_eln2017"], shared["complex_eln2022"]) == (False, False)
    assert [edition.hyperdiploid_exception for edition in editions()] == [False, True]
    assert all(set(edition.class_defining) <= set(fact_names()) for edition in editions())


@pytest.mark.parametrize(
    ("text", "monosomal"),
    [
        ("44,XX,-5,-7[20]", True),
        ("45,XX,-7,del(5)(q13)[20]", True),
        ("46,XX,-7,+mar[20]", True),
        ("45,XX,-7[20]", False),
        ("46,XX,-7,+8[20]", False),
        ("45,X,-X[20]", False),
        ("44,X,-Y,-7[20]", False),
        ("45,XX,-7[10]/45,idem,del(5)(q13)[10]", True),
        ("90<4n>,XXYY,-5,-7[20]", False),
    ],
)
def test_a_monosomal_karyotype_has_two_autosomal_monosomies_or_one_and_a_structural_change(text: str, monosomal: bool):
    assert facts(text)["monosomal"] is monosomal
