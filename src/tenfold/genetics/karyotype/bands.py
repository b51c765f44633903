"""Chromosomes, arms and bands: where an abnormality breaks.

A band is held as an interval on its arm, measured from the centromere outwards, in thousandths of a band: `q26` is 26000 to
27000, `q26.2` is 26200 to 26300, `q2` is 20000 to 30000. Old and new notation (`p13`, `p13.1`, `p13.11`) therefore compare
by containment. Trap: a band that no chromosome has (`9q24`, `11q34`) is a slip of the pen: its arm is kept, its band is not
known.

McGowan-Jordan, Hastings, Moore (eds), ISCN 2020; the bands are those of its 400- to 550-band ideograms.
"""

from __future__ import annotations

from dataclasses import dataclass

UNIT = 1000
CENTROMERE = 10 * UNIT
"""`p10` and `q10`: the break lies in the centromere and the named arm is the one that is kept."""
END = 99 * UNIT
AUTOSOMES = tuple(str(number) for number in range(1, 23))
CHROMOSOMES = (*AUTOSOMES, "X", "Y")
UNKNOWN = "?"
"""A chromosome that the cytogeneticist could not tell."""

# Chromosome: bands of the short arm, bands of the long arm.
_EXISTING = {
    "1": ("11 12 13 21 22 31 32 33 34 35 36", "11 12 21 22 23 24 25 31 32 41 42 43 44"),
    "2": ("11 12 13 14 15 16 21 22 23 24 25", "11 12 13 14 21 22 23 24 31 32 33 34 35 36 37"),
    "3": ("11 12 13 14 21 22 23 24 25 26", "11 12 13 21 22 23 24 25 26 27 28 29"),
    "4": ("11 12 13 14 15 16", "11 12 13 21 22 23 24 25 26 27 28 31 32 33 34 35"),
    "5": ("11 12 13 14 15", "11 12 13 14 15 21 22 23 31 32 33 34 35"),
    "6": ("11 12 21 22 23 24 25", "11 12 13 14 15 16 21 22 23 24 25 26 27"),
    "7": ("11 12 13 14 15 21 22", "11 21 22 31 32 33 34 35 36"),
    "8": ("11 12 21 22 23", "11 12 13 21 22 23 24"),
    "9": ("11 12 13 21 22 23 24", "11 12 13 21 22 31 32 33 34"),
    "10": ("11 12 13 14 15", "11 21 22 23 24 25 26"),
    "11": ("11 12 13 14 15", "11 12 13 14 21 22 23 24 25"),
    "12": ("11 12 13", "11 12 13 14 15 21 22 23 24"),
    "13": ("11 12 13", "11 12 13 14 21 22 31 32 33 34"),
    "14": ("11 12 13", "11 12 13 21 22 23 24 31 32"),
    "15": ("11 12 13", "11 12 13 14 15 21 22 23 24 25 26"),
    "16": ("11 12 13", "11 12 13 21 22 23 24"),
    "17": ("11 12 13", "11 12 21 22 23 24 25"),
    "18": ("11", "11 12 21 22 23"),
    "19": ("11 12 13", "11 12 13"),
    "20": ("11 12 13", "11 12 13"),
    "21": ("11 12 13", "11 21 22"),
    "22": ("11 12 13", "11 12 13"),
    "X": ("11 21 22", "11 12 13 21 22 23 24 25 26 27 28"),
    "Y": ("11", "11 12"),
}
EXISTING = {
    (chromosome, arm): frozenset(int(band) for band in bands.split())
    for chromosome, arms in _EXISTING.items()
    for arm, bands in zip("pq", arms, strict=True)
}


@dataclass(frozen=True, slots=True)
class Breakpoint:
    """Where a chromosome broke. `None` is not known; `low` and `high` bound the band (`high` is not part of it)."""

    chromosome: str | None
    arm: str | None = None
    low: int | None = None
    high: int | None = None
    uncertain: bool = False

    @property
    def centromeric(self) -> bool:
        """Whether the break lies in the centromere (`p10`, `q10`)."""
        return self.low == CENTROMERE and self.high == CENTROMERE + UNIT

    @property
    def exists(self) -> bool:
        """Whether the band is one that the chromosome has; true of a band that is not known."""
        if self.low is None or self.high is None or self.chromosome is None or self.arm is None:
            return True
        if self.centromeric or self.low >= END or self.chromosome == UNKNOWN:
            return True
        bands = EXISTING[(self.chromosome, self.arm)]
        return any(self.low < (band + 1) * UNIT and band * UNIT < self.high for band in bands)


@dataclass(frozen=True, slots=True)
class Window:
    """The bands in which a break is taken for the one that a definition names."""

    chromosome: str
    arm: str
    low: int
    high: int

    def holds(self, where: Breakpoint) -> bool | None:
        """Whether the break lies here: yes, no, or `None` where the text does not tell."""
        if where.chromosome is None or where.chromosome == UNKNOWN:
            return None
        if where.chromosome != self.chromosome:
            return False
        if where.arm is None:
            known = where.low is not None and where.high is not None
            return False if known and not self._meets(where) else None
        if where.arm != self.arm:
            return False
        if where.low is None or where.high is None or not where.exists:
            return None
        if self.low <= where.low and where.high <= self.high:
            return None if where.uncertain else True
        return None if self._meets(where) else False

    def _meets(self, where: Breakpoint) -> bool:
        return where.low is not None and where.high is not None and where.low < self.high and self.low < where.high


def window(text: str) -> Window:
    """Read a window such as `8q21-q23` or `11q23`. Its last band is part of it."""
    arm_at = next(at for at, letter in enumerate(text) if letter in "pq")
    arm = text[arm_at]
    first, _, last = text[arm_at + 1 :].replace(arm, "").partition("-")
    low, high = band(first)
    return Window(text[:arm_at], arm, low, band(last)[1] if last else high)


def band(digits: str) -> tuple[int, int]:
    """Return the interval of a band written as `26`, `26.2`, `26.21` or `2`; raise ValueError if it is none of these."""
    whole, _, part = digits.partition(".")
    if not whole.isdigit() or (part and not part.isdigit()) or len(whole) > 2 or len(part) > 3:
        raise ValueError(f"{digits} is not a band")
    if len(whole) == 1:
        return int(whole) * 10 * UNIT, (int(whole) + 1) * 10 * UNIT
    step = UNIT // 10 ** len(part)
    low = int(whole) * UNIT + (int(part) * step if part else 0)
    return low, low + step
