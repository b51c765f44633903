"""Facts of many karyotypes as a frame: one text in, one row out. Distinct texts are read once."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import polars as pl

from tenfold.genetics.karyotype.facts import fact_names, karyotype_facts
from tenfold.genetics.karyotype.parse import read_karyotype

LISTS = ("translocations", "monosomies", "trisomies", "gained")
REMEMBERED = 65_536


def facts_frame(texts: pl.Series) -> pl.DataFrame:
    """Return one row for each text, in order.

    `status`; every fact as Boolean (null: not known); `abnormalities_low`, `abnormalities_high` (null: no upper end);
    `metaphases`; `clones`; the lists `translocations`, `monosomies`, `trisomies`, `gained`; `unread` (what could not be
    read, empty if nothing) and `unknown` (the facts that are not known).
    """
    values: list[str | None] = texts.cast(pl.String).to_list()
    rows = {value: _row(value) for value in dict.fromkeys(values)}
    return pl.DataFrame([rows[value] for value in values], schema=_schema(), orient="row")


def _schema() -> dict[str, Any]:
    return {
        "status": pl.String,
        **dict.fromkeys(fact_names(), pl.Boolean),
        "abnormalities_low": pl.Int64,
        "abnormalities_high": pl.Int64,
        "metaphases": pl.Int64,
        "clones": pl.Int64,
        **dict.fromkeys(LISTS, pl.List(pl.String)),
        "unread": pl.String,
        "unknown": pl.List(pl.String),
    }


@lru_cache(maxsize=REMEMBERED)
def _row(text: str | None) -> tuple[Any, ...]:
    karyotype = read_karyotype(text)
    facts = karyotype_facts(karyotype)
    read = bool(karyotype.clones)
    return (
        karyotype.status.value,
        *(facts[name] for name in fact_names()),
        facts.count[0] if read or facts.count[1] is not None else None,
        facts.count[1],
        facts.metaphases,
        len(karyotype.own) if read else None,
        *(list(getattr(facts, name)) if read else None for name in LISTS),
        "; ".join(one.text or one.reason for one in karyotype.unread),
        list(facts.unknown),
    )
