"""Clonal evolution between samples: what is gained, lost, rises and falls, and what cannot be told."""

from __future__ import annotations

import polars as pl
import pytest
from evolving_samples import found, given_drugs, notes_of, panel, told, variants

from tenfold.genetics.evolution import evolution


def test_lost_needs_a_test_now() -> None:
    rows = variants(found(0, "TP53", "p.R175H", 0.4), found(0, "NRAS", "p.G12D", 0.1), found(90, "NRAS", "p.G12D", 0.1))
    assert told(evolution(rows, panel(0)))["p.R175H"] == "not tested now"
    assert told(evolution(rows, panel(0, 90)))["p.R175H"] == "lost"
    assert told(evolution(rows, panel(0, 90, genes=("NRAS",))))["p.R175H"] == "not tested now"


def test_a_fragment_analysis_loses_an_itd_and_no_tkd() -> None:
    rows = variants(
        found(0, "FLT3", kind="ITD", allelic_ratio=0.6),
        found(0, "FLT3", "p.D835Y", 0.2),
        found(90, "NPM1", kind="type A"),
    )
    steps = evolution(rows, panel(90, genes=("FLT3",), method="fragment analysis"))
    assert told(steps)["FLT3-ITD"] == "lost"
    assert told(steps)["p.D835Y"] == "not tested now"


def test_a_sample_tested_for_one_gene_does_not_part_the_samples_of_another() -> None:
    rows = variants(
        found(0, "TP53", "p.R175H", 0.4), found(300, "TP53", "p.R175H", 0.1), found(300, "NRAS", "p.Q61K", 0.3)
    )
    tested = pl.concat([panel(0, 300), panel(60, genes=("NPM1",), method="qPCR")])
    steps = evolution(rows, tested)
    [nras] = steps.filter(gene="NRAS").to_dicts()
    assert (nras["what"], nras["from_day"], nras["to_day"]) == ("gained", 0, 300)
    tp53 = steps.filter(gene="TP53").select("from_day", "to_day", "what").rows()
    assert tp53 == [(0, 60, "not tested now"), (0, 300, "falling")]


@pytest.mark.parametrize(
    ("then", "now", "what"),
    [
        (0.10, 0.15, "rising"),
        (0.10, 0.149, "stable"),
        (0.20, 0.25, "stable"),
        (0.40, 0.44, "stable"),
        (0.30, 0.45, "rising"),
        (0.45, 0.30, "falling"),
        (0.01, 0.05, "stable"),
        (0.3, None, "persisting"),
    ],
)
def test_rising_and_falling_need_a_difference_and_a_multiple(then: float, now: float | None, what: str) -> None:
    steps = evolution(variants(found(0, "TP53", "p.R175H", then), found(30, "TP53", "p.R175H", now)))
    assert steps["what"].to_list() == [what]


def test_an_allelic_ratio_is_never_compared_with_an_allele_fraction() -> None:
    rows = variants(found(0, "FLT3", kind="ITD", allelic_ratio=0.9), found(30, "FLT3", kind="ITD", vaf=0.1))
    [step] = evolution(rows).to_dicts()
    assert (step["what"], step["measure"], step["measure_from"], step["measure_to"]) == ("persisting", None, None, None)


def test_itds_written_out_count_together_by_their_sum() -> None:
    first, second = "p.Y597_E598insDEYFYVDF", "p.D600_L601insFREYEYD"
    rows = variants(
        found(0, "FLT3", first, kind="ITD", allelic_ratio=0.2),
        found(0, "FLT3", second, kind="ITD", allelic_ratio=0.3),
        found(30, "FLT3", second, kind="ITD", allelic_ratio=0.5),
    )
    [step] = evolution(rows).to_dicts()
    assert (step["change"], step["what"], step["measure_from"]) == ("FLT3-ITD", "stable", 0.5)


def test_two_values_of_one_change_in_one_sample_are_not_compared() -> None:
    rows = variants(
        found(0, "TP53", "p.R175H", 0.1), found(0, "TP53", "p.R175H", 0.4), found(30, "TP53", "p.R175H", 0.6)
    )
    steps = evolution(rows)
    assert told(steps) == {"p.R175H": "persisting"}
    assert "several values in one sample" in notes_of(steps, "p.R175H")


def test_one_npm1_type_written_in_three_ways_is_one_change() -> None:
    rows = variants(
        found(0, "NPM1", hgvs_c="c.860_863dup"),
        found(30, "NPM1", hgvs_c="c.863_864insTCTG"),
        found(60, "NPM1"),
    )
    steps = evolution(rows, panel(0, 30, 60))
    assert steps["change"].to_list() == ["NPM1 type A"] * 2
    assert steps["what"].to_list() == ["persisting"] * 2


def test_a_change_of_npm1_type_is_a_loss_and_a_gain() -> None:
    rows = variants(found(0, "NPM1", hgvs_c="c.860_863dup"), found(30, "NPM1", hgvs_c="c.863_864insCATG"))
    assert told(evolution(rows, panel(0, 30))) == {"NPM1 type A": "lost", "NPM1 type B": "gained"}


def test_two_exchanges_at_one_codon_are_two_changes() -> None:
    rows = variants(found(0, "NRAS", "p.G12D", 0.3), found(90, "NRAS", "p.G12V", 0.3))
    assert told(evolution(rows, panel(0, 90))) == {"p.G12D": "lost", "p.G12V": "gained"}


def test_a_change_written_by_its_coding_text_later_is_the_same() -> None:
    rows = variants(found(0, "TP53", "p.R175H", 0.3), found(90, "TP53", None, 0.5, hgvs_c="c.524G>A"))
    assert told(evolution(rows, panel(0, 90))) == {"p.R175H": "rising"}


def test_a_gene_named_alone_leaves_its_several_changes_open() -> None:
    rows = variants(found(0, "TP53", "p.R175H", 0.3), found(0, "TP53", "p.Y220C", 0.2), found(90, "TP53", None, 0.2))
    steps = evolution(rows, panel(0, 90))
    assert told(steps) == {"p.R175H": None, "p.Y220C": None}
    assert "without saying which" in notes_of(steps, "p.Y220C")


def test_a_mutation_called_benign_later_is_not_lost() -> None:
    rows = variants(found(0, "RUNX1", "p.R204Q", 0.48), found(90, "RUNX1", "p.R204Q", 0.5, pathogenic=False))
    steps = evolution(rows, panel(0, 90))
    assert told(steps) == {"p.R204Q": None}
    assert "called benign or germline" in notes_of(steps, "p.R204Q")


def test_germline_and_common_inherited_variants_do_not_evolve() -> None:
    rows = variants(found(0, "DDX41", "p.M1I", 0.5, germline=True), found(0, "TP53", "p.P72R", 0.5), found(30, "NRAS"))
    assert set(evolution(rows, panel(0, 30))["gene"]) == {"NRAS"}


def test_a_variant_without_a_day_is_noted_and_does_not_sink_the_others() -> None:
    rows = variants(found(0, "TP53", "p.R175H", 0.1), found(90, "TP53", "p.R175H", 0.3), found(None, "TP53", "p.R175H"))
    steps = evolution(rows)
    assert told(steps) == {"p.R175H": "rising"}
    assert "also reported without a day" in notes_of(steps, "p.R175H")


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pl.DataFrame({"patient_id": ["a"], "gene": ["TP53"]}), "variants has no column sample_day"),
        (pl.DataFrame({"patient_id": ["a"], "sample_day": [0]}), "variants has no column gene"),
        (
            pl.DataFrame({"patient_id": ["a"], "gene": ["TP53"], "sample_day": ["2024-01-05"]}),
            "sample_day of the frame variants holds String: give days as numbers",
        ),
    ],
)
def test_a_frame_that_cannot_be_placed_is_refused_in_plain_words(frame: pl.DataFrame, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        evolution(frame)


def test_orders_and_days_are_never_mixed() -> None:
    rows = variants(found(0, "TP53")).with_columns(order=pl.lit(1))
    with pytest.raises(ValueError, match="only one of the frames variants and genes_tested has a column order"):
        evolution(rows, panel(0))


def test_no_variants_give_no_steps() -> None:
    assert evolution(variants(), panel(0, 30), given_drugs("venetoclax", 1)).height == 0
