"""What can be supposed: a next sample, its quality, a gene, a fusion, a medicine or another dated fact.

Numbers stay as they were written, so that the admission of records can name what is impossible in them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tenfold.vocabulary import Detection, Qualifier, Scale

Occasion = Literal["diagnosis", "now"]


@dataclass(frozen=True)
class Adequacy:
    """What is supposed of a sample's quality; None for what is not said."""

    adequate: bool | None = None
    control_gene: str | None = None
    control_copies: str | None = None

    @property
    def said(self) -> bool:
        """Whether anything is."""
        return self.adequate is not None or self.control_copies is not None


@dataclass(frozen=True)
class NextSample:
    """A next MRD sample. `value` as written; `scale` None with a value: a percentage, of what is not said."""

    marker: str
    tissue: str | None = None
    method: str | None = None
    value: str | None = None
    qualifier: Qualifier | None = None
    scale: Scale | None = None
    detected: Detection | None = None
    adequacy: Adequacy = Adequacy()


@dataclass(frozen=True)
class GeneStatus:
    """A gene, or one kind of change of it, mutated or not; `occasion` None: the one that the answers read."""

    gene: str
    mutated: bool
    kind: str | None = None
    hgvs_p: str | None = None
    vaf: str | None = None
    allelic_ratio: str | None = None
    occasion: Occasion | None = None


@dataclass(frozen=True)
class FusionStatus:
    """A fusion found or looked for in vain."""

    fusion: str
    found: bool
    occasion: Occasion | None = None


@dataclass(frozen=True)
class Medicine:
    """A medicine taken from now on, or no longer taken."""

    drug: str
    taken: bool


@dataclass(frozen=True)
class Fact:
    """Any other dated fact: rows of one table, as (column, cell) pairs, with what they say in words and a `note`."""

    table: str
    rows: tuple[tuple[tuple[str, str], ...], ...]
    said: str
    note: str = ""


What = NextSample | Adequacy | GeneStatus | FusionStatus | Medicine | Fact


@dataclass(frozen=True)
class Change:
    """One change: as it was written, what it supposes, and in how many days (None: not said)."""

    text: str
    what: What
    after_days: int | None = None
