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

from tenfold.genetics import lesions
from tenfold.logic.criterion import Criterion, any_of, banded, yes_no
from tenfold.logic.decision import Guard, Input

FURTHER = {
    "other_rara": "RARA rearranged with another partner",
    "nup98_rearranged": "NUP98 rearranged",
    "t_1_22": "t(1;22) / RBM15::MRTFA",
    "t_1_3": "t(1;3) / PRDM16::RPN1",
    "t_3_5": "t(3;5) / NPM1::MLF1",
    "t_7_12": "t(7;12) / ETV6::MNX1",
    "t_10_11_picalm": "t(10;11) / PICALM::MLLT10",
    "t_16_21_fus": "t(16;21)(p11.2;q22.2) / FUS::ERG",
    "t_16_21_cbfa2t3": "t(16;21)(q24.3;q22.1) / RUNX1::CBFA2T3",
    "inv_16_cbfa2t3": "inv(16)(p13.3q24.3) / CBFA2T3::GLIS2",
    "t_5q": "translocation with a break in 5q",
    "del_7q": "loss of 7q",
    "gain_8": "trisomy 8",
    "del_11q": "deletion of 11q",
    "del_12p": "loss of 12p",
    "t_12p": "translocation with a break in 12p",
    "loss_13": "monosomy 13",
    "del_13q": "deletion of 13q",
    "i_17q": "isochromosome 17q",
    "del_17p": "loss of 17p",
    "del_20q": "deletion of 20q",
    "idic_x_q13": "isodicentric X, idic(X)(q13)",
}
"""Facts of the karyotype (or of a fusion found otherwise) that only the classes ask for."""

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


def wording(name: str) -> str:
    """How a fact is called."""
    return FURTHER.get(name) or lesions.wording(name)


def inputs(names: Iterable[str]) -> tuple[Input, ...]:
    """The facts as inputs of a question."""
    return tuple(Input(name, wording(name)) for name in dict.fromkeys(names))


def fact(name: str, citation: str) -> Criterion:
    """A criterion that is one of the facts."""
    return yes_no(name, wording(name), citation=citation)


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
