"""Reads the clones of a karyotype once free text and FISH have been set aside: headers, abnormalities, cell counts.

Missing separators are put back where what follows can only be a new clone (`[5]46,idem`, `[9];46,XY`) or a new abnormality
(`+8t(8;21)`). What cannot be read is reported and stepped over.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from tenfold.genetics.karyotype.abnormalities import BY_LENGTH, Abnormality
from tenfold.genetics.karyotype.bands import CHROMOSOMES
from tenfold.genetics.karyotype.clones import DIPLOID, SIDELINE, Clone, Unread
from tenfold.genetics.karyotype.elements import read_element
from tenfold.genetics.karyotype.scanning import DIGITS, Reader

ORIGINS = ("idem", "sdl", "sl")
FEWEST, MOST = 20, 300
HEADER = DIGITS | {"[", "(", "~"}
MEANINGLESS = frozenset(",;. :()[]*=_|!&+-<>\\^#")
CANNOT_READ = "not a notation that is known"
BROKEN_OFF = "the text breaks off here"
BARE_NUMBER = "a chromosome without + or -"


@dataclass
class ReadClones:
    """What the reader found."""

    clones: list[Clone] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)


def read_clones(reader: Reader) -> ReadClones:
    """Read all clones from a squeezed text."""
    found = ReadClones()
    donor = False
    while not reader.done:
        stood = reader.pos
        slashes = reader.run(",;./ :|").count("/")
        donor = donor or slashes > 1
        if reader.done:
            break
        clone = _read_clone(reader, found.unread, len(found.clones) + 1)
        if clone is not None:
            found.clones.append(replace(clone, donor=donor))
        if reader.pos == stood:
            reader.pos += 1
    return found


def header_ahead(reader: Reader) -> bool:
    """Whether a clone begins here: a chromosome number and then a sex complement, `idem`, `sl` or `sdl`."""
    if reader.peek() not in HEADER:
        return False
    start = reader.pos
    reader.run("([")
    ahead = _count(reader) is not None and _after_count(reader)
    reader.pos = start
    return ahead


def _after_count(reader: Reader) -> bool:
    _ploidy(reader)
    reader.run(",;.[(:")
    if any(reader.starts(word) for word in ORIGINS):
        return True
    sex = reader.run("xy")
    if not sex:
        return False
    if reader.peek() in DIGITS:
        return len(sex) > 1 and header_ahead(reader)
    return not reader.peek().isalpha() or reader.starts("c") or any(reader.starts(symbol) for symbol in BY_LENGTH)


def _count(reader: Reader) -> tuple[int, int] | None:
    start = reader.pos
    reader.run("~")
    low = reader.number()
    if low is None or not FEWEST <= low <= MOST:
        reader.pos = start
        return None
    high = low
    if reader.peek() in ("~", "-") and reader.peek(1) in DIGITS:
        reader.pos += 1
        high = reader.number() or low
    return min(low, high), max(low, high)


def _ploidy(reader: Reader) -> int | None:
    start = reader.pos
    if reader.take("<"):
        number = reader.number()
        if number and 1 <= number <= 8 and reader.take("n"):
            reader.run("+->")
            return number
    reader.pos = start
    return None


def _read_clone(reader: Reader, unread: list[Unread], number: int) -> Clone | None:
    start = reader.pos
    clone = Clone(number, position=reader.where(start))
    for word in ("mos", "chi"):
        reader.take(word)
    reader.run("([") if header_ahead(reader) else ""
    clone = _read_header(reader, clone)
    listed: list[Abnormality] = []
    while not reader.done:
        reader.run(",. ")
        if reader.peek() in ("/", "|") or (
            reader.pos > start and (listed or clone.sex or clone.origin) and header_ahead(reader)
        ):
            break
        if reader.peek() in ("[", "("):
            opened = reader.pos
            cells = _read_cells(reader)
            if cells is not None:
                known, composite = cells
                own = reader.peek() == "," and not _clone_next(reader) and _cells_ahead(reader)
                if listed and (own or reader.peek() == "["):
                    listed[-1] = replace(listed[-1], cells=known)
                    continue
                clone = replace(clone, cells=known, composite=composite)
                break
            reader.pos = opened + 1
            continue
        clone, listed = _read_item(reader, clone, listed, unread)
    text = reader.text[start : reader.pos].strip(",;./ ")
    if not listed and clone.count is None and not clone.sex and not clone.origin:
        return None
    bare = clone.count is None and not clone.sex and not clone.origin
    incomplete = clone.incomplete or bare
    return replace(clone, listed=tuple(listed), text=text, ploidy=_told_ploidy(clone, listed), incomplete=incomplete)


def _clone_next(reader: Reader) -> bool:
    start = reader.pos
    reader.run(",;./ ")
    ahead = reader.done or header_ahead(reader)
    reader.pos = start
    return ahead


def _cells_ahead(reader: Reader) -> bool:
    """Whether a cell count follows within this clone, so that the one just read belongs to its abnormality alone."""
    rest = reader.text[reader.pos :].partition("/")[0]
    return "[" in rest


def _read_header(reader: Reader, clone: Clone) -> Clone:
    start = reader.pos
    count = _count(reader)
    if count is not None and not (_after_count_here(reader) or reader.peek() in (",", "[", "<", "", "/")):
        reader.pos = start
        count = None
    ploidy = _ploidy(reader)
    if count is not None:
        reader.run(",;.[:(") if _after_count_here(reader) else reader.run(",;.")
    if count is not None or reader.starts("xx") or reader.starts("xy"):
        sex, constitutional = _sex(reader)
        clone = replace(clone, sex=sex, constitutional=constitutional)
    return replace(clone, count=count, ploidy=ploidy or DIPLOID)


def _after_count_here(reader: Reader) -> bool:
    start = reader.pos
    ahead = _after_count(reader)
    reader.pos = start
    return ahead


def _sex(reader: Reader) -> tuple[str, bool]:
    start = reader.pos
    letters = reader.run("xy")
    if not letters:
        return "", False
    reader.run("0o")
    constitutional = False
    if reader.peek() == "?" and reader.peek(1) == "c":
        reader.pos += 2
    elif reader.peek() == "?" and reader.peek(1) in (",", "[", ""):
        reader.pos += 1
    elif reader.peek() == "c" and not (reader.peek(1).isalnum()):
        reader.pos += 1
        constitutional = True
    if letters.endswith("x") and reader.peek() in DIGITS and not header_ahead(reader):
        reader.pos = start
        return "", False
    return letters.upper(), constitutional


def _read_item(
    reader: Reader, clone: Clone, listed: list[Abnormality], unread: list[Unread]
) -> tuple[Clone, list[Abnormality]]:
    for word in ORIGINS:
        if reader.starts(word) and not reader.peek(len(word)).isalpha() | (reader.peek(len(word)) == "x"):
            reader.pos += len(word)
            return _with_origin(reader, clone, word), listed
        if reader.starts(word + "x"):
            reader.pos += len(word)
            return _with_origin(reader, clone, word), listed
    if reader.starts("inc") and not reader.peek(3).isalpha():
        reader.pos += 3
        return replace(clone, incomplete=True), listed
    element = read_element(reader)
    if element is not None:
        return clone, [*listed, element]
    fault = _step_over(reader)
    if fault is not None:
        unread.append(fault)
    return clone, listed


def _with_origin(reader: Reader, clone: Clone, word: str) -> Clone:
    place = reader.number() if reader.peek() in DIGITS else None
    times = 1
    if reader.peek() == "x" and reader.peek(1) in DIGITS:
        reader.pos += 1
        times = reader.number() or 1
    origin = f"{word}{place}" if word == SIDELINE and place else word
    return replace(clone, origin=origin, times=min(max(times, 1), 4))


def _read_cells(reader: Reader) -> tuple[int | None, bool] | None:
    """Read `[20]`, `[cp9]`, `[20)`, `(13)`, `[]`, `[20`, `[5/20]`. Return cells and composite, or `None`: not a cell count."""
    round_one = reader.peek() == "("
    ahead = 1
    while reader.peek(ahead) and reader.peek(ahead) not in "])/" and not (ahead > 1 and reader.peek(ahead) == "["):
        ahead += 1
        if ahead > 14:
            return None
    if reader.peek(ahead) == "/" and not round_one:
        whole = ahead + 1
        while reader.peek(whole) in DIGITS:
            whole += 1
        ahead = whole if reader.peek(whole) == "]" else ahead
    if not reader.peek(ahead) and reader.peek(ahead - 1) in ("[", "("):
        return None
    inside = reader.lower[reader.pos + 1 : reader.pos + ahead]
    composite = inside.startswith(("cp", "c"))
    digits = ""
    for letter in inside.lstrip("cp*~?x "):
        if letter not in DIGITS:
            break
        digits += letter
    if round_one and (not digits or inside.removeprefix("cp") != digits):
        return None
    if inside and not digits and not composite and any(letter.isalnum() for letter in inside):
        return None
    reader.pos += ahead + (1 if reader.peek(ahead) in ("]", ")") and reader.peek(ahead) else 0)
    return (int(digits) if digits and len(digits) < 5 else None), composite


def _step_over(reader: Reader) -> Unread | None:
    """Step over what cannot be read, up to the next comma, bracket with a cell count, or clone."""
    start = reader.pos
    depth = 0
    while not reader.done:
        letter = reader.peek()
        if letter == "(":
            depth += 1
        elif letter == ")":
            depth = max(0, depth - 1)
        elif (
            letter in "[/"
            or (letter == "," and not depth)
            or (letter == ";" and not depth)
            or (reader.pos > start and not depth and letter in "+-" and reader.peek(1) in DIGITS)
        ):
            break
        reader.pos += 1
    if reader.pos == start:
        reader.pos += 1
        return None
    text = reader.text[start : reader.pos]
    if all(letter in MEANINGLESS for letter in text) and not (reader.done and text[-1] in "+-"):
        return None
    chromosomes = _only_chromosomes(text)
    reason = BARE_NUMBER if text in CHROMOSOMES else CANNOT_READ
    return Unread(
        reader.where(start),
        text,
        BROKEN_OFF if reader.done and "(" in text and ")" not in text else reason,
        chromosomes,
    )


def _only_chromosomes(text: str) -> frozenset[str] | None:
    """Return the chromosomes that a piece can concern, where its brackets name them beyond doubt."""
    if text in CHROMOSOMES:
        return frozenset({text})
    _, bracket, rest = text.partition("(")
    inside, closed, _ = rest.partition(")")
    names = inside.upper().split(";")
    if bracket and closed and all(name in CHROMOSOMES for name in names):
        return frozenset(names)
    return None


def _told_ploidy(clone: Clone, listed: list[Abnormality]) -> int:
    """Return the ploidy that the text gives, or that its sex complement and chromosome number show together."""
    if clone.ploidy != DIPLOID or clone.count is None or len(clone.sex) < 3 or clone.constitutional:
        return clone.ploidy
    high = clone.count[1]
    if len(clone.sex) == 3 and 58 <= high <= 80 and not any(one.sign > 0 for one in listed):
        return 3
    return 4 if len(clone.sex) == 4 and 81 <= high <= 103 else clone.ploidy
