"""Reads the two groups of brackets behind a symbol: which chromosomes, and where they broke.

Sections are parted by `;` (or `:`, `,`, `/` as typed); a section's breaks belong to the chromosome at its place.
"""

from __future__ import annotations

from dataclasses import replace

from tenfold.genetics.karyotype.bands import CHROMOSOMES, END, UNIT, UNKNOWN, Breakpoint, band
from tenfold.genetics.karyotype.scanning import DIGITS, Reader

PARTING = frozenset(";:,/.")
ENDING = frozenset("[/")


def read_chromosomes(reader: Reader) -> tuple[tuple[str, ...], tuple[Breakpoint, ...]] | None:
    """Read `(8;21)`, `(5q)`, `(8q22;21q22)`, or bare `16`. Return chromosomes and the breaks among them, or `None`."""
    start = reader.pos
    bracketed = reader.take("(")
    chromosomes: list[str] = []
    breaks: list[Breakpoint] = []
    while True:
        if reader.peek() == "?" and reader.peek(1) in DIGITS:
            reader.pos += 1
        name = _name(reader)
        if name is None:
            break
        chromosomes.append(name)
        while reader.peek() and reader.peek() in "pq":
            breaks.append(_break(reader, name))
        if reader.peek() not in PARTING or not reader.peek():
            break
        if not bracketed and reader.peek() != ";":
            break
        reader.pos += 1
    if not chromosomes or (bracketed and not (reader.take(")") or reader.peek() == "(")):
        reader.pos = start
        return None
    return tuple(chromosomes), tuple(breaks)


def _name(reader: Reader) -> str | None:
    if reader.take("?"):
        return UNKNOWN
    if reader.take("mar") or reader.take("mars"):
        reader.run(DIGITS)
        return UNKNOWN
    digits = reader.run(DIGITS)
    if digits:
        return digits if digits in CHROMOSOMES else None
    if reader.peek() in ("x", "y"):
        reader.pos += 1
        return reader.lower[reader.pos - 1].upper()
    return None


def read_breakpoints(reader: Reader, chromosomes: tuple[str, ...]) -> tuple[Breakpoint, ...] | None:
    """Read `(q22;q22)` and give each break its chromosome. Return `None` where the group describes no breaks."""
    opening = reader.pos
    if reader.peek() in ("(", "9"):
        reader.pos += 1
    reader.run("(")
    sections: list[list[Breakpoint]] = [[]]
    while not reader.done:
        letter = reader.peek()
        if letter == ")":
            reader.pos += 1
            break
        if letter in PARTING:
            if letter == "," and not _goes_on(reader):
                break
            reader.pos += 1
            sections.append([])
        elif letter in "pq?" or reader.starts("cen"):
            sections[-1].append(_break(reader, None))
        elif letter in DIGITS or (letter == "[" and reader.text[reader.pos - 1] == "("):
            # `([21;q11.2)`: a letter was mistyped, so the arm is not known.
            reader.run("[")
            low, high, _ = _band(reader)
            sections[-1].append(Breakpoint(None, None, low, high, True))
        elif letter in "-~":
            reader.pos += 1
        elif letter in ENDING or letter in "+(":
            break
        else:
            reader.pos = opening
            return None
    return _placed(sections, chromosomes)


def _goes_on(reader: Reader) -> bool:
    """Whether the comma parts breaks of one group, or stands for a decimal point, rather than ending a group left open."""
    after, next_one = reader.peek(1), reader.peek(2)
    if not after or after in "+-":
        return False
    return after in "pq?" and (next_one in DIGITS or next_one in ("?", "t", ")"))


def _placed(sections: list[list[Breakpoint]], chromosomes: tuple[str, ...]) -> tuple[Breakpoint, ...]:
    filled = [section or [Breakpoint(None)] for section in sections]
    if len(chromosomes) == 1:
        return tuple(replace(where, chromosome=chromosomes[0]) for section in sections for where in section)
    if len(filled) == len(chromosomes):
        pairs = zip(filled, chromosomes, strict=True)
        return tuple(replace(where, chromosome=chromosome) for section, chromosome in pairs for where in section)
    flat = [where for section in sections for where in section]
    if len(flat) == len(chromosomes):
        return tuple(replace(where, chromosome=name) for where, name in zip(flat, chromosomes, strict=True))
    return tuple(flat)


def _break(reader: Reader, chromosome: str | None) -> Breakpoint:
    """Read one break: arm, band, and a range of bands (`q25~26`, `q12-13`, `q21~q22`)."""
    if reader.take("cen"):
        return Breakpoint(chromosome)
    uncertain = bool(reader.run("?"))
    arm = reader.peek() if reader.peek() and reader.peek() in "pq" else None
    if arm is None:
        return Breakpoint(chromosome, uncertain=True)
    reader.pos += 1
    low, high, doubtful = _band(reader)
    if high is not None and (reader.peek() in ("~", "-") or reader.starts("or")):
        start = reader.pos
        reader.pos += 2 if reader.starts("or") else 1
        reader.run("?" + arm)
        to_low, to_high, _ = _band(reader)
        if to_high is None or to_low is None or low is None:
            reader.pos = start
        else:
            low, high = min(low, to_low), max(high, to_high)
    return Breakpoint(chromosome, arm, low, high, uncertain or doubtful)


def _band(reader: Reader) -> tuple[int | None, int | None, bool]:
    if reader.take("ter"):
        return END, END + UNIT, False
    digits = ""
    doubtful = False
    closed = False
    while True:
        letter = reader.peek()
        if letter in DIGITS and letter:
            digits += "" if closed else letter
        elif letter == "?":
            # `q2?1`: what follows the mark is a guess.
            doubtful, closed = True, bool(digits)
        elif letter == "." and reader.peek(1) in DIGITS and reader.peek(1):
            digits += "" if closed else letter
        elif letter == "," and _decimal_comma(reader):
            digits += "" if closed else "."
        else:
            break
        reader.pos += 1
    if len(digits) > 2 and digits.isdigit():
        digits = f"{digits[:2]}.{digits[2:]}"
    try:
        return (*band(digits.rstrip(".")), doubtful)
    except ValueError:
        return None, None, True


def _decimal_comma(reader: Reader) -> bool:
    """`p13,1q22`: one or two digits and then an arm, a bracket or another part."""
    ahead = 1
    while reader.peek(ahead) in DIGITS and reader.peek(ahead):
        ahead += 1
    return 1 < ahead <= 3 and reader.peek(ahead) in ("p", "q", ")", ";") and bool(reader.peek(ahead))


def skip_group(reader: Reader) -> None:
    """Step over a group in brackets that says something else: gene names, a chromosome described end to end."""
    depth = 0
    while not reader.done:
        letter = reader.peek()
        if letter == "(":
            depth += 1
        elif letter == ")":
            depth -= 1
        elif letter in ENDING:
            return
        reader.pos += 1
        if depth == 0:
            return
