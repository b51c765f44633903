"""One abnormality of a karyotype, and the symbols that name its kind (ISCN 2020, chapters 4 and 9)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tenfold.genetics.karyotype.bands import Breakpoint


class Kind(StrEnum):
    """What happened to a chromosome."""

    GAIN = "gain"
    LOSS = "loss"
    TRANSLOCATION = "translocation"
    INVERSION = "inversion"
    DELETION = "deletion"
    ADDITION = "additional material of unknown origin"
    DERIVATIVE = "derivative chromosome"
    INSERTION = "insertion"
    DUPLICATION = "duplication"
    ISOCHROMOSOME = "isochromosome"
    ISODERIVATIVE = "isoderivative chromosome"
    ISODICENTRIC = "isodicentric chromosome"
    DICENTRIC = "dicentric chromosome"
    RING = "ring chromosome"
    MARKER = "marker chromosome"
    DOUBLE_MINUTE = "double minutes"
    HOMOGENEOUSLY_STAINING_REGION = "homogeneously staining region"
    FRAGILE_SITE = "fragile site"
    OTHER = "other structural abnormality"
    PLOIDY = "change of ploidy"
    SEX_COMPLEMENT = "unusual sex complement"
    VARIANT = "variant without clinical meaning"


# Spellings as they stand with spaces removed and in lower case. Longest first, so that `der` is not read as `d`.
SYMBOLS: dict[str, Kind] = {
    "t": Kind.TRANSLOCATION,
    "rob": Kind.DERIVATIVE,
    "inv": Kind.INVERSION,
    "del": Kind.DELETION,
    "add": Kind.ADDITION,
    "der": Kind.DERIVATIVE,
    "rec": Kind.DERIVATIVE,
    "ins": Kind.INSERTION,
    "dirins": Kind.INSERTION,
    "invins": Kind.INSERTION,
    "dup": Kind.DUPLICATION,
    "dirdup": Kind.DUPLICATION,
    "invdup": Kind.DUPLICATION,
    "trp": Kind.DUPLICATION,
    "qdp": Kind.DUPLICATION,
    "i": Kind.ISOCHROMOSOME,
    "iso": Kind.ISOCHROMOSOME,
    "ider": Kind.ISODERIVATIVE,
    "idic": Kind.ISODICENTRIC,
    "psuidic": Kind.ISODICENTRIC,
    "psuiddic": Kind.ISODICENTRIC,
    "dic": Kind.DICENTRIC,
    "psudic": Kind.DICENTRIC,
    "trc": Kind.DICENTRIC,
    "tas": Kind.DICENTRIC,
    "r": Kind.RING,
    "dicr": Kind.RING,
    "ring": Kind.RING,
    "mar": Kind.MARKER,
    "marker": Kind.MARKER,
    "markers": Kind.MARKER,
    "mars": Kind.MARKER,
    "min": Kind.MARKER,
    "ace": Kind.MARKER,
    "dmin": Kind.DOUBLE_MINUTE,
    "dmins": Kind.DOUBLE_MINUTE,
    "dm": Kind.DOUBLE_MINUTE,
    "hsr": Kind.HOMOGENEOUSLY_STAINING_REGION,
    "fra": Kind.FRAGILE_SITE,
    "upd": Kind.OTHER,
    "abn": Kind.OTHER,
    "rea": Kind.OTHER,
}
BY_LENGTH = tuple(sorted(SYMBOLS, key=lambda symbol: (-len(symbol), symbol)))
WITHOUT_CHROMOSOME = frozenset({Kind.MARKER, Kind.DOUBLE_MINUTE, Kind.RING, Kind.HOMOGENEOUSLY_STAINING_REGION})
NUMERICAL = frozenset({Kind.GAIN, Kind.LOSS})
UNCOUNTED = frozenset({Kind.VARIANT, Kind.SEX_COMPLEMENT, Kind.FRAGILE_SITE})
DERIVATIVES = frozenset({Kind.DERIVATIVE, Kind.ISODERIVATIVE})


@dataclass(frozen=True, slots=True)
class Abnormality:
    """One abnormality as the text lists it.

    `sign` is 1 for an additional chromosome (`+8`, `+der(9)t(9;11)`), -1 for a lost one (`-7`, `-del(5)(q13)`) and 0 where
    the abnormal chromosome replaces a normal one. `parts` are the rearrangements within a derivative chromosome.
    `alternatives` are what follows `or`. `cells` is set where the abnormality carries a cell count of its own. `position`
    is the character of the text at which it starts, from 0.
    """

    kind: Kind
    chromosomes: tuple[str, ...] = ()
    breakpoints: tuple[Breakpoint, ...] = ()
    sign: int = 0
    copies: tuple[int, int] = (1, 1)
    parts: tuple[Abnormality, ...] = ()
    alternatives: tuple[Abnormality, ...] = ()
    uncertain: bool = False
    constitutional: bool = False
    cells: int | None = None
    label: str = ""
    text: str = ""
    position: int = 0

    @property
    def counted(self) -> bool:
        """Whether it is an acquired abnormality: not constitutional and not a variant."""
        return not self.constitutional and self.kind not in UNCOUNTED

    @property
    def structural(self) -> bool:
        """Whether a chromosome's structure is changed (markers and rings included)."""
        return self.counted and self.kind not in NUMERICAL and self.kind is not Kind.PLOIDY

    @property
    def rearrangements(self) -> tuple[Abnormality, ...]:
        """Itself, or for a derivative chromosome the rearrangements that made it."""
        return self.parts or (self,)
