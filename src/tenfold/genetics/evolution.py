"""Clonal evolution: what became of each mutation from one sample to the next.

Each change is followed over the samples that tell of it: those in which it was seen, and those in which its gene was
tested by a method that would show it. Gained needs an earlier test without it ("not tested then" otherwise); lost needs a
test now ("not tested now" otherwise), whatever the sensitivity of that test. Between two samples that show it, it rises,
falls or is stable by thresholds that are no published ones (``evolution.toml``); "persisting" where it was not measured
alike both times. Null where a report leaves open which of several changes it means.
Traps: a variant allele fraction follows the share of leukaemic cells, so falling may be response and not selection; a
therapy named between two samples need not have caused what was seen.

Units: days; variant allele fraction 0 to 1; allelic ratio mutant to wild type. ValueError where a column is missing.
Notes and their sources: ``evolution.toml``.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

import polars as pl

from tenfold.genetics.clonal_changes import KEY, changes_seen, clonal_rows
from tenfold.genetics.evolution_therapy import THERAPY, therapies
from tenfold.genetics.variants.patient import shows

GAINED, LOST, RISING, FALLING, STABLE = "gained", "lost", "rising", "falling", "stable"
PERSISTING = "persisting"
NOT_TESTED_THEN, NOT_TESTED_NOW = "not tested then", "not tested now"
MEASURES = {"allelic ratio": "allelic_ratio", "VAF": "vaf"}
"""Measure -> column, the first that both samples have."""
TOLERANCE = 1e-9
SAMPLE = ["patient_id", "at"]
SAMPLE_GENE = [*SAMPLE, "gene"]
CARRIED = ("status", "vaf", "allelic_ratio", "disagree", "unsure", "unnamed")
SEEN_TWICE = [RISING, FALLING, STABLE, PERSISTING]

STEP: dict[str, pl.DataType] = {
    "patient_id": pl.String(),
    "gene": pl.String(),
    "change": pl.String(),
    "from_day": pl.Int64(),
    "to_day": pl.Int64(),
    "what": pl.String(),
    "measure": pl.String(),
    "measure_from": pl.Float64(),
    "measure_to": pl.Float64(),
    "therapy": pl.List(pl.String()),
    "notes": pl.List(pl.String()),
}
PLACES: dict[str, pl.DataType] = {"from_order": pl.Int64(), "to_order": pl.Int64()}

UNSURE = "it is not certain that this variant counts as a mutation"
UNNAMED = "not every report writes the change out: taken for the same"
DISAGREE = "several values in one sample: not compared"
FIRST_SEEN = "seen for the first time: not tested before"
UNDATED = "also reported without a day"


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads((files("tenfold.genetics") / "evolution.toml").read_text("utf-8"))


def evolution(
    variants: pl.DataFrame, tested: pl.DataFrame | None = None, treatments: pl.DataFrame | None = None
) -> pl.DataFrame:
    """One row for each change and each step from one sample that tells of it to the next.

    `variants` and `tested` (the table genes_tested) hold patient_id, gene and a numeric `sample_day`; `treatments` hold
    patient_id, start_day, end_day, regimen and drugs. Where only the order of facts is known, a column `order` in all of
    them takes the place of the day. Rows without either are set apart and noted.

    Columns: patient_id, gene, change, from_day, to_day, what, measure ("VAF", "allelic ratio"), measure_from, measure_to,
    therapy (list: given between the samples; null without a table of treatments), notes (list); sorted, so that the
    order of rows does not matter. With a column `order`, `from_order` and `to_order` come last.
    """
    ordered = "order" in variants.columns
    for frame, name in ((tested, "genes_tested"), (treatments, "treatments")):
        if frame is not None and ("order" in frame.columns) != ordered:
            raise ValueError(
                f"only one of the frames variants and {name} has a column order: give it to both or to neither"
            )
    placed = _placed(variants, "variants", "sample_day")
    tests = _placed(_empty() if tested is None else tested, "genes_tested", "sample_day")
    samples = _samples(placed, tests)
    followed = samples.group_by("patient_id").len().filter(pl.col("len") > 1).select("patient_id")
    if followed.is_empty():
        return pl.DataFrame(schema=STEP | (PLACES if ordered else {}))
    # Most patients of a registry have one sample, and nothing to be read twice.
    rows = clonal_rows(placed.join(followed, on="patient_id", how="semi"))
    undated = rows.filter(pl.col("at").is_null()).select("patient_id", "gene").unique()
    seen, open_ = changes_seen(rows.filter(pl.col("at").is_not_null()))
    steps = _steps(_statuses(seen, open_, samples, _shown(tests.join(followed, on="patient_id", how="semi"), seen)))
    if treatments is None:
        steps = steps.with_columns(pl.lit(None, dtype).alias(name) for name, dtype in THERAPY.items())
    else:
        steps = therapies(steps, _placed(treatments, "treatments", "start_day"))
    first_seen = seen.group_by("patient_id", pl.col("gene").alias("partner")).agg(partner_at=pl.col("at").min())
    steps = steps.join(undated.with_columns(undated=pl.lit(True)), on=["patient_id", "gene"], how="left")
    return (
        _noted(steps, first_seen)
        .sort("patient_id", "to_at", "gene", "change", "family", "place")
        .with_columns(from_order="from_at", to_order="to_at")
        .select(*STEP, *(PLACES if ordered else ()))
    )


def _empty() -> pl.DataFrame:
    return pl.DataFrame(schema={"patient_id": pl.String, "gene": pl.String, "sample_day": pl.Int64})


def _placed(frame: pl.DataFrame, name: str, day: str) -> pl.DataFrame:
    """Add `at`, by which facts are ordered: `order` where there is such a column, else the day."""
    missing = {"patient_id"} - set(frame.columns)
    missing |= {"gene"} - set(frame.columns) if day == "sample_day" else set()
    missing |= {day} - set(frame.columns) if "order" not in frame.columns else set()
    if missing:
        raise ValueError(
            f"the frame {name} has no column {', '.join(sorted(missing))}: name the patient, the gene and the day of each row"
        )
    if day not in frame.columns:
        frame = frame.with_columns(pl.lit(None, pl.Int64).alias(day))
    if not (frame[day].dtype.is_numeric() or frame[day].dtype == pl.Null):
        raise ValueError(
            f"{day} of the frame {name} holds {frame[day].dtype}: give days as numbers, e.g. 0 for diagnosis"
        )
    at = pl.col("order") if "order" in frame.columns else pl.col(day)
    return frame.with_columns(
        pl.col("patient_id").cast(pl.String), pl.col(day).cast(pl.Int64), at=at.cast(pl.Int64)
    ).filter(pl.col("patient_id").is_not_null())


def _samples(variants: pl.DataFrame, tests: pl.DataFrame) -> pl.DataFrame:
    """Every sample of each patient: `at` and, where known, its day."""
    of_variants = variants.select(*SAMPLE, "sample_day")
    both = pl.concat([of_variants, tests.select(*SAMPLE, "sample_day")]).filter(pl.col("at").is_not_null())
    return both.group_by(SAMPLE).agg(pl.col("sample_day").min())


def _shown(tests: pl.DataFrame, seen: pl.DataFrame) -> pl.DataFrame:
    """What each sample was tested for: patient_id, at, `feature`.

    Without variants, findings are "no" exactly where a test would have shown them; that depends on gene and method alone.
    """
    method = pl.col("method") if "method" in tests.columns else pl.lit(None)
    tests = tests.filter(pl.col("at").is_not_null()).select(
        *SAMPLE, pl.col("gene").cast(pl.String), method.cast(pl.String).alias("method")
    )
    genes = seen["gene"].unique().sort()
    tests = tests.filter(pl.col("gene").is_in(genes.implode())).unique()
    features = seen["feature"].unique().to_list()
    told = tests.select(*SAMPLE, *(shows(feature).alias(feature) for feature in features))
    shown = told.unpivot(features, index=SAMPLE, variable_name="feature", value_name="shown")
    return shown.filter(pl.col("shown").cast(pl.Boolean)).select(*SAMPLE, "feature").unique()


def _statuses(seen: pl.DataFrame, open_: pl.DataFrame, samples: pl.DataFrame, shown: pl.DataFrame) -> pl.DataFrame:
    """Each change at each sample of its patient: present, open, absent or untested."""
    changes = seen.select(*KEY, "change", "feature").unique()
    grid = changes.join(samples, on="patient_id")
    values = seen.drop("change", "feature").with_columns(present=pl.lit(True))
    grid = grid.join(values, on=[*KEY, "at"], how="left")
    grid = grid.join(shown.with_columns(tested=pl.lit(True)), on=[*SAMPLE, "feature"], how="left")
    for shared in (SAMPLE_GENE, [*SAMPLE_GENE, "family"], [*SAMPLE_GENE, "family", "place"]):
        told = open_.filter(
            pl.sum_horizontal(pl.col("family", "place").is_not_null()) == len(shared) - len(SAMPLE_GENE)
        )
        why = told.group_by(shared).agg(pl.col("why").min().alias(f"why_{len(shared)}"))
        grid = grid.join(why, on=shared, how="left")
    grid = grid.with_columns(why=pl.coalesce(f"why_{len(SAMPLE_GENE) + more}" for more in range(3)))
    status = (
        pl.when("present")
        .then(pl.lit("present"))
        .when(pl.col("why").is_not_null())
        .then(pl.lit("open"))
        .when("tested")
        .then(pl.lit("absent"))
        .otherwise(pl.lit("untested"))
    )
    return grid.with_columns(status=status)


def _steps(grid: pl.DataFrame) -> pl.DataFrame:
    """The steps that say something, each with `was_...`: what the sample before it that told of the change held."""
    grid = grid.sort(*KEY, "at").with_row_index("row").with_columns(number=pl.struct(KEY).rle_id())
    tells = pl.col("status").is_in(["present", "absent"])
    # By row and not over windows of each change, which are slow: rows of one change stand together, oldest first.
    grid = grid.with_columns(
        then=pl.when(tells).then("row").forward_fill().shift(1),
        opened=pl.when(pl.col("status") == "open").then("row").forward_fill().shift(1),
        previous=pl.col("row").shift(1),
    )
    same = [
        pl.when(pl.col("number").gather(pl.col(name)) == pl.col("number")).then(name).alias(name)
        for name in ("then", "opened", "previous")
    ]
    grid = grid.with_columns(same)
    grid = grid.with_columns(
        *(pl.col(name).gather(pl.col("then")).alias(f"was_{name}") for name in CARRIED),
        pl.col("why").gather(pl.col("opened")).alias("opened"),
        from_at=pl.col("at").gather(pl.coalesce("then", "previous")),
        from_day=pl.col("sample_day").gather(pl.coalesce("then", "previous")),
        to_at="at",
        to_day="sample_day",
    )
    was, now = pl.col("was_status"), pl.col("status")
    wanted = (
        ((now == "present") & pl.col("previous").is_not_null())
        | (was.is_not_null() & (now == "open"))
        | ((was == "present").fill_null(False) & (now != "present"))
    )
    return _what(_measured(grid.filter(wanted)))


def _measured(steps: pl.DataFrame) -> pl.DataFrame:
    """Add `measure`, `measure_from` and `measure_to`: of the one sample that shows the change, or in both alike."""

    def of(field: str) -> pl.Expr:
        return pl.when(pl.col("was_status") == "present").then(f"was_{field}")

    both = (pl.col("was_status") == "present").fill_null(False) & (pl.col("status") == "present")
    usable = [
        pl.when(
            pl.when(both)
            .then(of(column).is_not_null() & pl.col(column).is_not_null())
            .otherwise(of(column).is_not_null() | pl.col(column).is_not_null())
        ).then(pl.lit(measure))
        for measure, column in MEASURES.items()
    ]
    steps = steps.with_columns(measure=pl.coalesce(usable))

    def by_measure(values: dict[str, pl.Expr]) -> pl.Expr:
        return pl.coalesce(pl.when(pl.col("measure") == name).then(value) for name, value in values.items())

    return steps.with_columns(
        measure_from=by_measure({name: of(column) for name, column in MEASURES.items()}),
        measure_to=by_measure({name: pl.col(column) for name, column in MEASURES.items()}),
    )


def _moved(low: str, high: str) -> pl.Expr:
    """Whether the measure went from one column to the other by as much as counts; null where not measured alike."""
    limits = _data()["thresholds"]
    moved = [
        pl.when(pl.col("measure") == measure).then(
            (pl.col(high) - pl.col(low) >= limits[measure]["difference"] - TOLERANCE)
            & (pl.col(high) >= pl.col(low) * limits[measure]["times"] - TOLERANCE)
        )
        for measure in MEASURES
    ]
    return pl.coalesce(moved)


def _what(steps: pl.DataFrame) -> pl.DataFrame:
    was, now = pl.col("was_status"), pl.col("status")
    compared = (
        pl.when(pl.col("measure").is_null())
        .then(pl.lit(PERSISTING))
        .when(_moved("measure_from", "measure_to"))
        .then(pl.lit(RISING))
        .when(_moved("measure_to", "measure_from"))
        .then(pl.lit(FALLING))
        .otherwise(pl.lit(STABLE))
    )
    return steps.with_columns(
        what=pl.when((was == "present") & (now == "present"))
        .then(compared)
        .when((was == "absent") & (now == "present"))
        .then(pl.lit(GAINED))
        .when((was == "present") & (now == "absent"))
        .then(pl.lit(LOST))
        .when((was == "present") & (now == "untested"))
        .then(pl.lit(NOT_TESTED_NOW))
        .when((now == "present") & was.is_null() & pl.col("opened").is_null())
        .then(pl.lit(NOT_TESTED_THEN))
    )


def _noted(steps: pl.DataFrame, first_seen: pl.DataFrame) -> pl.DataFrame:
    """Add `notes`: what limits the row, then what is known of such a change after such a treatment."""

    def either(flag: str) -> pl.Expr:
        return pl.col(f"was_{flag}").fill_null(False) | pl.col(flag).fill_null(False)

    limits = {
        UNSURE: either("unsure"),
        UNNAMED: pl.col("what").is_in(SEEN_TWICE) & either("unnamed"),
        DISAGREE: either("disagree"),
        FIRST_SEEN: pl.col("what") == NOT_TESTED_THEN,
        UNDATED: pl.col("undated").fill_null(False),
    }
    said: list[pl.Expr] = [pl.when(holds).then(pl.lit(text)) for text, holds in limits.items()]
    said.append(pl.when(pl.col("what").is_null()).then(pl.coalesce("why", "opened")))
    partners = sorted({note["partner"] for note in _data()["notes"] if "partner" in note})
    for partner in partners:
        at = first_seen.filter(pl.col("partner") == partner).select("patient_id", pl.col("partner_at").alias(partner))
        steps = steps.join(at, on="patient_id", how="left")
    said += _treatment_notes()
    return steps.with_columns(notes=pl.concat_list(said).list.drop_nulls())


@cache
def _treatment_notes() -> tuple[pl.Expr, ...]:
    return tuple(_note(note) for note in _data()["notes"])


def _note(note: dict[str, Any]) -> pl.Expr:
    """The text of a note where it holds; with "if" where it is not known whether the change is new or the drug was given."""
    concerned = pl.lit(True)
    if "genes" in note:
        concerned &= pl.col("gene").is_in(note["genes"])
    if "changes" in note:
        concerned &= pl.col("change").is_in(note["changes"])
    if "measure" in note:
        concerned &= pl.col("measure") == note["measure"]
    if "partner" in note:
        concerned &= pl.col(note["partner"]) < pl.col("to_at")
    happened = pl.col("what").is_in(note["what"])
    may_be_new = (pl.col("what") == NOT_TESTED_THEN) & pl.lit("gained" in note["what"])
    text = pl.lit(f"{note['says']} [{note['source']}]")
    text = pl.when(happened).then(text).when(may_be_new).then(pl.lit("if it is new: ") + text)
    if "drugs" not in note:
        return pl.when(concerned).then(text)

    def given(column: str) -> pl.Expr:
        return pl.col(column).list.set_intersection(note["drugs"]).list.len() > 0

    surely, possibly = given(f"drugs_{note['given']}"), given(f"drugs_maybe_{note['given']}")
    in_doubt = pl.lit(f"if {' or '.join(note['drugs'])} was given by then: ") + text
    return pl.when(concerned & surely).then(text).when(concerned & possibly).then(in_doubt)
