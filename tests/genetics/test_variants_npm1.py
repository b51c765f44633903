"""NPM1: one mutation, many spellings; the type follows the sequence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenfold.genetics.variants import Npm1Name, assay_may_miss, npm1_type, read_change
from tenfold.genetics.variants.npm1 import FIRST_BASE, PROTEIN, REFERENCE, mutated_sequence

bases = st.text(alphabet="ACGT", min_size=1, max_size=9)


def of(hgvs_c: str | None = None, hgvs_p: str | None = None, kind: str | None = None) -> Npm1Name:
    return npm1_type(read_change(hgvs_c, hgvs_p, kind)).name


@pytest.mark.parametrize("text", ["c.860_863dupTCTG", "c.860_863dup", "c.863_864insTCTG", "c.859_860insTCTG"])
def test_the_three_spellings_of_type_a_are_one_type(text: str) -> None:
    type_ = npm1_type(read_change(text, "p.W288Cfs*12"))
    assert type_.name is Npm1Name.A
    assert type_.sequence == "c.860_863dup"


@pytest.mark.parametrize(
    ("one", "other", "name"),
    [("c.863_864insCATG", "c.861_862insTGCA", Npm1Name.B), ("c.863_864insCCTG", "c.860_861insCTGC", Npm1Name.D)],
)
def test_both_spellings_of_types_b_and_d_are_one_type(one: str, other: str, name: Npm1Name) -> None:
    assert of(one) is name
    assert npm1_type(read_change(one, None)) == npm1_type(read_change(other, None))


@pytest.mark.parametrize(
    "text",
    [
        "c.863_864insCGTG",
        "c.869_870insTTTC",
        "c.867_868insAGGT",
        "c.869_873delGGAGGinsCTCTTGCCC",
        "c.869_873delinsCCCTGGAGA",
    ],
)
def test_another_exon_12_mutation_is_one_that_an_assay_for_a_b_and_d_may_miss(text: str) -> None:
    type_ = npm1_type(read_change(text, None))
    assert type_.name is Npm1Name.OTHER
    assert type_.exon_12
    assert assay_may_miss(type_)


@pytest.mark.parametrize(
    ("hgvs_c", "hgvs_p"),
    [
        ("c.850A>T", "p.I284F"),
        ("c.871A>G", "p.R291G"),
        (None, "p.K263R"),
        ("c.804_805insGCTAAATT", "p.I269Afs*7"),
        ("c.863_864insTCTGTC", None),
        ("c.860_861insTC", None),
        ("c.864G>A", "p.W288*"),
    ],
)
def test_missense_and_other_frameshifts_are_not_the_mutation_of_npm1_mutated_aml(
    hgvs_c: str | None, hgvs_p: str | None
) -> None:
    assert npm1_type(read_change(hgvs_c, hgvs_p)).exon_12 is False


@pytest.mark.parametrize("text", ["p.W288Cfs*12", "p.W288fs", "p.Trp288fs", "p.W290Rfs*10", "p.L287fs", "p.L258fs"])
def test_a_protein_change_alone_says_exon_12_but_not_which_type(text: str) -> None:
    type_ = npm1_type(read_change(None, text))
    assert type_.exon_12
    assert type_.name is Npm1Name.UNTYPED
    assert assay_may_miss(type_) is None


@pytest.mark.parametrize(
    ("hgvs_c", "hgvs_p"),
    [
        ("c.956_959dupTCTG", None),
        ("c.773_776dupTCTG", None),
        ("NM_199185.3:c.776_777insTCTG", None),
        (None, "p.W228fs*12"),
        ("c.862_863dupGG", None),
        ("exon 12 insertion", None),
    ],
)
def test_another_numbering_or_a_text_that_does_not_fit_leaves_the_type_not_known(
    hgvs_c: str | None, hgvs_p: str | None
) -> None:
    type_ = npm1_type(read_change(hgvs_c, hgvs_p))
    assert type_.name is Npm1Name.UNKNOWN
    assert type_.exon_12 is None
    assert assay_may_miss(type_) is None


def test_the_protein_says_exon_12_where_the_coding_change_is_numbered_on_another_transcript() -> None:
    assert of("NM_199185.3:c.776_777insTCTG", "p.W259Cfs*12") is Npm1Name.UNTYPED
    assert of("c.776_777insCGTG", "p.W288Cfs*12") is Npm1Name.UNTYPED


def test_npm1_mutated_without_another_word_is_the_exon_12_mutation_of_a_type_not_known() -> None:
    assert of() is Npm1Name.UNTYPED
    assert of(kind="frameshift") is Npm1Name.UNTYPED
    assert of(hgvs_p="p.?") is Npm1Name.UNKNOWN


def test_the_reference_translates_to_the_end_of_the_protein() -> None:
    from tenfold.genetics.variants.npm1 import CODONS

    coding = REFERENCE[: 885 - FIRST_BASE + 1]
    protein = "".join(CODONS[coding[at : at + 3]] for at in range(0, len(coding), 3))
    assert protein == PROTEIN[-21:] + "*"


@given(place=st.integers(850, 872), gained=bases)
def test_every_equivalent_shift_of_an_insertion_is_one_type(place: int, gained: str) -> None:
    """An insertion may be written one base further on wherever its first base equals the next of the reference."""
    first = npm1_type(read_change(f"c.{place}_{place + 1}ins{gained}", None))
    sequence = mutated_sequence(read_change(f"c.{place}_{place + 1}ins{gained}", None))
    while REFERENCE[place - FIRST_BASE + 1] == gained[0]:
        place, gained = place + 1, gained[1:] + gained[0]
        shifted = read_change(f"c.{place}_{place + 1}ins{gained}", None)
        assert mutated_sequence(shifted) == sequence
        assert npm1_type(shifted) == first


@given(place=st.integers(850, 872), length=st.integers(1, 9))
def test_a_duplication_and_the_insertion_of_the_same_bases_are_one_type(place: int, length: int) -> None:
    copied = REFERENCE[place - FIRST_BASE : place - FIRST_BASE + length]
    last = place + length - 1
    written = f"c.{place}dup" if length == 1 else f"c.{place}_{last}dup"
    duplicated = npm1_type(read_change(written, None))
    assert duplicated == npm1_type(read_change(f"c.{last}_{last + 1}ins{copied}", None))
    assert duplicated == npm1_type(read_change(f"{written}{copied}", None))
    assert duplicated == npm1_type(read_change(f"c.{place - 1}_{place}ins{copied}", None))


@given(place=st.integers(847, 874), gained=bases)
def test_the_sequence_that_a_type_names_makes_the_same_mutation_again(place: int, gained: str) -> None:
    type_ = npm1_type(read_change(f"c.{place}_{place + 1}ins{gained}", None))
    if type_.sequence is not None:
        assert npm1_type(read_change(type_.sequence, None)) == type_


@given(place=st.integers(847, 874), gained=bases)
def test_only_a_frameshift_by_one_base_more_than_whole_codons_is_an_exon_12_mutation(place: int, gained: str) -> None:
    type_ = npm1_type(read_change(f"c.{place}_{place + 1}ins{gained}", None))
    if type_.exon_12:
        assert len(gained) % 3 == 1
