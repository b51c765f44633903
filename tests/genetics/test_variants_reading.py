"""HGVS text as reports write it: what is read, and what is reported rather than guessed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenfold.genetics.variants import read_change
from tenfold.genetics.variants.coding import Edit, Place, read_coding
from tenfold.genetics.variants.protein import Effect
from tenfold.genetics.variants.scanner import NotUnderstood

RESIDUES = {"A": "Ala", "R": "Arg", "N": "Asn", "D": "Asp", "W": "Trp", "*": "Ter", "S": "Ser", "F": "Phe"}


@pytest.mark.parametrize(
    ("text", "edit", "start", "end", "net"),
    [
        ("c.2645G>A", Edit.SUBSTITUTION, Place(2645), Place(2645), 0),
        ("NM_002520.6:c.860_863dupTCTG", Edit.DUPLICATION, Place(860), Place(863), 4),
        ("NM_002520.6(NPM1):c.860_863dup", Edit.DUPLICATION, Place(860), Place(863), 4),
        ("ENST00000296930.5:c.863_864insCATG", Edit.INSERTION, Place(863), Place(864), 4),
        ("c.956_965delTCTAGAGGTCinsTTT", Edit.INDEL, Place(956), Place(965), -7),
        ("c.2508_2510del", Edit.DELETION, Place(2508), Place(2510), -3),
        ("c.375-2A>G", Edit.SUBSTITUTION, Place(375, -2), Place(375, -2), 0),
        ("c.*5A>G", Edit.SUBSTITUTION, Place(5, 0, True), Place(5, 0, True), 0),
        ("c.-14C>T", Edit.SUBSTITUTION, Place(-14), Place(-14), 0),
        ("c.1837+2_1837+3ins30", Edit.INSERTION, Place(1837, 2), Place(1837, 3), 30),
        ("860_863dup", Edit.DUPLICATION, Place(860), Place(863), 4),
        ("C.863_864insTCTG", Edit.INSERTION, Place(863), Place(864), 4),
    ],
)
def test_a_coding_change_is_read_as_the_report_writes_it(
    text: str, edit: Edit, start: Place, end: Place, net: int
) -> None:
    change = read_coding(text)
    assert (change.edit, change.start, change.end, change.net_bases) == (edit, start, end, net)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("g.170837543_170837546dup", "numbered on the genome"),
        ("c.863insTCTG", "between two neighbouring positions"),
        ("c.860-863dupTCTG", "4 bases are named, one position in an intron"),
        ("c.860_862dupTCTG", "4 bases are named, the positions hold 3"),
        ("c.863_860dup", "in the wrong order"),
        ("c.(860_863)dup", "does not name an exact position"),
        ("c.433-?_4086+?dup", "does not name an exact position"),
        ("c.[860_863dup;1000A>G]", "more than one change"),
        ("c.860_863dupTCTGx", "is not understood"),
        ("c.860_861ins", "which bases were inserted"),
        ("exon 12 insertion", "no position in the coding sequence"),
        ("c.35GA", "not a change of the sequence"),
    ],
)
def test_text_that_is_not_one_exact_coding_change_is_reported_never_guessed(text: str, says: str) -> None:
    with pytest.raises(NotUnderstood) as fault:
        read_coding(text)
    assert says in str(fault.value)
    change = read_change(text, None)
    assert not change.described
    assert says in " ".join(change.unread)


@pytest.mark.parametrize(
    ("text", "effect", "codon", "residue"),
    [
        ("p.W288Cfs*12", Effect.FRAMESHIFT, 288, "W"),
        ("ENSP00000296930.5:p.Trp288CysfsTer12", Effect.FRAMESHIFT, 288, "W"),
        ("p.(Trp288fs)", Effect.FRAMESHIFT, 288, "W"),
        ("p.Trp288fs (NM_002520.6)", Effect.FRAMESHIFT, 288, "W"),
        ("W288FS*10+", Effect.FRAMESHIFT, 288, "W"),
        ("p.W288fs*>9", Effect.FRAMESHIFT, 288, "W"),
        ("D835Y", Effect.MISSENSE, 835, "D"),
        ("p. R882C", Effect.MISSENSE, 882, "R"),
        ("p.Arg319*", Effect.NONSENSE, 319, "R"),
        ("p.R319X", Effect.NONSENSE, 319, "R"),
        ("p.I836del", Effect.IN_FRAME_DELETION, 836, "I"),
        ("p.K313dup", Effect.IN_FRAME_INSERTION, 313, "K"),
        ("p.T598_Y599insDVDFREYE", Effect.IN_FRAME_INSERTION, 598, "T"),
        ("p.E598_Y599ins12", Effect.IN_FRAME_INSERTION, 598, "E"),
        ("p.N257_L258delinsI", Effect.IN_FRAME_INDEL, 257, "N"),
        ("p.E598_Y599ins*", Effect.NONSENSE, 598, "E"),
        ("p.X307_splice", Effect.SPLICE_SITE, 307, None),
        ("p.Leu245%3D", Effect.SYNONYMOUS, 245, "L"),
        ("p.Ter128GlnextTer2", Effect.STOP_LOST, 128, "*"),
        ("p.M1?", Effect.START_LOST, 1, "M"),
        ("p.?", None, None, None),
    ],
)
def test_a_protein_change_is_read_in_one_and_three_letter_code(
    text: str, effect: Effect | None, codon: int | None, residue: str | None
) -> None:
    change = read_change(None, text)
    assert change.unread == ()
    assert (change.effect, change.codon, change.residue) == (effect, codon, residue)


@pytest.mark.parametrize("text", ["p.V51", "p.686_687del", "Foundation", "p.P345?S356del", "R140Q)", "p.R882H;p.R320*"])
def test_a_protein_text_that_is_not_one_change_is_reported(text: str) -> None:
    change = read_change(None, text)
    assert change.unread
    assert change.effect is None


@given(
    before=st.sampled_from(sorted(set(RESIDUES) - {"*"})),
    number=st.integers(1, 999),
    after=st.sampled_from([*RESIDUES]),
)
def test_one_and_three_letter_code_of_one_change_read_alike(before: str, number: int, after: str) -> None:
    short = read_change(None, f"p.{before}{number}{after}")
    long = read_change(None, f"p.{RESIDUES[before]}{number}{RESIDUES[after]}")
    assert short == long
    assert short.codon == number
    assert (short.effect is Effect.NONSENSE) == (after == "*")


@given(start=st.integers(1, 3000), length=st.integers(1, 40))
def test_a_deletion_shifts_the_frame_unless_its_length_is_a_multiple_of_three(start: int, length: int) -> None:
    text = f"c.{start}del" if length == 1 else f"c.{start}_{start + length - 1}del"
    change = read_change(text, None)
    assert change.net_bases == -length
    assert change.in_frame == (length % 3 == 0)


@given(text=st.text(max_size=25), kind=st.none() | st.text(max_size=12))
def test_no_text_whatever_raises_a_fault(text: str, kind: str | None) -> None:
    change = read_change(text, text, kind)
    if text.strip() and not change.unread:
        assert change.described or change.written


@pytest.mark.parametrize(
    ("text", "effect"),
    [
        ("c.1091_1095+4del", Effect.SPLICE_SITE),
        ("c.843+1G>T", Effect.SPLICE_SITE),
        ("c.843+7G>T", Effect.INTRONIC),
        ("c.-14C>T", Effect.UNTRANSLATED),
        ("c.2645G>A", None),
    ],
)
def test_what_the_coding_text_alone_tells_of_the_effect(text: str, effect: Effect | None) -> None:
    assert read_change(text, None).effect == effect


def test_coding_and_protein_text_that_contradict_each_other_leave_the_effect_open() -> None:
    change = read_change("c.863_864insTCTG", "p.K313dup")
    assert change.effect is None
    assert change.in_frame is None
    assert "the coding change reads as frameshift" in change.unread[0]


def test_the_kind_fills_in_the_effect_only_where_no_text_tells_it() -> None:
    assert read_change(None, None, "Frame_Shift_Ins").effect is Effect.FRAMESHIFT
    assert read_change("c.394C>T", None, "missense_variant&splice_region_variant").effect is Effect.MISSENSE
    assert read_change(None, "p.R132H", "frameshift").effect is Effect.MISSENSE
    assert read_change(None, None, "protein_altering_variant").effect is None


def test_a_coding_change_in_the_column_of_the_protein_is_read_for_what_it_says_it_is() -> None:
    assert read_change(None, "c.863_864insTCTG") == read_change("c.863_864insTCTG", None)
    assert read_change("p.D835Y", None) == read_change(None, "p.D835Y")
