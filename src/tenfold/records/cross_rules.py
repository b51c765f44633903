"""What rows of different tables must be to each other: the patient's own dates, and who the patients are."""

from collections.abc import Iterator, Mapping

import polars as pl

from tenfold.records.cells import date_text
from tenfold.records.faults import Used
from tenfold.records.row_rules import CHECK_BOTH
from tenfold.records.rules import FILE, FOUND_SCHEMA, LINE, ROW, Rule, apply_rules, none_found, written
from tenfold.records.shape import Axis, Table
from tenfold.records.tables import TABLES
from tenfold.records.usual import EARLIEST_SAMPLE_DAYS, SAMPLED_SINCE_DIAGNOSIS
from tenfold.vocabulary import EventKind

BIRTH, DEATH, CONTACT = "patient:birth_date", "patient:death_date", "patient:last_contact_date"
DIAGNOSIS = "patient:diagnosis_date"
LIFE = (BIRTH, DEATH, CONTACT, DIAGNOSIS)


def against_patients(frame: pl.DataFrame, table: Table, patients: pl.DataFrame, axis: Axis) -> pl.DataFrame:
    """Rows dated before the patient's birth or after the death, deaths before a last contact, and, as a remark, samples long
    before the diagnosis (``FOUND_SCHEMA``).

    ``patients`` holds only rows that were admitted, so that a date that is itself in doubt condemns nothing.
    """
    if table.dated_by is None or frame.is_empty() or patients.is_empty():
        return none_found()
    known = patients.select(
        "patient_id",
        *(pl.col(TABLES["patients"][said.removeprefix("patient:")].named(axis)).alias(said) for said in LIFE),
    ).filter(pl.any_horizontal(pl.col(LIFE).is_not_null()))
    if known.is_empty():
        return none_found()
    joined = frame.join(known, on="patient_id", how="inner", maintain_order="left")
    return apply_rules(joined, _life_rules(table, axis))


def _life_rules(table: Table, axis: Axis) -> Iterator[Rule]:
    for column in table.dates:
        if column.name == "reported_date":  # a result may well come after the death
            continue
        name = column.named(axis)
        this = date_text(table, column.name, axis)
        for other, what, broken in (
            (DEATH, "after the patient's death", pl.col(name) > pl.col(DEATH)),
            (BIRTH, "before the patient's birth", pl.col(name) < pl.col(BIRTH)),
        ):
            then = pl.format("day {}", other) if axis == "relative" else pl.col(other).dt.to_string("%Y-%m-%d")
            yield Rule(
                column.name,
                broken,
                pl.format("{} {} is {} on {}", pl.lit(name), this, pl.lit(what), then),
                CHECK_BOTH,
            )
    if table.name in SAMPLED_SINCE_DIAGNOSIS:
        yield _long_before_diagnosis(table, axis)
    if table.name == "events":
        name = table["event_date"].named(axis)
        died = (pl.col("kind") == EventKind.DEATH) & pl.col("present").fill_null(True)
        for other, what in (
            (DEATH, "the death is on {} here and on {} in patients"),
            (CONTACT, "the death is on {} here, and a last contact on {} in patients"),
        ):
            then = pl.format("day {}", other) if axis == "relative" else pl.col(other).dt.to_string("%Y-%m-%d")
            yield Rule(
                "event_date",
                died & (pl.col(name) < pl.col(other)),
                pl.format(what, date_text(table, "event_date", axis), then),
                CHECK_BOTH,
            )


def _long_before_diagnosis(table: Table, axis: Axis) -> Rule:
    name = table["sample_date"].named(axis)
    earliest = EARLIEST_SAMPLE_DAYS if axis == "relative" else pl.duration(days=EARLIEST_SAMPLE_DAYS)
    then = pl.format("day {}", DIAGNOSIS) if axis == "relative" else pl.col(DIAGNOSIS).dt.to_string("%Y-%m-%d")
    return Rule(
        "sample_date",
        (pl.col(name) < pl.col(DIAGNOSIS) - earliest) & ~(pl.col(name) < pl.col(BIRTH)).fill_null(False),
        pl.format(
            "{} {} is long before the diagnosis on {}", pl.lit(name), date_text(table, "sample_date", axis), then
        ),
        "check the month and the year, or leave it if it is right",
        Used.KEPT,
    )


def not_in_patients(frame: pl.DataFrame, table: Table, patients: pl.DataFrame) -> pl.DataFrame:
    """Patients of a table whom the table of patients does not have: one fault for each of them, their rows
    kept.

    ``patients``: every row of the table of patients, admitted or not.
    """
    strangers = frame.filter(pl.col("patient_id").is_not_null()).join(
        patients.select("patient_id"), on="patient_id", how="anti", maintain_order="left"
    )
    if strangers.is_empty():
        return none_found()
    first = strangers.group_by("patient_id", maintain_order=True).agg(
        pl.col(ROW, FILE, LINE).first(), pl.len().alias("rows")
    )
    return first.select(
        ROW,
        pl.col(FILE).alias("file"),
        pl.col(LINE).alias("line"),
        "patient_id",
        pl.lit("patient_id").alias("column"),
        pl.col("patient_id").alias("value"),
        pl.format(
            "{} has {} in {} and is not in patients",
            "patient_id",
            pl.when(pl.col("rows") == 1).then(pl.lit("1 row")).otherwise(pl.format("{} rows", "rows")),
            pl.lit(table.name),
        ).alias("rule"),
        pl.lit("correct the patient_id, or add the patient to patients").alias("remedy"),
        pl.lit(str(Used.KEPT)).alias("used"),
    ).select(*FOUND_SCHEMA)


def in_sequence(frames: Mapping[str, pl.DataFrame]) -> pl.Series:
    """The patients whose facts are put in order by ``sequence``, in any table."""
    found = [
        frame.filter(pl.col("sequence").is_not_null())["patient_id"]
        for frame in frames.values()
        if written("sequence") in frame.columns
    ]
    return pl.concat([pl.Series("patient_id", [], pl.String), *found]).drop_nulls().unique()


def out_of_sequence(frame: pl.DataFrame, table: Table, sequenced: pl.Series) -> pl.DataFrame:
    """Rows without a place in the sequence of a patient whose other facts have one: where they belong is
    not known.
    """
    if "sequence" not in table or sequenced.is_empty():
        return none_found()
    blank = pl.col(written("sequence")).is_null() if written("sequence") in frame.columns else pl.lit(True)
    return apply_rules(
        frame,
        [
            Rule(
                "sequence",
                blank & pl.col("patient_id").is_in(sequenced.implode()),
                "the row has no sequence, although other facts of the patient have one",
                "give every fact of the patient its place in the sequence, or none",
            )
        ],
    )
