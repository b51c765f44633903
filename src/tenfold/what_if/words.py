"""The words in which a change may be written, and the error that names the word that is not one of them."""

from __future__ import annotations

import math
from difflib import SequenceMatcher
from functools import cache

from tenfold.guidance.venetoclax.interactions import QT_WITH_AZOLE, listed
from tenfold.mrd.markers import MARKERS
from tenfold.records.lexicon import genes, synonyms
from tenfold.records.names import CHANGES, FLOW
from tenfold.records.nearest import bare, nearest, one_slip
from tenfold.vocabulary import EventKind, Method, Response, Tissue

FORMS = (
    "NPM1 next 350/10^4",
    "NPM1 next 0.5% ABL1",
    "NPM1 blood next 12/10^5 in 28 days",
    "NPM1 next negative adequate",
    "NPM1 next negative ABL1 20000",
    "adequate ABL1 20000",
    "FLT3-ITD mutated",
    "TP53 wild type",
    "IDH2 R140Q at diagnosis",
    "RUNX1::RUNX1T1 found",
    "GVHD active",
    "chronic GVHD absent",
    "extramedullary absent",
    "ECOG 2",
    "unfit for intensive",
    "transplant eligible",
    "marrow blasts 12%",
    "platelets 60",
    "relapse",
    "CR",
    "posaconazole",
)
"""One example of each thing that can be supposed."""
ACTIVE = ("active", "present", "found", "yes")
ABSENT = ("absent", "none", "resolved", "no")
NUMBERS = {
    "marrow blasts": ("marrows", "blasts_pct"),
    "blasts": ("marrows", "blasts_pct"),
    "blood blasts": ("counts", "blasts_pb_pct"),
    "neutrophils": ("counts", "anc_e9_l"),
    "platelets": ("counts", "platelets_e9_l"),
    "leucocytes": ("counts", "wbc_e9_l"),
    "haemoglobin": ("counts", "haemoglobin_g_dl"),
    "ecog": ("status", "ecog"),
}
"""A quantity -> where it is recorded."""
STATUS = {
    "fit": ("fit_for_intensive", "yes"),
    "fit for intensive": ("fit_for_intensive", "yes"),
    "unfit": ("fit_for_intensive", "no"),
    "not fit": ("fit_for_intensive", "no"),
    "unfit for intensive": ("fit_for_intensive", "no"),
    "not fit for intensive": ("fit_for_intensive", "no"),
    "eligible": ("transplant_eligible", "yes"),
    "eligible for transplant": ("transplant_eligible", "yes"),
    "transplant eligible": ("transplant_eligible", "yes"),
    "not eligible": ("transplant_eligible", "no"),
    "not eligible for transplant": ("transplant_eligible", "no"),
    "transplant not eligible": ("transplant_eligible", "no"),
    "not transplant eligible": ("transplant_eligible", "no"),
}
"""A judgement of the patient -> its column and cell."""
LEAST_ALIKE, MUCH_ALIKE = 0.7, 0.8
"""Shares of letters in common: under the first a word is not looked at, from the second it may be meant."""
SHORTEST_FOR_A_SLIP = 4
UNITS = {"day": 1, "days": 1, "week": 7, "weeks": 7}
OTHER_WORDS = "next sample adequate inadequate negative positive detected undetectable mutated wild type diagnosis now VAF ratio grade relapse intensive transplant"
GVHD = (EventKind.ACUTE_GVHD, EventKind.CHRONIC_GVHD)


class NotUnderstoodError(ValueError):
    """A change that cannot be understood: says which word, what may have been meant, and what can be supposed."""

    def __init__(self, text: str, why: str) -> None:
        self.text = text
        super().__init__(
            f'"{text}": {why}{"" if why.endswith("?") else "."} What can be supposed, for example: {"; ".join(FORMS)}'
        )


@cache
def events() -> dict[str, tuple[EventKind, ...]]:
    """A word for an event, in small letters -> the kinds that it may mean; a death cannot be supposed."""
    left_out = (EventKind.DEATH, EventKind.RELAPSE, EventKind.OTHER, EventKind.TOXICITY)
    kinds = {kind.lower(): (kind,) for kind in EventKind if kind not in left_out}
    other = {said: (EventKind(kind),) for said, kind in synonyms("EventKind").items() if kind not in left_out}
    return kinds | other | {"gvhd": GVHD}


@cache
def responses() -> dict[str, Response]:
    """A word for a response, in small letters -> the response."""
    left_out = (Response.DIED, Response.NOT_EVALUABLE, Response.RELAPSE)
    said = {word.lower(): word for word in Response} | {
        other: Response(word) for other, word in synonyms("Response").items()
    }
    return {name: word for name, word in said.items() if word not in left_out}


@cache
def tissues() -> dict[str, str]:
    """A word for a tissue, in small letters -> the tissue."""
    return {word.lower(): str(word) for word in Tissue} | synonyms("Tissue")


@cache
def methods() -> dict[str, str]:
    """A word for a method, in small letters -> the method."""
    return {word.lower(): str(word) for word in Method} | synonyms("Method")


@cache
def medicines() -> frozenset[str]:
    """The medicines that may be supposed: those whose effect on venetoclax is listed, and no treatment of leukaemia."""
    return frozenset(listed()) - set(QT_WITH_AZOLE)


@cache
def markers() -> dict[str, str]:
    """A gene, kind of change or phenotype in capitals -> as it is written in records."""
    return {name.upper(): name for name in (*genes(), *CHANGES, *FLOW)}


@cache
def _vocabulary() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words of the changes with the markers that are followed, then every other gene."""
    phrases = (*NUMBERS, *STATUS, *events(), *responses(), *tissues(), *methods(), *medicines())
    common = (*OTHER_WORDS.split(), "GVHD", "ECOG", *MARKERS, *(word for phrase in phrases for word in phrase.split()))
    return common, tuple(markers().values())


def meant(word: str) -> str | None:
    """The known word that is most like a word that is not understood; None where none is much like it."""
    if len(word) < 2:
        return None
    found = (nearest(word, among, cutoff=LEAST_ALIKE) for among in _vocabulary())
    return next((one for one in found if one is not None and _alike(bare(word), bare(one))), None)


def _alike(word: str, other: str) -> bool:
    """Whether a word may be another mistyped: most letters agree, or one slip in a word that is long enough for it."""
    much = SequenceMatcher(None, word, other).ratio() >= MUCH_ALIKE
    return much or (min(len(word), len(other)) >= SHORTEST_FOR_A_SLIP and one_slip(word, other))


def is_number(word: str) -> bool:
    """Whether a word is a number in digits."""
    try:
        return math.isfinite(float(word)) and "_" not in word
    except ValueError:
        return False


class Words:
    """The words of one change, read from left to right."""

    def __init__(self, text: str) -> None:
        self.text = " ".join(text.split())
        spaced = self.text.replace("⁴", "^4").replace("⁵", "^5")
        for sign in "%/<>":
            spaced = spaced.replace(sign, f" {sign} ")
        self.words = spaced.split()
        self.at = 0
        self.after_days = self._take_out_days()

    def _take_out_days(self) -> int | None:
        """Take "in 28 days" out, wherever it stands; None where it is not there."""
        for k in range(len(self.words) - 2):
            said, number, unit = self.words[k : k + 3]
            if said.lower() == "in" and unit.lower() in UNITS:
                if not number.isdigit() or int(number) == 0:
                    raise NotUnderstoodError(self.text, f'"{number} {unit}" is not a number of days to come')
                del self.words[k : k + 3]
                return int(number) * UNITS[unit.lower()]
        return None

    @property
    def left(self) -> list[str]:
        """The words not yet read."""
        return self.words[self.at :]

    def take(self, *phrases: str) -> str | None:
        """Read the longest of the phrases that comes next, in small letters; None where none does."""
        for phrase in sorted(phrases, key=len, reverse=True):
            wanted = phrase.lower().split()
            if [word.lower() for word in self.left[: len(wanted)]] == wanted:
                self.at += len(wanted)
                return phrase
        return None

    def number(self) -> str | None:
        """Read a number, as it is written; None where none comes next."""
        if not self.left:
            return None
        word = self.left[0]
        if "," in word and word.replace(",", "").replace(".", "").isdigit():
            raise NotUnderstoodError(self.text, f'"{word}" may be two numbers: write it with a decimal point, no comma')
        if not is_number(word):
            return None
        self.at += 1
        return word

    def needed_number(self, what: str) -> str:
        """Read a number that must come; the error says of what."""
        number = self.number()
        if number is None:
            found = f'"{self.left[0]}" is not a number' if self.left else "no number is given"
            raise NotUnderstoodError(self.text, f"{found} for {what}")
        return number

    def unread(self) -> NotUnderstoodError:
        """The error for the next word, which is not understood."""
        word = self.left[0] if self.left else self.words[-1]
        near = meant(word)
        hint = f'; did you mean "{near}"?' if near is not None and near.lower() != word.lower() else ""
        return NotUnderstoodError(self.text, f'"{word}" is not understood here{hint}')
