"""Changes as few reports write them: read as the nomenclature means them, and reported where they say too little."""

from __future__ import annotations

import pytest

from tenfold.genetics.variants import read_change
from tenfold.genetics.variants.coding import Edit, read_coding
from tenfold.genetics.variants.flt3 import OTHER, flt3_finding
from tenfold.genetics.variants.npm1 import PROTEIN, Npm1Name, npm1_type
from tenfold.genetics.variants.protein import Effect, read_protein
from tenfold.genetics.variants.scanner import NotUnderstood


@pytest.mark.parametrize(
    ("text", "edit", "net"),
    [
        ("c.863_866inv", Edit.INVERSION, 0),
        ("c.863=", Edit.NONE, 0),
        ("c.863A=", Edit.NONE, 0),
        ("c.1837_1838insN[30]", Edit.INSERTION, 30),
        ("c.1837_1838ins(30)", Edit.INSERTION, 30),
        ("c.1837_1838insANNT", Edit.INSERTION, 4),
    ],
)
def test_a_rare_coding_change_is_read_with_the_bases_it_gains(text: str, edit: Edit, net: int) -> None:
    change = read_coding(text)
    assert (change.edit, change.net_bases) == (edit, net)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("c.375+A>G", "no position in the intron"),
        ("c.863A>", "what the base became"),
        ("c.1837_1838ins(30", "is not understood"),
    ],
)
def test_a_coding_change_that_breaks_off_is_reported(text: str, says: str) -> None:
    with pytest.raises(NotUnderstood, match=says):
        read_coding(text)


@pytest.mark.parametrize(
    ("text", "effect", "net"),
    [
        ("p.=", Effect.SYNONYMOUS, None),
        ("p.?", None, None),
        ("p.0", Effect.START_LOST, None),
        ("p.Glu746_Ala750delGluLeuArgGluAlainsGln", Effect.IN_FRAME_INDEL, -4),
        ("p.R140QA", Effect.IN_FRAME_INDEL, 1),
        ("p.Asp593_Phe594ins12", Effect.IN_FRAME_INSERTION, 12),
        ("p.Asp593_Phe594ins(12)", Effect.IN_FRAME_INSERTION, 12),
        ("p.*295Lext*17", Effect.STOP_LOST, None),
        ("p.*295ext*17", Effect.STOP_LOST, None),
        ("p.Met1ext-5", None, None),
    ],
)
def test_a_rare_protein_change_is_read_with_the_residues_it_gains(
    text: str, effect: Effect | None, net: int | None
) -> None:
    change = read_protein(text)
    assert (change.effect, change.net_residues) == (effect, net)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("g.170837543", "is not a change of the protein"),
        ("p.A750_E746del", "in the wrong order"),
        ("p.R140_W145insK", "between two neighbouring residues"),
        ("p.Asp593_Phe594ins", "which residues were inserted, nor how many"),
        ("p.R140", "what became of residue 140"),
    ],
)
def test_a_protein_change_that_breaks_off_or_cannot_be_is_reported(text: str, says: str) -> None:
    with pytest.raises(NotUnderstood, match=says):
        read_protein(text)


@pytest.mark.parametrize(
    ("text", "effect"),
    [
        ("c.863=", Effect.SYNONYMOUS),
        ("c.10_15delinsACGTAC", None),
        ("c.10_15delinsACG", Effect.IN_FRAME_INDEL),
        ("c.375+10_376-10del", Effect.INTRONIC),
        ("c.375+10_377-10del", Effect.SPLICE_SITE),
        ("c.375+10_375+20del", Effect.INTRONIC),
    ],
)
def test_an_indel_of_one_length_tells_no_effect_and_only_what_lies_in_one_intron_is_intronic(
    text: str, effect: Effect | None
) -> None:
    assert read_change(text, None).effect == effect


def test_a_synonymous_change_of_flt3_is_none_of_its_activating_mutations() -> None:
    assert flt3_finding(read_change(None, "p.D835=")) == (OTHER, None)


@pytest.mark.parametrize(
    ("coding", "protein", "name", "says"),
    [
        ("c.863_864del", None, Npm1Name.OTHER, None),
        ("c.860_863inv", None, Npm1Name.NOT_EXON_12, "does not shift the reading frame"),
        ("c.863_864delins30", None, Npm1Name.UNTYPED, "the inserted bases are not named"),
        ("c.847-1_847insA", None, Npm1Name.NOT_EXON_12, "a splice site change"),
        ("c.884_885insA", None, Npm1Name.NOT_EXON_12, "does not end as exon 12 mutants do"),
        (None, f"p.{PROTEIN[249]}250fs", Npm1Name.NOT_EXON_12, "before exon 12"),
        (None, "p.W288Cfs*20", Npm1Name.UNTYPED, "the new stop named does not fit a mutant of 298 residues"),
        (None, "p.W288Cfs*12", Npm1Name.UNTYPED, None),
    ],
)
def test_a_rare_change_of_npm1_is_the_mutation_of_npm1_mutated_aml_only_where_its_sequence_reads_on_as_those_do(
    coding: str | None, protein: str | None, name: Npm1Name, says: str | None
) -> None:
    found = npm1_type(read_change(coding, protein))
    assert found.name == name
    assert says is None or says in (found.remark or "")
