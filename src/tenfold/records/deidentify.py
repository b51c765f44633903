"""De-identification: the same records with pseudonyms, every date of a patient moved by the same number of days, and free
text cut down to known words; every interval, and so every answer, stays.

What it does not do: records that fit only one person in the world (a rare karyotype, a transplant at 81, a known date of
death) still fit only that person. Moving dates is not the Safe Harbor method of the United States (45 CFR 164.514(b)(2)),
which takes all but the year away: it needs the judgement of somebody who knows the methods, as does any sharing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

import polars as pl

from tenfold.records.completeness import statements_to_keep
from tenfold.records.deidentified_ages import with_ages
from tenfold.records.deidentified_places import with_places
from tenfold.records.deidentified_text import with_text
from tenfold.records.faults import no_faults
from tenfold.records.pseudonyms import pseudonyms, shift_days, weakness_of
from tenfold.records.registry import Registry
from tenfold.records.shape import Kind, Table, day_name
from tenfold.records.tables import TABLES

FIRST_DAY, LAST_DAY = -25_567, 47_846
"""1 January 1900 and 31 December 2100, between which every date of records lies; in days since 1970."""
SIMULATED_TITLE = "SIMULATED patients, de-identified"
TEXTS = (Kind.TEXT, Kind.GENE, Kind.MARKER, Kind.DRUGS)


class BirthDates(StrEnum):
    """What becomes of dates of birth."""

    SHIFTED = "shifted"
    """They move with all other dates: ages stay exact to the day."""
    AGE = "age"
    """They go; the age at diagnosis stays in completed years, and answers may change where a few months decide."""


class Oldest(StrEnum):
    """What becomes of the ages of patients who reach 90 years in the records."""

    NINETY = "90"
    """Written as 90, which then means 90 or more."""
    WITHHELD = "withheld"
    """Emptied: not known."""
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Rules:
    """How records are de-identified.

    `shift`: the most days by which dates move; `relative`: days since diagnosis in place of dates, which keeps nothing of
    the calendar; `title`: of the new registry.
    """

    shift: int = 365
    relative: bool = False
    birth_dates: BirthDates = BirthDates.SHIFTED
    oldest: Oldest = Oldest.NINETY
    keep_laboratories: bool = False
    title: str = "De-identified records"


@dataclass(frozen=True, slots=True)
class Deidentified:
    """De-identified records with what was done.

    `done`: one row for each column that held anything (table, column, what, cells, of_them_changed); `link`: patient_id,
    pseudonym, shift_days (to be added to a date; null on the relative axis) - as secret as the key; `notes`: in words.
    """

    registry: Registry
    done: pl.DataFrame
    link: pl.DataFrame
    notes: tuple[str, ...]


DONE_SCHEMA: dict[str, pl.DataType] = {
    "table": pl.String(),
    "column": pl.String(),
    "what": pl.String(),
    "cells": pl.Int64(),
    "of_them_changed": pl.Int64(),
}


def deidentify(registry: Registry, key: bytes, rules: Rules | None = None) -> Deidentified:
    """De-identify a whole registry (not a view of a day). The same key gives the same pseudonyms and shifts every time.

    Rows that were set aside on admission do not come along, as they could hold anything; that they were there is kept as
    completeness. Nor do faults, the title or the sources (those of simulated records do). ValueError for a shift below a
    day, or a view of a day from which rows are missing because they could not be placed.
    """
    rules = Rules() if rules is None else rules
    if registry.unplaced.height:
        raise ValueError("these records are a view of one day: de-identify the whole registry, and view that")
    tables, numbered = with_places(_with_statements(registry))
    people = _people(registry, key, rules)
    done = numbered
    by_name = {}
    ages = with_ages(registry, rules.birth_dates == BirthDates.AGE, str(rules.oldest))
    tables = tables | ({"patients": ages} if ages is not None else {})
    for name, frame in tables.items():
        by_name[name] = _table(frame, TABLES[name], people, key, registry, rules, done)
    if ages is not None:
        done += _ages_done(registry.table("patients"), ages, registry)
    new = replace(
        registry,
        tables=by_name,
        axis="relative" if rules.relative else registry.axis,
        title=SIMULATED_TITLE if registry.simulated else rules.title,
        sources=dict(registry.sources) if registry.simulated else {},
        faults=no_faults(),
        set_aside=registry.set_aside.clear(),
    )
    link = people.select(
        "patient_id", "pseudonym", shift_days=pl.col("shift") if _moves(registry) else pl.lit(None, pl.Int64)
    )
    return Deidentified(new, pl.DataFrame(done, DONE_SCHEMA, orient="row"), link, tuple(_notes(registry, rules, key)))


def _moves(registry: Registry) -> bool:
    return registry.axis == "calendar"


def _with_statements(registry: Registry) -> dict[str, pl.DataFrame]:
    """The tables, with what is said of their completeness; a statement for everybody from a date is said for each patient,
    because each patient's dates move by themselves.
    """
    tables = dict(registry.tables)
    stated = statements_to_keep(registry)
    if stated is None:
        return tables
    start = "from_day" if registry.axis == "relative" else "from_date"
    everybody = stated.filter(pl.col("patient_id").is_null() & pl.col(start).is_not_null())
    own = stated.filter(pl.col("patient_id").is_not_null())
    spelt = (
        registry.patient_ids()
        .join(everybody.drop("patient_id"), how="cross")
        .join(own, on=["patient_id", "table"], how="anti", maintain_order="left")
        .select(stated.columns)
    )
    rest = stated.join(everybody, on=stated.columns, how="anti", nulls_equal=True, maintain_order="left")
    return tables | {"completeness": pl.concat([rest, spelt])}


def _people(registry: Registry, key: bytes, rules: Rules) -> pl.DataFrame:
    """patient_id, pseudonym, shift (days to add to each date) and zero (what day 0 is, where days take the place of dates)."""
    ids = registry.patient_ids()
    names = pseudonyms(key, "patient", ids["patient_id"], "P")
    people = ids.with_columns(
        pseudonym=pl.col("patient_id").replace_strict(names, return_dtype=pl.String),
        shift=pl.lit(0, pl.Int64),
        zero=pl.lit(None, pl.String),
    )
    if not _moves(registry):
        return people
    known = ids.join(_first_and_last(registry), on="patient_id", how="left", maintain_order="left")
    if rules.relative:
        diagnosed = registry.days("patients").select("patient_id", pl.col("diagnosis_day").cast(pl.Int64))
        known = known.join(diagnosed, on="patient_id", how="left", maintain_order="left")
        return people.with_columns(
            shift=-pl.coalesce(known["diagnosis_day"], known["first"]).fill_null(0),
            zero=pl.when(known["diagnosis_day"].is_not_null())
            .then(pl.lit("diagnosis"))
            .when(known["first"].is_not_null())
            .then(pl.lit("first recorded day")),
        )
    shift = pl.Series("shift", [shift_days(key, one, rules.shift) for one in ids["patient_id"]], dtype=pl.Int64)
    # What would leave the calendar of records moves the other way.
    leaves = (known["first"] + shift < FIRST_DAY) | (known["last"] + shift > LAST_DAY)
    born = ids.join(_births(registry), on="patient_id", how="left", maintain_order="left")["birth"]
    leaves = leaves.fill_null(False) | (born + shift < FIRST_DAY).fill_null(False)
    return people.with_columns(shift=pl.when(leaves).then(-shift).otherwise(shift))


def _births(registry: Registry) -> pl.DataFrame:
    return registry.days("patients").select("patient_id", birth=pl.col("birth_day").cast(pl.Int64))


def _first_and_last(registry: Registry) -> pl.DataFrame:
    """The first and the last day of each patient's records but the birth."""
    days = [
        registry.days(name).select("patient_id", day=pl.col(day_name(column.name)).cast(pl.Int64))
        for name in registry.tables
        for column in TABLES[name].dates
        if column.name != "birth_date"
    ]
    empty = pl.DataFrame(schema={"patient_id": pl.String, "day": pl.Int64})
    return (
        pl.concat([empty, *days])
        .filter(pl.col("patient_id").is_not_null())
        .group_by("patient_id")
        .agg(first=pl.col("day").min(), last=pl.col("day").max())
    )


def _table(
    frame: pl.DataFrame,
    table: Table,
    people: pl.DataFrame,
    key: bytes,
    registry: Registry,
    rules: Rules,
    done: list[tuple[str, str, str, int, int]],
) -> pl.DataFrame:
    """One table: text first, while rows still have their own identifiers, then dates and identifiers."""
    filled = {column: frame.height - frame[column].null_count() for column in frame.columns}
    for column in table.columns:
        if column.kind in TEXTS and column.name != "patient_id" and filled[column.name]:
            frame, said, changed = with_text(frame, table, column.name, key, registry.axis, rules.keep_laboratories)
            done.append((table.name, column.name, said, filled[column.name], changed))
    joined = frame.join(people, on="patient_id", how="left", maintain_order="left")
    to_days = rules.relative and _moves(registry)
    moved = []
    for column in table.dates:
        name = column.named(registry.axis)
        if _moves(registry):
            day = (pl.col(name).cast(pl.Int32).cast(pl.Int64) + pl.col("shift")).cast(pl.Int32)
            moved.append((day if to_days else day.cast(pl.Date)).alias(day_name(name) if to_days else name))
        if filled[name]:
            what = "days since day 0" if to_days else "moved" if _moves(registry) else "kept: already days since day 0"
            done.append((table.name, name, what, filled[name], filled[name] if _moves(registry) else 0))
    if to_days and table.name == "patients":
        moved.append(pl.col("zero").alias("day_zero"))
    if filled["patient_id"]:
        done.append((table.name, "patient_id", "pseudonym", filled["patient_id"], filled["patient_id"]))
    out = joined.with_columns(*moved, pl.col("pseudonym").alias("patient_id"))
    # In the order of the pseudonyms, because the order of a file may be that of admission or of the alphabet.
    return out.select(*table.schema("relative" if to_days else registry.axis)).sort("patient_id", maintain_order=True)


def _ages_done(before: pl.DataFrame, after: pl.DataFrame, registry: Registry) -> list[tuple[str, str, str, int, int]]:
    born = TABLES["patients"]["birth_date"].named(registry.axis)
    rows = []
    for name in (born, "age_at_diagnosis_years", "age_years"):
        changed = int((~after[name].eq_missing(before[name])).sum())
        if changed:
            rows.append(
                ("patients", name, "reduced to what is allowed", before.height - before[name].null_count(), changed)
            )
    return rows


def _notes(registry: Registry, rules: Rules, key: bytes) -> list[str]:
    notes = [
        "The key, and the list that links identifiers with pseudonyms, are as secret as the records: whoever has one of them "
        "can go back.",
    ]
    if (weak := weakness_of(key)) is not None:
        notes.append(weak)
    if registry.axis == "relative":
        notes.append("The records hold days since day 0 and no dates: nothing was moved.")
    elif rules.relative:
        notes.append(
            "Days take the place of dates: --on takes a day number, and which drugs were approved on that day is not known."
        )
    else:
        notes.append(
            "Each patient's dates moved by a number of days of their own: one calendar day (--on 2024-05-03) is no longer the "
            "same day for two patients. Ask without --on, or make days of the dates with --relative."
        )
    if not rules.keep_laboratories:
        notes.append("Laboratories have pseudonyms: a settings file that aligns laboratories by name must name those.")
    if registry.set_aside.filter(~pl.col("repeat")).height:
        notes.append(
            f"{registry.set_aside.height} rows that were set aside do not come along; the tables count as incomplete for "
            "their patients, as before."
        )
    if rules.oldest is Oldest.NINETY:
        notes.append("An age of 90 means 90 or more.")
    return notes
