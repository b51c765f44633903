"""Short texts that answers are read from are cut down to words, HGVS and ISCN, and read afterwards as they did before."""

from __future__ import annotations

import dataclasses
import time
from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenfold.cohort.simulation import simulate_registry
from tenfold.exchange.published import published
from tenfold.genetics.karyotype.frame import facts_frame
from tenfold.genetics.variants.change import read_change
from tenfold.records import TABLES, Kind, Registry
from tenfold.records.deidentify import Rules, deidentify
from tenfold.records.faults import Used
from tenfold.records.free_text import policy_of
from tenfold.records.identifying import looks_like
from tenfold.records.karyotypes_kept import karyotype_kept
from tenfold.records.kept_names import name_kept
from tenfold.records.kept_words import keeper_of, variant_kept
from tenfold.records.names import judge_gene, judge_marker
from tenfold.records.pseudonyms import weakness_of
from tenfold.records.timeline import placed

KEY = b"of 32 characters and nobody's guess"
D = date(2021, 3, 4)
NAMES = (
    "anna",
    "müller",
    "meier",
    "huber",
    "bern",
    "köln",
    "zürich",
    "inselspital",
    "bürgerspital",
    "schmidt",
    "keller",
)
COLUMNS = [
    (table.name, column.name)
    for table in TABLES.values()
    for column in table.columns
    if column.kind is Kind.TEXT and policy_of(table, column.name) == "kept" and column.name != "table"
]


@pytest.mark.parametrize(
    ("table", "column", "text", "left"),
    [
        ("transplants", "donor", "sister Anna Müller (Bern)", "sister [withheld] [withheld] ([withheld])"),
        ("transplants", "conditioning_intensity", "RIC 09/2021 Inselspital", "RIC #/# [withheld]"),
        ("transplants", "remission_before", "CR1 August 2021", "CR1 [withheld] #"),
        ("transplants", "hla_match", "9/10", "9/10"),
        ("transplants", "hla_match", "03/21", "#/#"),
        ("responses", "criteria", "ELN 2022 by Meier 05/2021", "ELN 2022 by [withheld] #/#"),
        ("treatments", "regimen", "Anna Müller Studie 03/21", "[withheld] [withheld] [withheld] #/#"),
        ("treatments", "regimen", "DA3+10, Prof. Schmidt", "DA3+10, [withheld]. [withheld]"),
        ("treatments", "regimen", "7+3 plus midostaurin", "7+3 plus midostaurin"),
        ("treatments", "regimen", "Venetoklax bei Keller", "ven [withheld] [withheld]"),
        ("reported_outcomes", "event_kind", "died in Bern May 3rd", "died in [withheld] [withheld] [withheld]"),
        ("patients", "treatment_intent", "Heilung Köln Bürgerspital", "[withheld] [withheld] [withheld]"),
        ("patients", "day_zero", "diagnosis Hans Meier 04/2021", "diagnosis [withheld] [withheld] #/#"),
        ("variants", "hgvs_c", "NM_002520.7:c.860_863dup Meier", "NM_002520.7:c.860_863dup [withheld]"),
        ("variants", "hgvs_c", "MEIER:c.860_863dup", "[withheld]:c.860_[withheld]"),
        ("variants", "kind", "insertion (Dr Huber)", "insertion ([withheld] [withheld])"),
        (
            "mrd_samples",
            "assay",
            "MutaQuant NPM1 A, Frau Huber, 2021-05",
            "MutaQuant NPM1 A, [withheld] [withheld], #-#",
        ),
        (
            "genes_tested",
            "method",
            "fragment analysis, Labor Zürich 8812",
            "fragment analysis, [withheld] [withheld] #",
        ),
        ("karyotypes", "iscn", "46,XX[20] Müller Anna, Labor 21-3344", "46,XX[20] withheld withheld, withheld 21-0000"),
    ],
)
def test_names_places_and_dates_go_and_what_is_read_stays(table: str, column: str, text: str, left: str) -> None:
    kept = keeper_of(table, column)(text)
    assert kept == left
    assert not any(name in kept.casefold() for name in NAMES)


@pytest.mark.parametrize(("table", "column"), COLUMNS)
@given(
    words=st.lists(
        st.sampled_from(("Müller", "Inselspital", "Schmidt", "Bürgerspital", "Huber")), min_size=1, max_size=4
    )
)
def test_no_kept_column_keeps_a_name_that_is_in_no_list(table: str, column: str, words: list[str]) -> None:
    for text in (" ".join(words), ", ".join(words), "46,XX[20] " + "(".join(words)):
        kept = keeper_of(table, column)(text).casefold()
        assert not any(word.casefold() in kept for word in words)


def test_what_published_and_simulated_patients_say_is_kept_as_it_is() -> None:
    for registry in (
        published(),
        simulate_registry(60, 1, "npm1").registry,
        simulate_registry(60, 1, "mixed").registry,
    ):
        for table, column in COLUMNS:
            if table in registry.tables:
                for text in registry.table(table)[column].drop_nulls().unique():
                    assert keeper_of(table, column)(text) == text


KARYOTYPES = (
    "46,XX[20], Befund Dr. Keller vom 03.05.2021",
    "47,XY,+8[9]/46,XY[11] Labor Bürgerspital 2021/3344",
    "45,XX,-7[15]/46,XX[5]; seen by Meier",
    "46,XX,t(8;21)(q22;q22)[20].nuc ish(RUNX1T1x2),(RUNX1x2)[200]",
    "46,XX[20].nuc ish(ABCx3)[20]",
    "46,XX[20] (Monozyten 7)",
    "46,XY,t(8;21) ausgeschlossen durch Frau Huber",
    "Kein Hinweis auf Monosomie 7, Prof. Schmidt",
    "komplexer Karyotyp, Keller",
    "46,XX,qwz(5)(q3)[20]",
    "Kultur misslungen (Huber)",
    "abn(5q)",
)


def test_a_karyotype_says_after_its_words_were_withheld_what_it_said_before() -> None:
    kept = [karyotype_kept(text) for text in KARYOTYPES]
    before, after = (facts_frame(pl.Series(texts)).drop("unread") for texts in (KARYOTYPES, kept))
    assert before.equals(after)
    assert not any(name in text.casefold() for name in NAMES for text in kept)
    assert not any(number in text for number in ("2021", "3344", "03.05") for text in kept)


@pytest.mark.parametrize(
    "text",
    [
        "NM_002520.6:c.860_863dupTCTG", "c.863_864insTATG", "p.(Trp288CysfsTer12)", "p.W288Cfs*12", "c.2503G>T", "p.Asp835Tyr",
        "NP_002511.1:p.Trp288fs", "c.375-2A>G", "p.D835del", "c.1773_1774insCAGGTG", "c.860_863dup Huber", "seen by Keller",
        "p.?", "c.(?_860)_(863_?)dup", "p.Leu245=", "p.X307_splice",
    ],
)  # fmt: skip
def test_a_variant_is_read_after_its_words_were_withheld_as_it_was_before(text: str) -> None:
    kept = variant_kept(text)
    for before, after in (
        (read_change(text, None), read_change(kept, None)),
        (read_change(None, text), read_change(None, kept)),
    ):
        old, new = dataclasses.asdict(before), dataclasses.asdict(after)
        assert bool(old.pop("unread")) == bool(new.pop("unread"))
        assert old == new
    assert "huber" not in kept.casefold()
    assert "keller" not in kept.casefold()


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Kind.GENE, "FLT3"),
        (Kind.MARKER, "RUNX1::RUNX1T1"),
        (Kind.MARKER, "FLT3-ITD"),
        (Kind.MARKER, "LAIP/DfN"),
        (Kind.DRUGS, "azacitidine+venetoclax"),
        (Kind.DRUGS, "oral cytarabine"),
    ],
)
def test_names_that_are_known_stay(kind: Kind, text: str) -> None:
    assert name_kept(text, kind, KEY) == text


@given(st.sampled_from(("MEIER", "HUBER", "ANNA-MEIER", "KELLER60")), st.sampled_from(("NPM1", "MEIER", "RUNX1")))
def test_a_surname_in_capitals_is_no_gene_and_is_the_same_in_every_column(name: str, partner: str) -> None:
    symbol = name_kept(name, Kind.GENE, KEY)
    assert name_kept(name, Kind.MARKER, KEY) == symbol
    assert name_kept(f"{name}::{partner}", Kind.MARKER, KEY).split("::")[0] == symbol
    assert judge_gene(symbol).used is Used.KEPT
    assert judge_marker(symbol).used is Used.KEPT
    assert name not in symbol


def test_a_drug_that_is_not_known_keeps_no_name_and_stays_another_than_others() -> None:
    texts = ("azacitidine+Anna Keller", "azacitidine+Studie Huber", "Vidaza oral, Bern")
    kept = [name_kept(text, Kind.DRUGS, KEY) for text in texts]
    assert kept[0].startswith("azacitidine+[withheld] [withheld] [")
    assert len(set(kept)) == len(texts)
    assert not any(name in text.casefold() for text in kept for name in (*NAMES, "studie"))


def test_two_regimens_that_are_cut_down_to_the_same_words_stay_two() -> None:
    rows = [
        {"patient_id": "A1", "start_date": D, "regimen": "Studie Keller"},
        {"patient_id": "A1", "start_date": date(2021, 5, 1), "regimen": "Studie Huber"},
        {"patient_id": "A1", "start_date": date(2021, 6, 1), "regimen": "Studie Keller"},
    ]
    registry = Registry.from_tables({"patients": [{"patient_id": "A1"}], "treatments": rows})
    new = deidentify(registry, KEY).registry.table("treatments").sort("start_date")["regimen"].to_list()
    assert new[0] == new[2] != new[1]
    assert all(text.startswith("[withheld] [withheld] [") for text in new)


def test_a_place_in_a_sequence_that_is_a_date_is_counted_anew_and_the_order_stays() -> None:
    rows = [
        {
            "sample_id": f"s{i}",
            "patient_id": "A1",
            "sample_date": day,
            "marker": "NPM1",
            "detected": "no",
            "sequence": place,
        }
        for i, (day, place) in enumerate(((date(2021, 4, 4), 20210404), (date(2021, 5, 4), 20210504), (None, 20210420)))
    ]
    events = [{"patient_id": "A1", "event_date": None, "kind": "relapse", "sequence": 20210601}]
    registry = Registry.from_tables({"patients": [{"patient_id": "A1"}], "mrd_samples": rows, "events": events})
    for rules in (Rules(), Rules(relative=True)):
        new = deidentify(registry, KEY, rules).registry
        assert new.table("mrd_samples")["sequence"].to_list() == [1, 3, 2]
        assert new.table("events")["sequence"].to_list() == [4]
        order = [placed(one, "mrd_samples").sort("order")["earliest_day"].rank().to_list() for one in (registry, new)]
        assert order[0] == order[1]


@given(st.lists(st.integers(0, 10**8), min_size=1, max_size=8))
def test_places_keep_their_order_and_their_ties_and_nothing_else(places: list[int]) -> None:
    rows = [
        {"patient_id": "A1", "event_date": None, "kind": "infection", "detail": str(i), "sequence": place}
        for i, place in enumerate(places)
    ]
    registry = Registry.from_tables({"patients": [{"patient_id": "A1"}], "events": rows})
    old = registry.table("events")["sequence"].to_list()
    new = deidentify(registry, KEY).registry.table("events")["sequence"].to_list()
    told = sorted(set(old))
    assert new == [told.index(place) + (0 if told[0] == 0 else 1) for place in old]


def test_a_birth_early_in_1900_is_not_moved_out_of_what_is_read() -> None:
    for number in range(30):
        patients = [{"patient_id": f"A{number}", "birth_date": date(1900, 3, 1), "diagnosis_date": date(1985, 5, 1)}]
        registry = Registry.from_tables({"patients": patients})
        born = deidentify(registry, KEY).registry.table("patients")["birth_date"][0]
        assert born >= date(1900, 1, 1)


def test_a_cell_of_many_letters_does_not_hold_up_the_rest() -> None:
    """A pattern that tries every cut of so long a cell would take hours."""
    begun = time.process_time()
    for piece in ("a", "a@", "a.", "hosp", "dr ", "may ", "1 ", "0", "case:", "A1 ", "ish(", "c.1", "1/"):
        text = piece * (80_000 // len(piece))
        looks_like(text)
        looks_like(text + "@x")
        for table, column in (("treatments", "regimen"), ("variants", "hgvs_c"), ("karyotypes", "iscn")):
            keeper_of(table, column)(text[:50_000])
    assert time.process_time() - begun < 60


def test_a_key_that_was_made_by_hand_is_warned_of() -> None:
    assert weakness_of(b"12345678901234567890123456789012") is not None
    assert weakness_of(b"12345678" * 8) is not None
    assert weakness_of(b"0123456789abcdef" * 4) is None
    registry = Registry.from_tables({"patients": [{"patient_id": "A1"}]})
    assert any("can be guessed" in note for note in deidentify(registry, KEY).notes)
    strong = b"3f9a1c5e7b2d4860a1f3c5e7092b4d6f8a0c1e3f5a7b9d1c3e5f7092b4d6e8fa"
    assert not any("can be guessed" in note for note in deidentify(registry, strong).notes)
