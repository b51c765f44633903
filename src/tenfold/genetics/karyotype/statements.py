"""Free text around a karyotype, in German and English: what it states, and what only fills the cell.

Understood: that the culture failed or was not done, a normal or complex karyotype, an abnormality named in words ("Inversion
16", "Monosomie 7", "5q-Deletion", "PML-RARA positive"), and which of these is denied. A denial reaches over the list it
stands in, before or behind it, up to a clause with a share, a number of cells or "positive" of its own; where it is open
whether it does, what is named is uncertain. What is not understood is a comment and makes nothing unknown.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from tenfold.genetics.karyotype.abnormalities import SYMBOLS, Abnormality
from tenfold.genetics.karyotype.in_words import (
    FILLING,
    GENES,
    NEGATIVE,
    WORDS,
    abnormalities_in,
    begins,
    holds,
    is_measured,
    kind_of,
    words_of,
)


class Says(StrEnum):
    """What a statement says."""

    ABNORMALITY = "abnormality"
    COMPLEX = "complex"
    NORMAL = "normal"
    FAILED = "failed"
    NOT_DONE = "not done"


@dataclass(frozen=True, slots=True)
class Statement:
    """Something stated in words rather than in ISCN. Its abnormality is uncertain where the words are."""

    says: Says
    text: str
    position: int
    abnormality: Abnormality | None = None


def statements(text: str, position: int, *, whole: bool) -> tuple[Statement, ...]:
    """Return what free text states. `whole`: there is nothing but free text, so that a bare "na" has its meaning."""
    bare = text.strip(" ,;()[]").lower()
    if whole and bare in WORDS["not_done_whole"]:
        return (Statement(Says.NOT_DONE, text.strip(), position),)
    if whole and bare in WORDS["normal_whole"]:
        return (Statement(Says.NORMAL, text.strip(), position),)
    return tuple(one for items in _lists(text) for one in _listed(text, position, items))


class _Status(StrEnum):
    """What a clause says of the abnormalities it names, by itself or as one of a list."""

    BARE = "bare"
    FOUND = "found"
    PERHAPS_FOUND = "perhaps found"
    DENIED_AHEAD = "denied ahead"
    DENIED_BEHIND = "denied behind"
    DOUBTED = "doubted"


@dataclass(frozen=True, slots=True)
class _Item:
    """One clause of a list. `joined`: by "und" or "oder" to the one before it; `either`: by "oder"."""

    text: str
    start: int
    status: _Status
    names: bool
    bare: bool
    joined: bool
    either: bool


def _lists(text: str) -> list[list[_Item]]:
    """Part a text into its sentences, and those into the clauses of a list."""
    sentences: list[list[_Item]] = [[]]
    for start, end, mark in _clauses(text):
        lower = text[start:end].lower()
        word = lower.split()[0].strip("/")
        joined = mark not in (".", "!", ",", ";") and not _is_contrast(lower)
        if mark in (".", "!") or _is_contrast(lower):
            sentences.append([])
        sentences[-1].append(_item(text[start:end], start, joined=joined, either=word in WORDS["either"]))
    return [items for items in sentences if items]


def _is_contrast(lower: str) -> bool:
    return any(f" {lower.strip()} ".startswith(word) for word in WORDS["contrast"])


def _item(text: str, start: int, *, joined: bool, either: bool) -> _Item:
    named = bool(abnormalities_in(text, start)) or any(joint in text.lower() for joint in WORDS["splits"])
    return _Item(text, start, _status(text, named=named), named, _is_bare(text), joined, either)


def _status(text: str, *, named: bool) -> _Status:
    lower = f" {text.lower()} "
    if holds(lower, "not_denied"):
        return _Status.DOUBTED
    words = words_of(text.lower())
    denials = [at for at, word in enumerate(words) if word in NEGATIVE]
    minus = any(word.rstrip(".,;:").endswith(")-") for word in text.split())
    normal = named_normal = False
    if begins(words, "normal"):
        normal = not holds(lower, "of_the_rest")
        named_normal = normal and (named or not denials)
    shown = [at for at, word in enumerate(words) if word in WORDS["found"]]
    if denials or minus or named_normal:
        if shown and not any(at + 1 in shown for at in denials):
            return _Status.DOUBTED
        before = bool(denials) and (
            words[denials[0]] in WORDS["negative_before"] if not named else _opens(words, denials[0])
        )
        if holds(lower, "of_the_rest") and not before and not named:
            return _Status.BARE
        return _Status.DENIED_AHEAD if before else _Status.DENIED_BEHIND
    if shown or is_measured(text, lower):
        return _Status.FOUND
    return _Status.PERHAPS_FOUND if any(word in WORDS["found_weakly"] for word in words) else _Status.BARE


def _opens(words: list[str], at: int) -> bool:
    """Whether the denial stands before every abnormality of its clause."""
    return not any(
        kind_of(word) or any(letter.isdigit() for letter in word) or "-" in word or "/" in word for word in words[:at]
    )


def _listed(text: str, position: int, items: list[_Item]) -> list[Statement]:
    found: list[Statement] = []
    sentence = text[items[0].start : items[-1].start + len(items[-1].text)]
    for at, item in enumerate(items):
        denied, unsure = _carried(items, at)
        unsure |= item.status is _Status.DOUBTED or (item.names and _is_either(items, at))
        said = _clause(
            item.text, position + item.start, denied=denied, whole=sentence, tested=_is_of_a_test(items[: at + 1])
        )
        found.extend(_made_uncertain(one) for one in said) if unsure else found.extend(said)
    return found


def _is_of_a_test(items: list[_Item]) -> bool:
    """Whether "normal" is said of what FISH or PCR looked for, not of the karyotype."""
    if holds(f" {items[-1].text.lower()} ", "of_the_rest"):
        return False
    return any(item.names or {"fish", "pcr", "rt-pcr"} & set(words_of(item.text.lower())) for item in items)


def _is_either(items: list[_Item], at: int) -> bool:
    return items[at].either or (at + 1 < len(items) and items[at + 1].either)


def _carried(items: list[_Item], at: int) -> tuple[bool, bool]:
    """Whether a clause is denied, by itself or by the list it stands in, and whether that is open."""
    item = items[at]
    if item.status in (_Status.DENIED_AHEAD, _Status.DENIED_BEHIND):
        return True, False
    if item.status in (_Status.FOUND, _Status.DOUBTED):
        return False, item.status is _Status.DOUBTED
    ahead = _ahead(items, at)
    if ahead is not None:
        return ahead, not ahead
    behind = next((n for n in range(at + 1, len(items)) if items[n].status is not _Status.BARE), None)
    if behind is None or items[behind].status is not _Status.DENIED_BEHIND or not item.names:
        return False, False
    closing = items[behind]
    several = behind >= 2 or closing.joined or begins(words_of(closing.text.lower()), "normal")
    sure = several and all(one.bare for one in items[at:behind]) and "fish" not in words_of(closing.text.lower())
    return sure, not sure


def _ahead(items: list[_Item], at: int) -> bool | None:
    """Whether a denial before a clause reaches it; `None` if there is none, false if that is open."""
    for before in range(at - 1, -1, -1):
        status = items[before].status
        if status in (_Status.FOUND, _Status.DENIED_BEHIND, _Status.DOUBTED):
            return None
        if status is _Status.DENIED_AHEAD:
            lower = items[before].text.lower()
            if (
                not items[before].names
                and (holds(lower, "yield") or holds(lower, "failed"))
                and not holds(lower, "abnormal")
            ):
                return None
            reached = items[at]
            if reached.names and not items[before].names and holds(lower, "abnormal"):
                return False
            return reached.joined or (reached.bare and reached.status is _Status.BARE)
    return None


def _is_bare(clause: str) -> bool:
    """Whether a clause names abnormalities and says nothing about them."""
    words = [word for word in words_of(clause.lower()) if word.isalpha() and word not in FILLING]
    return not any(
        len(word) > 2 and kind_of(word) is None and word not in SYMBOLS and word not in GENES for word in words
    )


def _made_uncertain(one: Statement) -> Statement:
    return replace(one, abnormality=replace(one.abnormality, uncertain=True)) if one.abnormality else one


def _clauses(text: str) -> list[tuple[int, int, str]]:
    """Part a text at full stops, commas, list words and contrasts; not within numbers or the brackets of notation.

    Returns start, end and the mark before each clause. A bracket around words does not bind them.
    """
    cuts: list[tuple[int, str]] = [(0, ".")]
    inside: list[bool] = []
    lower = text.lower()
    for at, letter in enumerate(text):
        if letter == "(":
            inside.append(
                ((at > 0 and text[at - 1].isalnum()) or text[at - 1 : at] == ")") or _notation_next(lower, at + 1)
            )
        elif letter == ")" and inside:
            inside.pop()
        ends_here = at + 1 >= len(text) or not text[at + 1].isdigit()
        aside = text[at + 1 : at + 2] in (",", ";")
        if any(inside):
            continue
        if letter in ".;,!" and ends_here and not (letter == "." and (aside or _abbreviated(lower, at))):
            cuts.append((at + 1, letter))
        elif letter == " " and any(lower.startswith(word, at) for word in (*WORDS["contrast"], *WORDS["list_words"])):
            cuts.append((at + 1, " "))
    ends = [*(cut for cut, _ in cuts[1:]), len(text)]
    return [
        (start, end, mark) for (start, mark), end in zip(cuts, ends, strict=True) if text[start:end].strip(" .,;!/()")
    ]


def _notation_next(lower: str, at: int) -> bool:
    after = lower[at:].lstrip()[:2]
    return after[:1].isdigit() or after[:1] == "?" or (after[:1] in ("p", "q") and after[1:].isdigit())


def _abbreviated(lower: str, at: int) -> bool:
    return lower[:at].rpartition(" ")[2] in ("bzw", "z", "v", "u", "z.n", "v.a")


def _clause(text: str, position: int, *, denied: bool, whole: str, tested: bool) -> list[Statement]:
    lower = f" {text.lower()} "
    words = words_of(lower)
    said = _shown(text)
    if holds(lower, "not_done"):
        return [Statement(Says.NOT_DONE, said, position)]
    abnormal = holds(lower, "abnormal")
    if holds(lower, "failed") or (denied and holds(lower, "yield") and not abnormal):
        return [Statement(Says.FAILED, said, position)]
    doubtful = holds(lower, "doubtful")
    found: list[Statement] = []
    if not denied:
        named = [replace(one, uncertain=one.uncertain or doubtful) for one in abnormalities_in(text, position)]
        found.extend(Statement(Says.ABNORMALITY, said, position, one) for one in named)
        if begins(words, "complex") and not doubtful:
            found.append(Statement(Says.COMPLEX, said, position))
    normal = begins(words, "normal")
    sorts = ("numeri" in whole.lower()) == ("strukt" in whole.lower() or "struct" in whole.lower())
    if (normal and not tested and not any(word in NEGATIVE for word in words)) or (
        denied and abnormal and not normal and sorts
    ):
        found.append(Statement(Says.NORMAL, _shown(whole) if denied else said, position))
    return found


def _shown(text: str) -> str:
    """Return a clause as it is shown: without the marks around it, its brackets whole."""
    said = text.strip(" .,;/")
    joint = next((word for word in WORDS["list_words"] if f" {said}".startswith(word)), "")
    said = said[len(joint.lstrip()) :]
    if said.count("(") > said.count(")") and said.startswith("("):
        said = said[1:]
    while said.endswith(")") and said.count(")") > said.count("("):
        said = said[:-1].rstrip(" .,;")
    return said
