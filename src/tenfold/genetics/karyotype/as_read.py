"""How a karyotype was understood, written as ISCN, where the text itself is not: so that a repair is never silent.

Only plain karyotypes are written again; a text with words, FISH, doubtful cells or parts that could not be read speaks for
itself in what is reported of it.
"""

from __future__ import annotations

import re

from tenfold.genetics.karyotype.abnormalities import Abnormality
from tenfold.genetics.karyotype.clones import DIPLOID, Clone
from tenfold.genetics.karyotype.parse import Karyotype, Status

BARE_CHROMOSOME = re.compile(r"^([a-z]+)(\d+|[xy])(?=\()", re.IGNORECASE)
BETWEEN_TWO = re.compile(r"(?<=[\w?])[,:](?=[\w?])")


def as_read(karyotype: Karyotype) -> str | None:
    """Return the ISCN that was understood, or None where the text says the same or cannot be written again plainly."""
    beside = (karyotype.unread, karyotype.stated, karyotype.fish, karyotype.comments)
    if karyotype.status is not Status.READ or any(beside) or not all(map(_is_plain, karyotype.clones)):
        return None
    understood = "/".join(map(_clone, karyotype.clones))
    written = re.sub(r"\s", "", karyotype.text).rstrip(".;,")
    return None if written.casefold() == understood.casefold() else understood


def _is_plain(clone: Clone) -> bool:
    odd = clone.composite or clone.donor or clone.incomplete or clone.constitutional or clone.times > 1
    doubtful = any(one.uncertain or one.alternatives or one.constitutional for one in clone.listed)
    return not odd and not doubtful and clone.ploidy == DIPLOID and clone.count is not None


def _clone(clone: Clone) -> str:
    low, high = clone.count or (0, 0)
    head = f"{low}" if low == high else f"{low}~{high}"
    cells = "" if clone.cells is None else f"[{clone.cells}]"
    return ",".join([head, clone.origin or clone.sex, *map(_abnormality, clone.listed)]) + cells


def _abnormality(one: Abnormality) -> str:
    text = BARE_CHROMOSOME.sub(r"\1(\2)", one.text)
    return BETWEEN_TWO.sub(";", text) if len(one.chromosomes) > 1 else text
