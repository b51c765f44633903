"""Sets apart what stands beside a karyotype: in situ hybridisation (`ish`, `nuc ish`) and free text.

A FISH tail is kept as it is. What it writes in ISCN behind `ish` is stated, and so is a fusion (`RUNX1T1 con RUNX1`). A split
(`5'CBFB sep 3'CBFB`) leaves open which partner it has, a lost half (`5'MLL-,3'MLL+`) whether there is one. One signal of a
known locus (`TP53x1`) makes its loss uncertain, not certain, for each laboratory has its own cut-offs. Any other count that is
not two is an abnormality that is not told, so that the karyotype is not called normal beside it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace

from tenfold.genetics.karyotype.abnormalities import SYMBOLS, Abnormality
from tenfold.genetics.karyotype.in_words import FUSIONS, GENES, WORDS, notated, notations
from tenfold.genetics.karyotype.reading import header_ahead
from tenfold.genetics.karyotype.scanning import squeezed
from tenfold.genetics.karyotype.statements import Says, Statement

NOTATION = frozenset(
    [
        "idem",
        "idemx",
        "slx",
        "sdlx",
        "pter",
        "qter",
        "cenh",
        "pstk",
        "psu",
        "cen",
        "mos",
        "chi",
        "inc",
        "var",
        "xpter",
        "xqter",
        "constitutional",
    ]
)
SHORTEST = 4
SHORT_WORDS = frozenset(WORDS["short"])


@dataclass(frozen=True, slots=True)
class Parts:
    """Which characters are ISCN, and the spans (start, end) of FISH and of free text."""

    iscn: frozenset[int]
    fish: tuple[tuple[int, int], ...]
    prose: tuple[tuple[int, int], ...]


def parted(text: str) -> Parts:
    """Part a cleaned text into ISCN, FISH and free text."""
    fish: list[tuple[int, int]] = []
    prose: list[tuple[int, int]] = []
    at = 0
    while at < len(text):
        if text[at] == "%":
            prose.append((_share_start(text, at, prose[-1][1] if prose else 0), at + 1))
        if not text[at].isalpha():
            at += 1
            continue
        end = at
        while end < len(text) and text[end].isalpha():
            end += 1
        word = text[at:end].lower()
        if _is_fish(text, at, word):
            stop = _next_clone(text, at)
            start = text.lower().rfind("nuc", 0, at) if text[:at].lower().rstrip().endswith("nuc") else at
            fish.append((start, _cells_back(text, start, stop)))
            at = stop
        elif _is_prose(word):
            start = _sentence_start(text, at, prose[-1][1] if prose else 0)
            stop = _next_clone(text, end)
            prose.append((start, stop))
            at = stop
        else:
            at = end
    aside = {place for start, stop in (*fish, *prose) for place in range(start, stop)}
    return Parts(frozenset(range(len(text))) - aside, tuple(fish), tuple(prose))


def _share_start(text: str, at: int, floor: int) -> int:
    """Step back over the number of a share such as `85 %`, and the word before it ("in")."""
    start = at
    while start > floor and text[start - 1] == " ":
        start -= 1
    while start > floor and (text[start - 1].isdigit() or text[start - 1] in ".,~<>"):
        start -= 1
    return start if start == floor or text[start - 1] in " (" else at


def _is_fish(text: str, at: int, word: str) -> bool:
    if word.startswith("nucish"):
        return True
    rest = word.removeprefix("ish")
    return word.startswith("ish") and (not rest or rest in SYMBOLS) and (at == 0 or not text[at - 1].isalnum())


def _is_prose(word: str) -> bool:
    bare = word.lstrip("xy")
    if word in SHORT_WORDS:
        return True
    if len(word) < SHORTEST or len(bare) < 2 or word in NOTATION or bare in NOTATION or bare in SYMBOLS:
        return False
    # Glued notation: `idemdel`, `sldel`, `qdel` where a comma or bracket was left out.
    return not any(bare == head + symbol for head in ("idem", "sl", "sdl", "p", "q", "c", "psu") for symbol in SYMBOLS)


def _sentence_start(text: str, at: int, floor: int) -> int:
    """Step back over the words before the first one that was recognised as free text."""
    start = at
    while start > floor:
        before = start
        while before > floor and text[before - 1] == " ":
            before -= 1
        word = before
        while word > floor and text[word - 1] not in " ])":
            word -= 1
        token = text[word:before].lower().strip(".:;(-/?!,")
        plain = all(letter.isalpha() or letter in ".:;(-/?!" for letter in text[word:before])
        counted = bool(token) and all(letter.isdigit() or letter in "/~" for letter in token)
        if counted and word < before and text[word - 1 : word] == " ":
            start = word
            continue
        if not plain or (token and (not token.lstrip("xy") or token in NOTATION or token in ("sl", "sdl", "c", "cp"))):
            break
        if word == start or (word == before and before == start):
            break
        start = word
    return _with_abnormality(text, _with_gene(text, start, floor), floor)


def _with_gene(text: str, start: int, floor: int) -> int:
    """Step back over a fusion such as `PML/RARA`, of which only the second name was recognised as a word, or neither."""
    begin = len(text[:start].rstrip())
    while begin > floor and text[begin - 1] not in " ,;.[]()":
        begin -= 1
    joined = "".join(itertools.takewhile(lambda letter: letter not in " ,;.[]()", text[begin:])).lower()
    for joint in ("::", "--", "/", "_"):
        joined = joined.replace(joint, "-")
    return begin if frozenset(joined.split("-")[:2]) in FUSIONS else start


def _with_abnormality(text: str, start: int, floor: int) -> int:
    """Step back to the end of the karyotype where a sentence begins with notation: `46,XX[20]. t(8;21) ausgeschlossen`."""
    behind = text[start:].lower().lstrip(" :")
    if any(behind.startswith(words) for words in WORDS["denies_behind"]):
        start = _with_items(text, start, floor)
    closed = text.rfind("]", floor, start)
    between = text[closed + 1 : start].strip() if closed >= 0 else ""
    if not between or between[0] not in ".;" or "/" in between or _is_header_in(between):
        return start
    return closed + 1


def _with_items(text: str, start: int, floor: int) -> int:
    """Step back over the abnormality that is denied, and over bare rearrangements listed before it."""
    begin = start
    while True:
        depth = 0
        at = len(text[:begin].rstrip(" ,;"))
        end = at
        while at > floor and (depth > 0 or text[at - 1] not in ",;.]/ "):
            at -= 1
            depth += {")": 1, "(": -1}.get(text[at], 0)
        item = text[at:end].lower()
        first = begin == start
        notation = item.startswith(("t(", "inv(", "?t(", "?inv(")) or (first and item[:1] in ("+", "-"))
        notation = notation or (first and item.startswith(("del(", "i(", "add(")))
        if at >= end or not notation or (not first and ")(" in item):
            return begin
        begin = at


def _is_header_in(text: str) -> bool:
    return any(letter.isdigit() and _header(text[at : at + 30]) for at, letter in enumerate(text))


def _next_clone(text: str, start: int) -> int:
    """Return where the next clone begins, or the end of the text."""
    for at in range(start, len(text)):
        if (
            text[at].isdigit()
            and not text[at - 1].isalnum()
            and text[at - 1] not in ".;-~(,"
            and _header(text[at : at + 30])
        ):
            return at - 1 if text[at - 1] == "/" else at
    return len(text)


def _header(text: str) -> bool:
    return header_ahead(squeezed(text))


def _cells_back(text: str, start: int, stop: int) -> int:
    """Give a cell count behind a FISH tail back to its clone, where the clone has none of its own before it."""
    clone = text.rfind("/", 0, start) + 1
    last = text.rfind("[", start, stop)
    if "[" in text[clone:start] or last < 0 or not text[clone:start].strip():
        return stop
    inside = text[last + 1 : stop].rstrip(" ./").rstrip("]")
    return last if inside.removeprefix("cp").strip().isdigit() else stop


def fish_statements(text: str, position: int) -> tuple[Statement, ...]:
    """Return what a FISH tail shows; an abnormal count whose meaning is not known has no abnormality of its own."""
    found = [Statement(Says.ABNORMALITY, one.text, position, one) for one in _written(text, position)]
    tokens = _tokens(text)
    for at, word in enumerate(tokens):
        if word not in ("con", "sep") or not 0 < at < len(tokens) - 1:
            continue
        first, second = _gene(tokens[at - 1]), _gene(tokens[at + 1])
        if (first == second) == (word == "con"):
            continue  # Two halves of one gene side by side, or two genes apart, is what normal cells show.
        notation = FUSIONS.get(frozenset({first, second})) if word == "con" else WORDS["splits"].get(first)
        made = notated(notation) if notation else None
        found.append(Statement(Says.ABNORMALITY, f"{tokens[at - 1]} {word} {tokens[at + 1]}", position, made))
    found.extend(_halves(tokens, position))
    return (*found, *_counted(text, position, read=bool(found)))


def unread_fish(text: str) -> bool:
    """Whether a FISH tail shows something abnormal whose meaning was not read."""
    return any(one.abnormality is None for one in fish_statements(text, 0))


def _written(text: str, position: int) -> Iterator[Abnormality]:
    """Read ISCN behind `ish`: `ish del(17)(p13)(TP53-)`, `ishinv(16)(p13q22)`."""
    head, found, rest = text.partition("ish")
    if not found or head.lower().rstrip().endswith("nuc"):
        return
    start = len(head) + len(found)
    for one in notations(rest, position + start):
        behind = rest[max(one.position - position - start, 0) :]
        seen_once = behind.partition("[")[2].partition("]")[0].strip() == "1"
        yield replace(one, uncertain=one.uncertain or seen_once)


def _counted(text: str, position: int, *, read: bool) -> Iterator[Statement]:
    """Read the counts of signals: `TP53x1`, `(D7Z1,D7S486)x1`, `D8Z2x3`."""
    counts = dict(_counts(text))
    lost = {gene: _locus(gene, "lost") for gene, count in counts.items() if count == "1"}
    whole = {notation.strip("-") for notation in lost.values() if notation and notation.startswith("-")}
    for gene, count in counts.items():
        notation = lost.get(gene) if count == "1" else _locus(gene, "gained") if count == "3" else None
        if notation and notation.partition("(")[2].partition(")")[0] in whole:
            continue  # The whole chromosome is lost, as its centromere tells.
        made = notated(f"?{notation}") if notation else None
        if made is not None or not read:
            yield Statement(Says.ABNORMALITY, f"{gene.upper()}x{count}", position, made)


def _locus(gene: str, table: str) -> str | None:
    return next(
        (notation for name, notation in WORDS[table].items() if gene == name or name == "d5s" == gene[:3]), None
    )


def _counts(text: str) -> Iterator[tuple[str, str]]:
    """Yield each probe with its number of signals where that is not two; those of X and Y left out."""
    lower = text.lower()
    opened: list[int] = []
    for at, letter in enumerate(lower):
        if letter == "(":
            opened.append(at + 1)
        if letter != ")" or not opened:
            continue
        inside = lower[opened.pop() : at]
        behind = lower[at + 1 :].lstrip()
        shared = _digits(behind[1:]) if behind[:1] == "x" else ""
        for probe in inside.split(","):
            name = probe.strip(" ()")
            if " con " in name or " sep " in name:
                continue
            gene, times, count = name.rpartition("x")
            if name in GENES or not (times and gene[-1:].isalnum() and count[:1].isdigit() and _digits(count) == count):
                gene, count = name, shared
            usual = not count or count == "2" or gene.startswith(("dx", "dy", "sry", "cepx", "cepy"))
            if not usual and gene:
                yield gene, count


def _digits(text: str) -> str:
    return "".join(itertools.takewhile(lambda letter: letter.isdigit() or letter == "~", text))


def _halves(tokens: list[str], position: int) -> Iterator[Statement]:
    """`5'MLL-,3'MLL+`, the other half nowhere: the gene is broken, and whether it is joined to another is not told."""
    kept: dict[str, set[str]] = {}
    for one, other in itertools.pairwise(tokens):
        if {one[:2], other[:2]} == {"5'", "3'"} and {one[-1], other[-1]} == {"+", "-"} and one[2:-1] == other[2:-1]:
            kept.setdefault(one[2:-1], set()).add(one[:2] if one[-1] == "+" else other[:2])
    for gene, halves in kept.items():
        notation = WORDS["splits"].get(gene) if len(halves) == 1 else None
        made = notated(f"?{notation.removeprefix('?')}") if notation else None
        if made is not None:
            yield Statement(Says.ABNORMALITY, f"half of {gene.upper()} is gone", position, made)


def _tokens(text: str) -> list[str]:
    for mark in "(),;[]/.":
        text = text.replace(mark, " ")
    return text.lower().split()


def _gene(token: str) -> str:
    """`5'MLL` and `3'MLLx2` are MLL."""
    name = token.removeprefix("5'").removeprefix("3'")
    if name in GENES:
        return name  # RUNX1 is a gene, not one signal of RUN.
    head, times, count = name.rpartition("x")
    return head if times and count.replace("~", "").isdigit() and head else name
