"""Reads one abnormality: sign, number of copies, symbol, chromosomes, breakpoints, and what made a derivative chromosome.

It is generous where what was meant is plain (`inv(16)p13.1q22)`, `del(5(q31q33)`, `inv(16)(p13,1q22)`, `del(12)9p11.2)`,
`t(8;21)(q22q22)`, `i(17q)`, `5q-`) and returns `None` where it is not, having read nothing.
"""

from __future__ import annotations

from dataclasses import replace

from tenfold.genetics.karyotype.abnormalities import (
    BY_LENGTH,
    DERIVATIVES,
    SYMBOLS,
    WITHOUT_CHROMOSOME,
    Abnormality,
    Kind,
)
from tenfold.genetics.karyotype.bands import CHROMOSOMES, Breakpoint
from tenfold.genetics.karyotype.breakpoints import read_breakpoints, read_chromosomes, skip_group
from tenfold.genetics.karyotype.scanning import DIGITS, Reader

RANGE = ("~", "-")
VARIANTS = ("qh", "ps", "cenh", "ph", "pstk", "qs", "pss", "phqh", "yqs")
MOST_COPIES = 200


def read_element(reader: Reader) -> Abnormality | None:
    """Read one abnormality and stop after it. Return `None`, having moved nothing, where there is none to read."""
    start = reader.pos
    made = _element(reader)
    if made is None:
        reader.pos = start
        return None
    alternatives = []
    while reader.take("or"):
        other = _element(reader)
        if other is None:
            break
        alternatives.append(other)
    return replace(
        made, alternatives=tuple(alternatives), text=reader.text[start : reader.pos], position=reader.where(start)
    )


def _element(reader: Reader) -> Abnormality | None:
    uncertain = bool(reader.run("?"))
    sign = {"+": 1, "-": -1}.get(reader.peek(), 0)
    if sign:
        reader.pos += 1
    uncertain |= bool(reader.run("?"))
    made = _variant(reader) or _counted(reader, sign) or _structural(reader, sign) or _numerical(reader, sign)
    if made is None:
        return None
    return _with_tail(reader, replace(made, uncertain=made.uncertain or uncertain))


def _variant(reader: Reader) -> Abnormality | None:
    """`9qh+`, `15ps+`, `1qh-`: variants of normal people."""
    start = reader.pos
    chromosome = _chromosome(reader)
    if chromosome is not None:
        for symbol in sorted(VARIANTS, key=len, reverse=True):
            if reader.take(symbol):
                reader.run("+-")
                return Abnormality(Kind.VARIANT, (chromosome,))
    reader.pos = start
    return None


def _counted(reader: Reader, sign: int) -> Abnormality | None:
    """`+mar`, `+2mar`, `+1~4mar`, `+1-3mar`, `1~48dmin`, `+3-5r`, `+mar1-5`, `2xadd(...)`."""
    start = reader.pos
    copies = _amount(reader) or (1, 1)
    times = reader.pos > start and reader.take("x")
    symbol = _symbol(reader)
    if symbol is not None and (times or copies in ((2, 2), (3, 3))) and SYMBOLS[symbol] not in WITHOUT_CHROMOSOME:
        reader.pos -= len(symbol)
        made = _structural(reader, sign)
        if made is None:
            reader.pos = start
            return None
        return replace(made, copies=copies)
    if symbol is None or SYMBOLS[symbol] not in WITHOUT_CHROMOSOME:
        reader.pos = start
        return None
    kind = SYMBOLS[symbol]
    label = ""
    chromosomes: tuple[str, ...] = ()
    breaks: tuple[Breakpoint, ...] = ()
    if reader.peek() in DIGITS and reader.peek():
        low = reader.number() or 0
        label = str(low)
        if reader.peek() in RANGE and reader.peek(1) in DIGITS:
            reader.pos += 1
            high = reader.number() or low
            copies = (1, high) if low == 1 else (1, max(1, high - low + 1))
    elif reader.peek() == "(" and not _closes_with_bracket(reader):
        found = read_chromosomes(reader)
        if found is None:
            skip_group(reader)
        else:
            chromosomes, breaks = found
            if reader.peek() == "(":
                breaks = read_breakpoints(reader, chromosomes) or breaks
    if kind is Kind.DOUBLE_MINUTE:
        copies = (1, 1)
    return Abnormality(kind, chromosomes, breaks, sign if chromosomes else sign or 1, copies, label=label)


def _closes_with_bracket(reader: Reader) -> bool:
    """`+mar(8]`: a cell count whose first bracket was mistyped."""
    ahead = 1
    while reader.peek(ahead) in DIGITS and reader.peek(ahead):
        ahead += 1
    return ahead > 1 and reader.peek(ahead) == "]"


def _amount(reader: Reader) -> tuple[int, int] | None:
    start = reader.pos
    low = reader.number()
    if low is None or not 0 <= low <= MOST_COPIES:
        reader.pos = start
        return None
    high = low
    if reader.peek() in RANGE and reader.peek(1) in DIGITS and reader.peek(1):
        reader.pos += 1
        high = reader.number() or low
    return min(low, high), max(low, high)


def _symbol(reader: Reader) -> str | None:
    for symbol in BY_LENGTH:
        if not reader.starts(symbol):
            continue
        after = reader.peek(len(symbol))
        needs = SYMBOLS[symbol] not in WITHOUT_CHROMOSOME
        if after in "(?[" or after in DIGITS or (not needs and not after.isalpha()) or (not needs and after == "x"):
            if needs and not after:
                continue
            reader.pos += len(symbol)
            return symbol
    return None


def _structural(reader: Reader, sign: int) -> Abnormality | None:
    start = reader.pos
    symbol = _symbol(reader)
    if symbol is None:
        return None
    kind = SYMBOLS[symbol]
    uncertain = bool(reader.run("?"))
    found = read_chromosomes(reader)
    if found is None:
        reader.pos = start
        return None
    chromosomes, breaks = found
    uncertain |= bool(reader.run("?"))
    parts: tuple[Abnormality, ...] = ()
    if kind in DERIVATIVES:
        if _opens_breakpoints(reader, chromosomes):
            breaks = read_breakpoints(reader, chromosomes) or breaks
        parts, doubtful = _parts(reader)
        uncertain |= doubtful
    elif _opens_breakpoints(reader, chromosomes):
        breaks = read_breakpoints(reader, chromosomes) or breaks
    while reader.peek() == "(" and not _only_digits(reader):
        skip_group(reader)
    return _settled(Abnormality(kind, chromosomes, breaks, sign, parts=parts, uncertain=uncertain))


def _opens_breakpoints(reader: Reader, chromosomes: tuple[str, ...]) -> bool:
    """Whether breakpoints follow: `(q22`, `q22` without its bracket, or `9p11.2)`, where 9 was typed for a bracket."""
    if reader.peek() == "(":
        return not _only_digits(reader)
    if reader.peek() == "9" and reader.peek(1) in "pq" and reader.peek(1):
        return True
    return bool(reader.peek()) and reader.peek() in "pq" and (reader.peek(1) in DIGITS or reader.peek(1) == "?")


def _only_digits(reader: Reader) -> bool:
    """`(13)` or `(cp13)` after a clone's last abnormality is its cell count."""
    first = ahead = 3 if reader.starts("(cp") else 1
    while reader.peek(ahead) in DIGITS and reader.peek(ahead):
        ahead += 1
    return ahead > first and reader.peek(ahead) in ("]", ")", "")


def _parts(reader: Reader) -> tuple[tuple[Abnormality, ...], bool]:
    """Read the rearrangements of a derivative chromosome, which follow one another without a comma."""
    parts: list[Abnormality] = []
    doubtful = False
    while True:
        start = reader.pos
        doubtful |= bool(reader.run("?"))
        part = _structural(reader, 0)
        if part is None:
            reader.pos = start
            return tuple(parts), doubtful
        parts.append(replace(part, text=reader.text[start : reader.pos], position=reader.where(start)))


def _settled(made: Abnormality) -> Abnormality:
    """Give what a kind implies: the heterochromatin inversions of 1, 9, 16 and Y are variants of normal people."""
    if made.kind is not Kind.INVERSION or len(made.breakpoints) != 2 or len(made.chromosomes) != 1:
        return made
    arms = {where.arm: where.low or 0 for where in made.breakpoints}
    if made.chromosomes[0] not in ("1", "9", "16", "Y") or set(arms) != {"p", "q"}:
        return made
    if arms["q"] < 14000 and arms["p"] < 14000 and (made.chromosomes[0] in ("9", "Y") or arms["p"] < 12000):
        return replace(made, kind=Kind.VARIANT)
    return made


def _chromosome(reader: Reader) -> str | None:
    start = reader.pos
    digits = reader.run(DIGITS)
    name = digits or (reader.peek().upper() if reader.peek() in ("x", "y") else "")
    if not digits and name:
        reader.pos += 1
    if name not in CHROMOSOMES:
        reader.pos = start
        return None
    return name


def _numerical(reader: Reader, sign: int) -> Abnormality | None:
    """`+8`, `-7`, `-Y`; and an arm named alone: `5q-`, `-7q`, `+1q`, `del5q` is read as a structural one."""
    start = reader.pos
    chromosome = _chromosome(reader)
    if chromosome is None:
        return None
    if reader.peek() and reader.peek() in "pq":
        arm = reader.peek()
        reader.pos += 1
        after = {"+": 1, "-": -1}.get(reader.peek(), 0) if not _element_follows(reader) else 0
        if after:
            reader.pos += 1
        if sign + after:
            kind = Kind.DELETION if sign + after < 0 else Kind.DUPLICATION
            return Abnormality(kind, (chromosome,), (Breakpoint(chromosome, arm),))
    elif sign:
        return Abnormality(Kind.GAIN if sign > 0 else Kind.LOSS, (chromosome,), sign=sign)
    reader.pos = start
    return None


def _element_follows(reader: Reader) -> bool:
    """Whether the sign ahead begins another abnormality, whose comma is missing."""
    return bool(reader.peek(1)) and (reader.peek(1) in DIGITS or reader.peek(1).isalpha())


def _with_tail(reader: Reader, made: Abnormality) -> Abnormality:
    """Read what follows an abnormality: `x2`, `x3~6`, `c`, `?c`, `mat`, a bare `?`, a cell count of its own."""
    while True:
        after = reader.peek()
        if after == "x" and (reader.peek(1) in DIGITS and reader.peek(1)):
            reader.pos += 1
            made = replace(made, copies=_amount(reader) or made.copies)
        elif reader.starts("?c") and not reader.peek(2).isalnum():
            reader.pos += 2
            made = replace(made, uncertain=True)
        elif after == "c" and not reader.peek(1).isalnum():
            reader.pos += 1
            made = replace(made, constitutional=True)
        elif after == "?" and reader.peek(1) in (",", "[", "/", ""):
            reader.pos += 1
            made = replace(made, uncertain=True)
        elif not any(reader.take(word) for word in ("mat", "pat", "dn", "inh")):
            return made
