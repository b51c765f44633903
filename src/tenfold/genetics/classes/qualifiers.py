"""What is written after a class: therapy-related, progressed from MDS or MDS/MPN, germline predisposition.

Traps: qualifiers are no classes and change none; `ontogeny` holds one word, so that of a therapy-related leukaemia it is
not known whether an MDS came before, and "secondary" may mean an earlier myeloproliferative neoplasm, too. What is not
known is said ("therapy-related: not known").

Arber et al., Blood 2022;140:1200-1228; Khoury et al., Leukemia 2022;36:1703-1719.
"""

from __future__ import annotations

import polars as pl

from tenfold.genetics.classes.facts import qualifier_words
from tenfold.vocabulary import Ontogeny

COLUMNS: dict[str, pl.DataType] = {
    "ontogeny": pl.String(),
    "prior_mds_or_mds_mpn": pl.Boolean(),
    "prior_mpn": pl.Boolean(),
    "germline_predisposition": pl.Boolean(),
}
NOT_KNOWN = ": not known"


def therapy_related() -> pl.Expr:
    """Whether the leukaemia followed cytotoxic therapy, from the column `ontogeny`."""
    return pl.col("ontogeny") == Ontogeny.THERAPY_RELATED


def progressed_from_mds() -> pl.Expr:
    """Whether an MDS or MDS/MPN came before: the column `prior_mds_or_mds_mpn`, else what `ontogeny` tells."""
    word = pl.col("ontogeny")
    told = (
        pl.when(word == Ontogeny.DE_NOVO)
        .then(False)
        .when((word == Ontogeny.SECONDARY) & ~pl.col("prior_mpn"))
        .then(True)
    )
    return pl.coalesce("prior_mds_or_mds_mpn", told)


def icc_qualifiers(frame: pl.DataFrame) -> pl.DataFrame:
    """Add `icc_qualifiers` (list): those that hold, and those not known, said so.

    Read are `ontogeny`, `prior_mds_or_mds_mpn`, `prior_mpn` and `germline_predisposition`; a missing column is not known.
    """
    return _with_qualifiers(frame, "icc2022", "icc_qualifiers")


def who_qualifiers(frame: pl.DataFrame) -> pl.DataFrame:
    """Add `who_qualifiers` (list), likewise: post cytotoxic therapy, associated with a germline variant."""
    return _with_qualifiers(frame, "who2022", "who_qualifiers")


def _with_qualifiers(frame: pl.DataFrame, edition: str, into: str) -> pl.DataFrame:
    facts = {
        "therapy_related": therapy_related(),
        "progressed": progressed_from_mds(),
        "germline": pl.col("germline_predisposition"),
    }
    said = [_said(facts[name], words) for name, words in qualifier_words(edition).items()]
    absent = [name for name in COLUMNS if name not in frame.columns]
    whole = frame.with_columns(pl.lit(None, COLUMNS[name]).alias(name) for name in absent)
    # A column without any value comes as one of null type.
    typed = whole.with_columns(pl.col(name).cast(dtype) for name, dtype in COLUMNS.items())
    return frame.with_columns(typed.select(pl.concat_list(said).list.drop_nulls().alias(into)).to_series())


def _said(holds: pl.Expr, words: str) -> pl.Expr:
    return pl.when(holds).then(pl.lit(words)).when(holds.is_null()).then(pl.lit(words + NOT_KNOWN))
