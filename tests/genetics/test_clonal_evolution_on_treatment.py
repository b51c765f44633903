"""Clonal evolution beside treatment: the published patients, and what is noted of a drug that was given in between."""

from __future__ import annotations

import polars as pl
import pytest
from evolving_samples import PATIENTS, found, given_drugs, notes_of, panel, told, variants

import tenfold
from tenfold.genetics.evolution import evolution
from tenfold.records.timeline import placed


def thol_1() -> tuple[pl.DataFrame, pl.DataFrame]:
    """Patient 1 of Thol 2024; the day of the relapse is not published, that it came after more than a year is."""
    relapse = 700
    rows = variants(
        *(found(day, gene) for day in (0, relapse) for gene in ("NPM1", "TET2")),
        found(0, "FLT3", kind="ITD", allelic_ratio=0.21),
        found(relapse, "FLT3", kind="ITD", allelic_ratio=2.7),
        found(relapse, "NRAS"),
    )
    return rows, panel(0, relapse)


def test_the_first_patient_of_thol_has_a_rising_itd_and_a_new_nras_after_midostaurin() -> None:
    rows, tested = thol_1()
    steps = evolution(rows, tested, given_drugs("cytarabine+midostaurin", 1, 150, "7+3 plus midostaurin"))
    assert told(steps) == {
        "FLT3-ITD": "rising",
        "NPM1 exon 12, type not known": "persisting",
        "NRAS": "gained",
        "TET2": "persisting",
    }
    [itd] = steps.filter(change="FLT3-ITD").to_dicts()
    assert (itd["measure"], itd["measure_from"], itd["measure_to"]) == ("allelic ratio", 0.21, 2.7)
    assert itd["therapy"] == ["7+3 plus midostaurin"]
    assert "loss of heterozygosity" in notes_of(steps, "FLT3-ITD")
    assert "RAS pathway mutation on an inhibitor of FLT3" in notes_of(steps, "NRAS")


def test_a_mutation_of_a_gene_not_tested_before_is_not_called_gained() -> None:
    rows, _ = thol_1()
    steps = evolution(rows)
    assert told(steps)["NRAS"] == "not tested then"
    assert "seen for the first time: not tested before" in notes_of(steps, "NRAS")
    assert steps["therapy"].to_list() == [None] * 4


def test_the_published_patients_are_followed_by_the_order_of_their_samples() -> None:
    registry = tenfold.read(PATIENTS / "thol-2024")
    steps = evolution(placed(registry, "variants"), None, placed(registry, "treatments"))
    [itd] = steps.filter(change="FLT3-ITD").to_dicts()
    assert (itd["what"], itd["from_day"], itd["to_day"], itd["to_order"]) == ("rising", 0, None, 6)
    assert itd["therapy"] == ["7+3 plus midostaurin", "intermediate-dose cytarabine plus midostaurin"]
    [tp53] = steps.filter(gene="TP53").to_dicts()
    assert tp53["what"] == "not tested then"
    assert any(note.startswith("if it is new: TP53 is one of the main findings") for note in tp53["notes"])


@pytest.mark.parametrize(
    ("start", "end", "listed"),
    [
        (0, 10, ["x"]),
        (50, None, ["x"]),
        (-30, 10, ["x"]),
        (-30, -1, []),
        (-30, None, ["x (end not recorded)"]),
        (90, None, []),
        (None, None, ["x (start not recorded)"]),
    ],
)
def test_therapy_between_is_what_was_given_from_one_sample_to_the_next(
    start: int | None, end: int | None, listed: list[str]
) -> None:
    rows = variants(found(0, "TP53", "p.R175H", 0.1), found(90, "TP53", "p.R175H", 0.3))
    steps = evolution(rows, None, given_drugs("azacitidine+venetoclax", start, end, "x"))
    assert steps["therapy"].to_list() == [listed]


@pytest.mark.parametrize(
    ("start", "end", "begins"), [(10, 60, "TP53 is one"), (None, None, "if venetoclax was given by then: TP53 is one")]
)
def test_tp53_rising_on_venetoclax_is_noted_and_said_with_if_where_the_drug_is_in_doubt(
    start: int | None, end: int | None, begins: str
) -> None:
    rows = variants(found(0, "TP53", "p.R175H", 0.1), found(90, "TP53", "p.R175H", 0.4))
    steps = evolution(rows, None, given_drugs("azacitidine+venetoclax", start, end))
    assert notes_of(steps, "p.R175H").startswith(begins)
    assert notes_of(evolution(rows, None, given_drugs("azacitidine", 10, 60)), "p.R175H") == ""


def test_an_itd_lost_long_after_midostaurin_is_noted() -> None:
    rows = variants(
        found(0, "FLT3", kind="ITD", allelic_ratio=0.5),
        found(200, "FLT3", kind="ITD", allelic_ratio=0.5),
        found(500, "NPM1", kind="type A"),
    )
    steps = evolution(rows, panel(0, 200, 500), given_drugs("midostaurin", 5, 100)).filter(change="FLT3-ITD")
    assert steps["what"].to_list() == ["stable", "lost"]
    assert steps["therapy"].to_list() == [["midostaurin"], []]
    assert "lose the FLT3-ITD clone in relapse after midostaurin" in steps["notes"].to_list()[1][0]


def test_npm1_lost_says_that_its_transcripts_are_blind() -> None:
    rows = variants(found(0, "NPM1", hgvs_c="c.860_863dup"), found(400, "TET2", "p.Q1510*", 0.4))
    steps = evolution(rows, panel(0, 400))
    assert told(steps)["NPM1 type A"] == "lost"
    assert "NPM1 transcripts no longer show this leukaemia" in notes_of(steps, "NPM1 type A")


def test_a_switch_of_idh_isoform_needs_the_other_isoform_and_its_inhibitor() -> None:
    rows = variants(found(0, "IDH1", "p.R132H", 0.4), found(300, "IDH2", "p.R140Q", 0.3))
    switched = evolution(rows, panel(0, 300), given_drugs("ivosidenib", 20, 290))
    assert "switch from IDH1 to IDH2" in notes_of(switched, "p.R140Q")
    other_drug = evolution(rows, panel(0, 300), given_drugs("gilteritinib", 20, 290))
    assert "switch" not in notes_of(other_drug, "p.R140Q")
    alone = evolution(rows.filter(gene="IDH2"), panel(0, 300), given_drugs("ivosidenib", 20, 290))
    assert "switch" not in notes_of(alone, "p.R140Q")
