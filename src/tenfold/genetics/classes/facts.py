"""What the classes of AML share: their facts and wordings, the bands of blasts, and the guard against an earlier MPN.

Traps: blasts are those of the marrow or the blood, whichever are more; 19.9 % is below 20 %. Monosomy 5 is in the lists of
neither classification, though it rarely comes without what is. Lists of facts stand in ``classes.toml`` with their source.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any

import polars as pl

from tenfold.logic.criterion import Criterion, any_of, banded, yes_no
from tenfold.logic.decision import Guard, Input

BLASTS_MDS_AML = 10
"""From this percentage of blasts on, the ICC calls it AML or MDS/AML."""
BLASTS_AML = 20
"""From this percentage of blasts on, both call it AML where no genetic abnormality lowers the threshold."""

BLASTS_INPUT = Input(
    "diagnostic_blasts_pct", "blasts in marrow or blood at diagnosis, whichever are more", "number", "%", 0, 100
)
BLASTS = banded(
    "diagnostic_blasts_pct",
    "Blasts in marrow or blood at diagnosis",
    (">=", BLASTS_MDS_AML),
    (">=", BLASTS_AML),
    unit="%",
)

PRIOR_MDS_INPUT = Input("prior_mds_or_mds_mpn", "MDS or MDS/MPN before")
PRIOR_MPN_INPUT = Input("prior_mpn", "myeloproliferative neoplasm before")
NO_PRIOR_MPN = Guard(
    yes_no("no_prior_mpn", "No myeloproliferative neoplasm before", ~pl.col("prior_mpn")),
    "blasts after a myeloproliferative neoplasm are its accelerated or blast phase",
)


def one_of(name: str, words: str, facts: Iterable[str], citation: str) -> Criterion:
    """A criterion that is any of the facts; a single fact stands for itself."""
    return any_of(name, words, *facts, citation=citation)


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads((files("tenfold.genetics.classes") / "classes.toml").read_text("utf-8"))


def listed(edition: str, group: str) -> tuple[str, ...]:
    """The facts or genes of a group, in the order of its source; KeyError if there is none."""
    entry = _data()[edition][group]
    return tuple(entry["facts"] if "facts" in entry else entry["genes"])


def qualifier_words(edition: str) -> dict[str, str]:
    """The wording of each qualifier of an edition: therapy_related, progressed (ICC alone), germline."""
    return {name: words for name, words in _data()["qualifiers"][edition].items() if name != "source"}
