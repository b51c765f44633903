"""The columns of text of de-identified records: pseudonyms, known words, or nothing."""

from __future__ import annotations

import polars as pl

from tenfold.records.free_text import kept_text, known_words_of, policy_of
from tenfold.records.kept_names import name_kept
from tenfold.records.kept_words import keeper_of
from tenfold.records.pseudonyms import pseudonym, pseudonyms
from tenfold.records.shape import Axis, Kind, Table

SHORT = 3
"""Letters of an identifier that may stand in any text by chance: one of so few is not looked for."""


def with_text(
    frame: pl.DataFrame, table: Table, name: str, key: bytes, axis: Axis, keep_laboratories: bool
) -> tuple[pl.DataFrame, str, int]:
    """A table with one column of text as it may be shown, what was done in words, and how many cells it changed.

    The rows must still have the identifiers of their own patients.
    """
    policy = policy_of(table, name)
    if name == "laboratory" and keep_laboratories:
        policy = "kept"
    old = frame[name]
    if policy == "pseudonym":
        new = _sample_names(frame, name, key, axis) if name == "sample_id" else _named_anew(old, name, key)
    elif policy == "words":
        told = {text: known_words_of(text) for text in old.drop_nulls().unique()}
        new = old.replace_strict(told, return_dtype=pl.String)
    elif policy == "kept":
        kind = table[name].kind
        if kind is Kind.TEXT:
            keeper = kept_text if name in ("laboratory", "table") else keeper_of(table.name, name)
            told = _apart({text: keeper(text) for text in old.drop_nulls().unique()}, name, key)
        else:
            told = {text: name_kept(text, kind, key) for text in old.drop_nulls().unique()}
        owner = pl.col("patient_id").str.to_lowercase()
        named = pl.col(name).str.to_lowercase().str.contains(owner, literal=True) & (owner.str.len_chars() > SHORT)
        hit = frame.select(named.fill_null(False)).to_series()
        cut = {text: known_words_of(text) for text in old.filter(hit).unique()}
        whole = old.replace_strict(told, return_dtype=pl.String)
        new = pl.select(pl.when(hit).then(old.replace(cut)).otherwise(whole)).to_series() if cut else whole
    else:
        new = pl.repeat(None, frame.height, dtype=pl.String, eager=True)
    said = {"words": "known words kept", "kept": "kept where listed", "emptied": "emptied", "pseudonym": "pseudonym"}[
        policy
    ]
    return frame.with_columns(new.alias(name)), said, int((~new.eq_missing(old)).sum())


def _apart(told: dict[str, str], name: str, key: bytes) -> dict[str, str]:
    """Texts that were cut down to the same are numbered: that they were not the same decides answers (two regimens, two
    variants). The numbers are in the order of pseudonyms, which says nothing. A karyotype is read, not compared.
    """
    groups: dict[str, list[str]] = {}
    for text, cut in told.items():
        groups.setdefault(cut, []).append(text)
    apart = dict(told)
    for cut, texts in groups.items():
        changed = sorted((text for text in texts if text != cut), key=lambda text: pseudonym(key, name, text))
        if len(texts) > 1 and name != "iscn":
            apart |= {text: f"{cut} [{number}]" for number, text in enumerate(changed, 1)}
    return apart


def _named_anew(old: pl.Series, purpose: str, key: bytes) -> pl.Series:
    told = pseudonyms(key, purpose, old.drop_nulls().unique(), purpose[0].upper())
    return old.replace_strict(told, return_dtype=pl.String)


def _sample_names(frame: pl.DataFrame, name: str, key: bytes, axis: Axis) -> pl.Series:
    """Pseudonyms of samples. Those of one patient and day keep the order of their names, by which ties are decided.

    A day's only sample has the pseudonym of its own name, which stays whatever is added to the records; of several, the
    pseudonym is that of the first with their number.
    """
    day = pl.col("sample_day" if axis == "relative" else "sample_date").cast(pl.Int32)
    at = frame.with_columns(_at=pl.coalesce(pl.col("sequence").cast(pl.Int64), day.cast(pl.Int64)))
    group = ["patient_id", "_at"]
    named = (
        at.filter(pl.col(name).is_not_null())
        .select(*group, name)
        .unique()
        .with_columns(
            first=pl.col(name).min().over(group),
            rank=pl.col(name).rank("dense").over(group),
            many=pl.len().over(group),
        )
    )
    told = pseudonyms(key, "sample", named["first"].unique(), "S")
    number = pl.when(pl.col("many") > 1).then(pl.format("-{}", pl.col("rank").cast(pl.String).str.zfill(3)))
    new = named.with_columns(
        new=pl.col("first").replace_strict(told, return_dtype=pl.String) + number.fill_null(pl.lit(""))
    )
    return at.join(
        new.select(*group, name, "new"), on=[*group, name], how="left", nulls_equal=True, maintain_order="left"
    )["new"]
