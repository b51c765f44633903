"""Reading ISCN as centres write it: clones, abnormalities, what is inherited, what could not be read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenfold.genetics.karyotype import Karyotype, Kind, Status, explain, karyotype_facts, read_karyotype


def texts(karyotype: Karyotype, number: int = 1) -> list[str]:
    return [one.text for one in karyotype.clones[number - 1].abnormalities]


def test_a_karyotype_is_read_into_its_clones():
    karyotype = read_karyotype("45~48,XY,del(5)(q13q33),-7,+1~4mar[cp12]/46,XY[8]")
    first, second = karyotype.clones
    assert karyotype.status is Status.READ
    assert (first.count, first.sex, first.cells, first.composite) == ((45, 48), "XY", 12, True)
    assert texts(karyotype) == ["del(5)(q13q33)", "-7", "+1~4mar"]
    assert first.abnormalities[2].copies == (1, 4)
    assert (second.count, second.cells, second.acquired) == ((46, 46), 8, ())
    assert karyotype.metaphases == 20


@pytest.mark.parametrize(
    ("slip", "meant"),
    [
        ("46,XX,inv(16)p13.1q22)[4]", "46,XX,inv(16)(p13.1q22)[4]"),
        ("46,XX,inv(16)(p13,1q22)[4]", "46,XX,inv(16)(p13.1q22)[4]"),
        ("46,XX,inv(16)(p13.1;q22)[4]", "46,XX,inv(16)(p13.1q22)[4]"),
        ("46,XX,inv16(p13.1q22)[4]", "46,XX,inv(16)(p13.1q22)[4]"),
        ("46,XY,del(5(q31q33)[4]", "46,XY,del(5)(q31q33)[4]"),
        ("46,XY,del(12)9p11.2)[4]", "46,XY,del(12)(p11.2)[4]"),
        ("46,XY,t(8;21)(q22q22)[4]", "46,XY,t(8;21)(q22;q22)[4]"),
        ("46,XY,t(8,21)(q22,q22)[4]", "46,XY,t(8;21)(q22;q22)[4]"),
        ("46 XY t (8; 21) (q22; q22) [4]", "46,XY,t(8;21)(q22;q22)[4]"),
        ("46,XY,del(5)q13q31[4]", "46,XY,del(5)(q13q31)[4]"),
        ("46,XX,del(9)(q21q31-33)[4]", "46,XX,del(9)(q21q31~33)[4]"),
        ("46,XX,inv(9}(q21q31)[4]", "46,XX,inv(9)(q21q31)[4]"),
        ("46,XY,del(20)(q11.2)(4)", "46,XY,del(20)(q11.2)[4]"),
        ("46,XY,del(20)(q11.2)[4/20]", "46,XY,del(20)(q11.2)[4]"),
        ("46,XY,del(20)(q11.2)[4", "46,XY,del(20)(q11.2)[4]"),
        ("46,XY,del(20)(q11.2)[ 4)", "46,XY,del(20)(q11.2)[4]"),
        ("46,XY,del(20)(q112)[4]", "46,XY,del(20)(q11.2)[4]"),
        ("46;XY;del(20)(q11.2)[4]", "46,XY,del(20)(q11.2)[4]"),
    ],
)
def test_a_slip_of_the_pen_whose_meaning_is_plain_is_read_as_it_was_meant(slip: str, meant: str):
    def shape(text: str) -> list[tuple[object, ...]]:
        return [
            (
                one.kind,
                one.chromosomes,
                tuple((at.chromosome, at.arm, at.low, at.high) for at in one.breakpoints),
                clone.cells,
            )
            for clone in read_karyotype(text).clones
            for one in clone.abnormalities
        ]

    assert shape(slip) == shape(meant)
    assert read_karyotype(slip).unread == ()


@pytest.mark.parametrize(
    "text",
    [
        "47,XY,+8[5]46,idem,del(5)(q13)[4]",
        "47,XY,+8[5];46,idem,del(5)(q13)[4]",
        "47,XY,+8[5]\r46,idem,del(5)(q13)[4]",
        "47,XY,+8[5] /\n 46,idem,del(5)(q13)[4]",
        "47,XY,+8[5]/46,XY,idem,del(5)(q13)[4]",
        "47,XY,+8[5]/46,sl,del(5)(q13)[4]",
    ],
)
def test_a_missing_or_odd_separator_still_parts_two_clones_and_the_second_inherits(text: str):
    karyotype = read_karyotype(text)
    assert [clone.cells for clone in karyotype.clones] == [5, 4]
    assert texts(karyotype, 2) == ["+8", "del(5)(q13)"]
    assert karyotype.clones[1].parent == 1


def test_a_missing_comma_still_parts_two_abnormalities():
    karyotype = read_karyotype("47,XY,der(7)t(1;7)(q10;p10)+8t(3;5)(q21;q35),-17del(20)(q11)[20]")
    assert texts(karyotype) == ["der(7)t(1;7)(q10;p10)", "+8", "t(3;5)(q21;q35)", "-17", "del(20)(q11)"]


def test_copies_and_repeats_are_told_apart():
    karyotype = read_karyotype("50,XX,2xadd(5)(q13),+8,+8,+21x2,add(21)(q22)x3~6,+1-3mar,+mar1X2,5~48dmin[10]")
    copies = {one.text: one.copies for one in karyotype.clones[0].listed}
    assert copies["2xadd(5)(q13)"] == (2, 2)
    assert copies["+21x2"] == (2, 2)
    assert copies["add(21)(q22)x3~6"] == (3, 6)
    assert copies["+1-3mar"] == (1, 3)
    assert copies["+mar1X2"] == (2, 2)
    assert sum(one.kind is Kind.GAIN and one.chromosomes == ("8",) for one in karyotype.clones[0].abnormalities) == 2


def test_a_sideline_is_counted_from_the_first_clone_after_the_stemline():
    karyotype = read_karyotype("46,XX,t(8;21)(q22;q22)[4]/47,sl,+8[3]/48,sdl1,+9[2]/48,sdl2,+13[2]/46,XX[1]")
    assert [clone.parent for clone in karyotype.clones] == [None, 1, 2, 3, None]
    assert texts(karyotype, 4) == ["t(8;21)(q22;q22)", "+8", "+9", "+13"]


def test_a_gain_that_a_subclone_takes_back_leaves_no_monosomy():
    karyotype = read_karyotype("47,XY,del(6)(q13),+8[8]/47,idem,-8,+13[2]")
    assert texts(karyotype, 2) == ["del(6)(q13)", "+13"]


def test_losing_an_abnormal_chromosome_that_had_replaced_a_normal_one_leaves_a_monosomy():
    lost = read_karyotype("46,XY,der(7)del(7)(p11)[13]/45,idem,-der(7)[6]").clones[1].abnormalities
    assert [(one.kind, one.chromosomes) for one in lost] == [(Kind.LOSS, ("7",))]
    extra = read_karyotype("47,XY,+der(7)del(7)(p11)[13]/46,idem,-der(7)[6]").clones[1].abnormalities
    assert extra == ()


def test_a_chromosome_that_changed_further_in_a_subclone_is_not_lost():
    karyotype = read_karyotype("46,XX,add(4)(p16)[10]/46,idem,-add(4)(p16),der(4)add(4)(p16)add(4)(q31)[10]")
    assert texts(karyotype, 2) == ["der(4)add(4)(p16)add(4)(q31)"]


def test_a_doubled_stemline_takes_its_ploidy_with_it():
    assert [clone.ploidy for clone in read_karyotype("47,XY,+13[2]/94,slx2[2]/46,XY[19]").clones] == [2, 4, 2]
    assert read_karyotype("60~61<3n>,XYY,-1,+8[15]").clones[0].ploidy == 3
    assert read_karyotype("92,XXYY[9]/46,XY[11]").clones[0].ploidy == 4


def test_uncertain_alternative_and_constitutional_changes_are_marked():
    first, second, third, fourth = (
        read_karyotype("45,XX,?del(5)(q13),del(11)?(q14q23),del(7)(q22)or add(7)(q22),rob(13;14)(q10;q10)c[20]")
        .clones[0]
        .abnormalities
    )
    assert first.uncertain
    assert second.uncertain
    assert [one.text for one in third.alternatives] == ["add(7)(q22)"] or len(third.alternatives) == 1
    assert fourth.constitutional
    assert not fourth.counted


def test_cells_of_a_graft_are_kept_apart():
    karyotype = read_karyotype("45,XX,-7[9]//46,XY[11]")
    assert [clone.donor for clone in karyotype.clones] == [False, True]
    assert karyotype.metaphases == 9


def test_old_and_new_band_notation_name_overlapping_bands():
    old, new = (
        read_karyotype(f"46,XX,inv(16)({bands})").clones[0].abnormalities[0] for bands in ("p13q22", "p13.1q22.1")
    )
    for wide, narrow in zip(old.breakpoints, new.breakpoints, strict=True):
        assert wide.low <= narrow.low
        assert narrow.high <= wide.high


def test_a_long_form_description_is_stepped_over_and_its_chromosome_kept():
    karyotype = read_karyotype(
        "46,XX,der(21)(qter- > q22::p11.2- > qter),psu dic(9;?;6)(6qter->6p22::?::9p22->9qter)[19]"
    )
    assert [one.chromosomes for one in karyotype.clones[0].abnormalities] == [("21",), ("9", "?", "6")]
    assert karyotype.unread == ()


def test_what_cannot_be_read_is_reported_with_its_place_and_the_rest_still_counts():
    text = "46,XX,-7,qwz(5)(q3),+8[10]"
    karyotype = read_karyotype(text)
    (fault,) = karyotype.unread
    assert text[fault.position :].startswith(fault.text)
    assert fault.text == "qwz(5)(q3)"
    assert fault.chromosomes == {"5"}
    assert texts(karyotype) == ["-7", "+8"]


def test_a_text_cut_off_by_its_column_says_so():
    cut = read_karyotype("45,XX,-7[10]/46,idem,+8,")
    assert [one.reason for one in cut.unread] == ["the text breaks off here"]
    assert read_karyotype("45,XX,-7[10],").unread == ()


def test_a_subclone_of_nothing_is_reported():
    assert "not given before" in read_karyotype("46,idem,+8[3]").unread[0].reason


@pytest.mark.parametrize(
    ("text", "fish"),
    [
        ("46,XX[20].nuc ish(D7Z1,D7S522)x2[200]", "nuc ish(D7Z1,D7S522)x2[200]"),
        ("46,XY,-7,+mar.ishder(7)del(7)(p11.2)(D7Z1+)[20]/46,XY[3]", "ishder(7)del(7)(p11.2)(D7Z1+)"),
        ("46,XY,del(11)(q14q23)[13]/46,XY[7].ishdel(11)(5'MLL-,3'MLL+)[2].", "ishdel(11)(5'MLL-,3'MLL+)[2]."),
    ],
)
def test_a_fish_tail_is_kept_and_is_never_noise(text: str, fish: str):
    karyotype = read_karyotype(text)
    assert karyotype.fish == (fish,)
    assert karyotype.unread == ()
    assert None not in [clone.cells for clone in karyotype.clones]


def test_a_comment_is_kept_and_is_never_noise():
    karyotype = read_karyotype("47,XY,+8[6]/46,XY[13] (Specimen Source: Blood)")
    assert karyotype.comments == ("(Specimen Source: Blood)",)
    assert karyotype.unread == ()
    assert [clone.cells for clone in karyotype.clones] == [6, 13]


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (None, Status.EMPTY),
        ("  ", Status.EMPTY),
        ("Keine analysierbaren Metaphasen", Status.FAILED),
        ("keine Mitosen", Status.FAILED),
        ("Kultur nicht angegangen", Status.FAILED),
        ("no growth", Status.FAILED),
        ("culture failure", Status.FAILED),
        ("Analyse misslungen", Status.FAILED),
        ("nicht auswertbar", Status.FAILED),
        ("na", Status.NOT_DONE),
        ("n.d.", Status.NOT_DONE),
        ("nicht durchgeführt", Status.NOT_DONE),
        ("kein Material", Status.NOT_DONE),
        ("Unknown", Status.NOT_DONE),
        ("nuc ish(D7Z1,D7S522)x2[200]", Status.NOT_DONE),
        ("xyzzy", Status.UNREADABLE),
        ("Normal", Status.READ),
        ("Komplexer Karyotyp", Status.READ),
        ("PCR: Nachweis einer Inversion 16", Status.READ),
        ("46,XX", Status.READ),
    ],
)
def test_a_text_that_is_no_karyotype_is_told_for_what_it_is(text: str | None, status: Status):
    assert read_karyotype(text).status is status


NAMED = ("t_8_21", "inv_16", "t_15_17", "loss_5", "del_5q", "loss_7", "del_7q", "gain_8", "abn_17p", "kmt2a_rearranged")


@pytest.mark.parametrize(
    "tail",
    [
        "FISH: t(8;21), inv(16), t(15;17) negativ",
        "FISH t(8;21), inv(16), MLL: unauffällig",
        "FISH auf -5/5q-, -7/7q-, +8 unauffällig",
        "PCR: AML1/ETO, CBFB/MYH11, PML/RARA negativ",
        "Kein Hinweis auf Monosomie 7, Deletion 5q oder Trisomie 8",
        "FISH: t(8;21)-, inv(16)-",
        "FISH: t(8;21) neg., inv(16) neg., t(15;17) neg.",
        "t(8;21), inv(16) und t(15;17) nicht nachweisbar",
        "FISH: kein t(8;21); kein inv(16)",
        "(FISH: t(8;21) und inv(16) neg.)",
        "Negativ: t(8;21), inv(16)",
        "Ausschluß t(8;21)",
        "t(8;21) ausgeschlossen",
        "AML1/ETO negativ",
        "FISH: keine TP53-Deletion",
        "nuc ish(D7Z1,D7S522)x2[200]",
        "nuc ish(MLLx2)(5'MLL con 3'MLLx2)[200]",
        "nuc ish(RUNX1T1,RUNX1)x2[200]",
        "nuc ish unauffällig",
        "nuc ish(DXZ1,DYZ3)x1[200]",
    ],
)
def test_what_a_list_denies_as_a_whole_is_denied_and_the_karyotype_stays_normal(tail: str):
    facts = karyotype_facts(read_karyotype(f"46,XX[20]. {tail}"))
    assert [name for name in NAMED if facts[name] is not False] == []
    assert facts["normal"] is True


@pytest.mark.parametrize(
    ("text", "open_facts"),
    [
        ("46,XX[20]. FISH: keine t(15;17), inv(16) nachweisbar", {"inv_16"}),
        ("46,XX[20]. keine numerischen Aberrationen, t(8;21)(q22;q22)", {"t_8_21"}),
        ("46,XX[20]. keine klonale Aberration; in einer Metaphase +8", {"gain_8"}),
        ("46,XX, inv(16) nicht ausgeschlossen", {"inv_16"}),
        ("46,XX, t(8;21), inv(16) negativ", {"t_8_21"}),
        ("46,XX[20]. Monosomie 7 oder Deletion 7q", {"loss_7", "del_7q"}),
        ("46,XX[20].nuc ish(TP53x1)[80/100]", {"abn_17p"}),
        ("46,XX[20].nuc ish(D7Z1,D7S486)x1[150/200]", {"loss_7"}),
        ("46,XX.nuc ish(EGR1x1,D5S23x2)[90/200]", {"del_5q"}),
        ("46,XX.nuc ish(D8Z2x3)[90/200]", {"gain_8"}),
        ("46,XX[20]. FISH: CBFB-Split", {"inv_16"}),
        ("46,XX[20]. FISH: MLL-Rearrangement", {"kmt2a_rearranged"}),
        ("46,XX[20]. FISH: TP53-Deletion", {"abn_17p"}),
        ("46,XX[20]. FISH: EVI1-Rearrangement", set()),
        ("46,XX[20].nuc ish(ABCx3)[20]", set()),
    ],
)
def test_what_is_open_in_the_words_is_unknown_and_the_karyotype_is_not_called_normal(text: str, open_facts: set[str]):
    facts = karyotype_facts(read_karyotype(text))
    assert {name for name in NAMED if facts[name] is not False} == open_facts
    assert [name for name in NAMED if facts[name]] == []
    assert facts["normal"] is None


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("46,XX[20]. FISH: keine t(8;21), Deletion 17p in 30%", {"abn_17p"}),
        ("46,XX[20]. FISH: keine Deletion 5q, keine Monosomie 7, Trisomie 8 in 20%", {"gain_8"}),
        ("46,XX[20]. Kein t(8;21), Monosomie 7 in 40% der Zellen", {"loss_7"}),
        ("46,XX, kein t(15;17), inv(16)+", {"inv_16"}),
        ("46,XX[20] FISH inv(16) pos., t(8;21) neg., t(15;17) neg.", {"inv_16"}),
        ("46,XX[20] AML1-ETO und CBFB-MYH11 positiv", {"t_8_21", "inv_16"}),
        ("46,XX[20].ish del(17)(p13)(TP53-)[3]", {"abn_17p"}),
        ("46,XX[20].ish del(5)(q31)(EGR1-)", {"del_5q"}),
        ("46,XX.ish t(8;21)(q22;q22)(RUNX1T1+,RUNX1+)[20]", {"t_8_21"}),
        ("46,XX.ish inv(16)(p13q22)(5'CBFB+,3'CBFB+)", {"inv_16"}),
        ("46,XX.nuc ish(RUNX1T1,RUNX1)x3(RUNX1T1 con RUNX1)[150/200]", {"t_8_21"}),
        ("46,XX[20]. FISH: TP53-Deletion in 60%", {"abn_17p"}),
        ("46,XX,PML/RARA positiv", {"t_15_17"}),
        ("46,XX[20]. Translokation (8;21)(q22;q22)", {"t_8_21"}),
        ("45,XX,-7 in 20 Metaphasen", {"loss_7"}),
        ("45,XX,-7 und 46,XX", {"loss_7"}),
        ("46,XX 85% / 45,XX,-7 15%", {"loss_7"}),
        ("45,XX,-7[20], t(8;21) nicht nachweisbar", {"loss_7"}),
        ("45,XX,-7 nicht weiter analysierbar", {"loss_7"}),
    ],
)
def test_a_denial_ends_where_something_was_found_and_what_was_found_is_kept(text: str, shown: set[str]):
    karyotype = read_karyotype(text)
    facts = karyotype_facts(karyotype)
    assert {name for name in NAMED if facts[name] is not False} == shown
    assert all(facts[name] for name in shown)
    assert facts["normal"] is not True
    assert karyotype.unread == ()


PROBED = {"t(8;21)": "t_8_21", "inv(16)": "inv_16", "PML/RARA": "t_15_17", "Monosomie 7": "loss_7", "+8": "gain_8"}


@given(
    st.lists(st.sampled_from(sorted(PROBED)), min_size=1, max_size=5, unique=True),
    st.sampled_from(["negativ", "neg.", "unauffällig", "nicht nachweisbar", "ausgeschlossen"]),
    st.sampled_from([", ", " und ", " oder ", "; "]),
)
def test_no_list_that_ends_in_a_denial_ever_shows_what_it_names(names: list[str], denial: str, joint: str):
    facts = karyotype_facts(read_karyotype(f"46,XX[20]. FISH: {joint.join(names)} {denial}"))
    assert [name for name in PROBED.values() if facts[name]] == []


def test_a_statement_is_shown_with_its_brackets_whole_and_an_unread_fish_tail_is_said_to_be_unread():
    assert [one.text for one in read_karyotype("46,XX[20]. FISH: t(8;21)").stated] == ["FISH: t(8;21)"]
    assert "the FISH tail was not read" in explain(read_karyotype("46,XX[20].nuc ish(ABCx3)[20]"))
    assert "the FISH tail was not read" not in explain(read_karyotype("46,XX[20].nuc ish(D7Z1,D7S522)x2[200]"))
