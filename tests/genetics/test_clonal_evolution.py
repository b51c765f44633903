"""Clonal evolution between samples: what is gained, lost, rises and falls, and what cannot be told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tenfold
from tenfold.genetics.evolution import evolution
from tenfold.records.timeline import placed

PATIENTS = Path(tenfold.__file__).parent / "evidence" / "patients"
PANEL = ("NPM1", "FLT3", "TET2", "NRAS", "TP53", "IDH1", "IDH2", "KRAS", "RUNX1")
VARIANT: dict[str, Any] = {
    "patient_id": pl.String,
    "sample_day": pl.Int64,
    "gene": pl.String,
    "hgvs_c": pl.String,
    "hgvs_p": pl.String,
    "kind": pl.String,
    "vaf": pl.Float64,
    "allelic_ratio": pl.Float64,
    "germline": pl.Boolean,
    "pathogenic": pl.Boolean,
}
TREATMENT: dict[str, Any] = {
    "patient_id": pl.String,
    "start_day": pl.Int64,
    "end_day": pl.Int64,
    "regimen": pl.String,
    "drugs": pl.String,
}


def found(
    day: int | None, gene: str, hgvs_p: str | None = None, vaf: float | None = None, **more: Any
) -> dict[str, Any]:
    return {"patient_id": "a", "sample_day": day, "gene": gene, "hgvs_p": hgvs_p, "vaf": vaf, **more}


def variants(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame([{name: row.get(name) for name in VARIANT} for row in rows], VARIANT)


def panel(*days: int, genes: tuple[str, ...] = PANEL, method: str | None = "NGS panel") -> pl.DataFrame:
    rows = [{"patient_id": "a", "sample_day": day, "gene": gene, "method": method} for day in days for gene in genes]
    return pl.DataFrame(rows)


def given_drugs(drugs: str, start: int | None, end: int | None = None, regimen: str | None = None) -> pl.DataFrame:
    return pl.DataFrame([("a", start, end, regimen, drugs)], TREATMENT, orient="row")


def told(frame: pl.DataFrame) -> dict[str, str | None]:
    return {row["change"]: row["what"] for row in frame.to_dicts()}


def notes_of(frame: pl.DataFrame, change: str) -> str:
    [notes] = frame.filter(change=change)["notes"].to_list()
    return "; ".join(notes)


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


# ---- Against an independent walk over one patient after another.

CHANGES = {
    "p.R175H": ("TP53", {"hgvs_p": "p.R175H"}),
    "p.Y220C": ("TP53", {"hgvs_p": "p.Y220C"}),
    "p.G12D": ("NRAS", {"hgvs_p": "p.G12D"}),
    "NPM1 type A": ("NPM1", {"hgvs_c": "c.860_863dup"}),
    "FLT3-ITD": ("FLT3", {"kind": "ITD"}),
    "p.D835Y": ("FLT3", {"hgvs_p": "p.D835Y"}),
}
FRACTIONS = (0.02, 0.1, 0.15, 0.3, 0.35, 0.6)
SAMPLES = st.dictionaries(
    st.integers(0, 6).map(lambda k: 30 * k),
    st.tuples(
        st.dictionaries(st.sampled_from(sorted(CHANGES)), st.sampled_from([None, *FRACTIONS])),
        st.sets(st.sampled_from(["TP53", "NRAS", "NPM1", "FLT3"])),
    ),
    max_size=5,
)
PEOPLE = st.dictionaries(st.sampled_from(["a", "b", "c"]), SAMPLES, min_size=1)


def frames(people: dict[str, Any]) -> tuple[pl.DataFrame, pl.DataFrame]:
    rows, tests = [], []
    for patient, samples in people.items():
        for day, (seen, genes) in samples.items():
            tests += [{"patient_id": patient, "sample_day": day, "gene": gene} for gene in sorted(genes)]
            for change, vaf in seen.items():
                gene, text = CHANGES[change]
                rows.append({**found(day, gene, vaf=vaf), "patient_id": patient, **text})
    return variants(*rows), pl.DataFrame(tests, {"patient_id": pl.String, "sample_day": pl.Int64, "gene": pl.String})


def walked(samples: dict[int, Any]) -> set[tuple[str, int, int, str]]:
    """What the evolution should say of one patient, change by change, sample by sample."""
    days = sorted(day for day, (seen, genes) in samples.items() if seen or genes)
    steps = set()
    for change, (gene, _) in CHANGES.items():
        if not any(change in samples[day][0] for day in days):
            continue
        last: tuple[int, bool, float | None] | None = None
        for position, day in enumerate(days):
            seen, genes = samples[day]
            if change in seen:
                value = seen[change]
                if last is None:
                    if position:
                        steps.add((change, days[position - 1], day, "not tested then"))
                elif not last[1]:
                    steps.add((change, last[0], day, "gained"))
                elif value is None or last[2] is None:
                    steps.add((change, last[0], day, "persisting"))
                else:
                    small, large = sorted((value, last[2]))
                    moved = round(large - small, 6) >= 0.05 and round(large - 1.5 * small, 6) >= 0
                    direction = "rising" if value > last[2] else "falling"
                    steps.add((change, last[0], day, direction if moved else "stable"))
                last = (day, True, value)
            elif gene in genes:
                if last is not None and last[1]:
                    steps.add((change, last[0], day, "lost"))
                last = (day, False, None)
            elif last is not None and last[1]:
                steps.add((change, last[0], day, "not tested now"))
    return steps


@given(PEOPLE)
def test_every_step_is_the_one_of_a_walk_over_the_samples(people: dict[str, Any]) -> None:
    rows, tests = frames(people)
    steps = evolution(rows, tests)
    said = {tuple(row) for row in steps.select("patient_id", "change", "from_day", "to_day", "what").rows()}
    assert said == {(patient, *step) for patient, samples in people.items() for step in walked(samples)}
    assert steps.height == len(said)


@given(PEOPLE, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(people: dict[str, Any], random: Any) -> None:
    rows, tests = frames(people)
    drugs = pl.DataFrame(
        [(p, s, None, None, d) for p in people for s, d in ((10, "venetoclax"), (40, "midostaurin"))],
        TREATMENT,
        orient="row",
    )
    mixed = [frame[random.sample(range(frame.height), frame.height)] for frame in (rows, tests, drugs)]
    assert evolution(*mixed).equals(evolution(rows, tests, drugs))


@given(PEOPLE, st.randoms(use_true_random=False))
def test_a_test_not_recorded_or_a_change_not_written_out_never_makes_a_loss(
    people: dict[str, Any], random: Any
) -> None:
    rows, tests = frames(people)
    fewer = tests.filter(pl.Series([random.random() < 0.5 for _ in range(tests.height)], dtype=pl.Boolean))
    blurred = pl.Series([random.random() < 0.5 for _ in range(rows.height)], dtype=pl.Boolean)
    vague = rows.with_columns(
        pl.when(blurred).then(None).otherwise(pl.col(name)).alias(name) for name in ("hgvs_c", "hgvs_p", "kind")
    )
    after = evolution(vague, fewer).filter(what="lost")
    for patient, gene, day in after.select("patient_id", "gene", "to_day").rows():
        seen, genes = people[patient][day]
        earlier = {change for other, (changes, _) in people[patient].items() if other < day for change in changes}
        assert gene in genes
        assert any(CHANGES[change][0] == gene for change in earlier - set(seen))


@given(PEOPLE)
def test_lost_and_gained_always_rest_on_a_test(people: dict[str, Any]) -> None:
    rows, tests = frames(people)
    looked = set(tests.select("patient_id", "gene", "sample_day").rows())
    for step in evolution(rows, tests).to_dicts():
        if step["what"] in ("lost", "gained"):
            day = step["to_day"] if step["what"] == "lost" else step["from_day"]
            assert (step["patient_id"], step["gene"], day) in looked
