"""What if, on a terminal: the clinical changes first, each reason once, and a response with what it is held against."""

from __future__ import annotations

from io import StringIO

from rich.console import Console

from registries import line, registry, remission, sample
from tenfold.assessment import assess
from tenfold.reports.card import card
from tenfold.reports.what_if import print_what_if, what_if_view
from tenfold.what_if.compare import what_if

TREATED = registry(
    treatments=[
        line(-90, "induction", "cytarabine", intensive=True),
        line(100, "pre-emptive", "venetoclax+azacitidine", line=2) | {"regimen": "VEN-AZA"},
    ],
    responses=[remission(0)],
    mrd_samples=[sample(30, "neg"), sample(60, 0.6), sample(90, 0.95, name="s90"), sample(150, "neg")],
)


def said(width: int = 100) -> str:
    console = Console(width=width, record=True, file=StringIO())
    print_what_if(console, what_if(TREATED, "p", ["NPM1 next 350/10^4"]))
    return console.export_text()


def test_the_molecular_state_comes_first_and_the_labels_of_the_sample_last() -> None:
    abouts = [row[0] for row in what_if_view(what_if(TREATED, "p", ["NPM1 next 350/10^4"]))["rows"]]
    assert abouts[0] == "molecular state"
    assert abouts.index("options and steps") < abouts.index("last sample")


def test_no_word_is_broken_and_a_reason_is_said_once() -> None:
    text = said()
    assert "Jimenez-Chillon-response" in text
    assert "ELN-MRD-2021-label" in text
    assert text.count("MRD relapse: no → yes") == 1


def test_stable_disease_after_a_negative_says_that_it_is_held_against_the_value_before_treatment() -> None:
    assert "held against s90, the last sample before VEN-AZA" in " ".join(said().split())
    [last] = card(assess(TREATED), "p")["molecular_responses"]
    assert last["said"].endswith("held against s90")
