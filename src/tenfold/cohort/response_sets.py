"""Haematological responses to the index treatment, counted in a named set: which words count as what, out of whom.

Sets differ in what they call a response: compare numbers of one set only. CRc is CR and CRi for VEN-PRS, CR, CRh and CRi
under ELN 2022, and "modified" CRc adds CRp and MLFS (gilteritinib trials, as Thol quotes them).

Traps: the best response of a patient is not the last one, and only the best on record; of patients with marrows but no reported response it is derived,
and one that several readings allow cannot be told; who died before any assessment counts as treated without response; a
patient known to be in remission when the treatment began (treated for MRD) has no haematological response to assess.

Shahswar et al., Leukemia 2025;39:614-622, Table 3; Döhner et al., Blood 2022;140:1345-1377, Table 8; Thol, Döhner and
Ganser, Blood 2024;143:11-20, Table 3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl

from tenfold.assessment import Assessment
from tenfold.cohort.response_tables import CANNOT_BE_TOLD, NOT_EVALUABLE, ResponseTable, response_table
from tenfold.records.timeline import known_on, placed
from tenfold.response.eln2022 import response_decision
from tenfold.vocabulary import Happening, Response

DIED = str(Response.DIED)
Which = Literal["best", "last"]
Source = Literal["reported", "derived", "either"]


@dataclass(frozen=True)
class ResponseSet:
    """A named set of responses: `categories` best first, the category of each recorded word, `composites`, denominator."""

    name: str
    categories: tuple[str, ...]
    words: Mapping[Response, str]
    composites: Mapping[str, tuple[str, ...]]
    denominator: Literal["treated", "evaluable"]
    citation: str


_NONE = (Response.NO_RESPONSE, Response.STABLE, Response.REFRACTORY)
ELN_2022 = ResponseSet(
    "ELN-2022",
    ("CR", "CRh", "CRi", "MLFS", "PR", "no response", DIED),
    {
        **{word: str(word) for word in (Response.CR, Response.CRH, Response.CRI, Response.MLFS, Response.PR)},
        Response.CRP: "CRi",
        **dict.fromkeys(_NONE, "no response"),
        Response.DIED: DIED,
    },
    {"composite CR (CR, CRh, CRi)": ("CR", "CRh", "CRi")},
    "treated",
    "Döhner et al., Blood 2022;140:1345-1377, Table 8",
)
VEN_PRS = ResponseSet(
    "VEN-PRS",
    ("CR", "CRi", "MLFS", "PR", "stable or refractory", DIED),
    {
        **{word: str(word) for word in (Response.CR, Response.CRI, Response.MLFS, Response.PR)},
        Response.CRH: "CRi",
        Response.CRP: "CRi",
        **dict.fromkeys(_NONE, "stable or refractory"),
        Response.DIED: DIED,
    },
    {"composite CR (CR, CRi)": ("CR", "CRi"), "overall response (CR, CRi, MLFS)": ("CR", "CRi", "MLFS")},
    "treated",
    "Shahswar et al., Leukemia 2025;39:614-622, Table 3",
)
MODIFIED_CRC = ResponseSet(
    "modified CRc",
    ("CR", "CRi", "CRp", "MLFS", "PR", "no response", DIED),
    {
        **{word: str(word) for word in (Response.CR, Response.CRI, Response.CRP, Response.MLFS, Response.PR)},
        Response.CRH: "CRi",
        **dict.fromkeys(_NONE, "no response"),
        Response.DIED: DIED,
    },
    {"modified CRc (CR, CRi, CRp, MLFS)": ("CR", "CRi", "CRp", "MLFS")},
    "treated",
    "Thol, Döhner and Ganser, Blood 2024;143:11-20",
)
RESPONSE_SETS: dict[str, ResponseSet] = {one.name: one for one in (ELN_2022, VEN_PRS, MODIFIED_CRC)}
"""The sets by name. CRh, which only ELN 2022 has, counts as CRi in the others; CRp, which neither other has, as CRi too."""


def response_set(name: str) -> ResponseSet:
    """Return a set by name. KeyError that names them all."""
    if name not in RESPONSE_SETS:
        raise KeyError(f"no response set {name}; there are {', '.join(RESPONSE_SETS)}")
    return RESPONSE_SETS[name]


def haematological_responses(
    assessment: Assessment,
    index: pl.DataFrame,
    of: ResponseSet = ELN_2022,
    *,
    which: Which = "best",
    source: Source = "either",
) -> pl.DataFrame:
    """Return one row a patient of `index` for `response_table`: `of` (the set's name), `standing`, `because`, `possible`.

    Responses after the first day of the treatment, up to the day on which the next treatment or transplant began: those
    that the centre reported, those derived from marrows, or ("either") the reported ones of patients who have any.
    """
    rows = _documents(assessment, index, of, source)
    ranks = {name: k for k, name in enumerate(of.categories)}
    codes = rows.with_columns(
        codes=pl.col("possible").list.eval(pl.element().replace_strict(ranks, default=None, return_dtype=pl.Int64)),
        open=pl.col("possible").list.len() != 1,
    ).with_columns(least=pl.col("codes").list.min(), most=pl.col("codes").list.max())
    evaluable = codes.filter(pl.col("least").is_not_null() & ~pl.col("unevaluable"))
    if which == "best":
        could = evaluable.with_columns(could=pl.col("least").min().over("patient_id"))
        chosen = could.sort("patient_id", "most", "open", "order").with_columns(
            open=pl.col("open") | (pl.col("could") < pl.col("most"))
        )
        chosen = chosen.unique("patient_id", keep="first", maintain_order=True)
        chosen = chosen.drop("possible").join(
            could.explode("possible").group_by("patient_id").agg(pl.col("possible").unique()), on="patient_id"
        )
    else:
        # Of several on one day the worse counts.
        chosen = evaluable.sort("patient_id", "order", "most").unique("patient_id", keep="last", maintain_order=True)
    words = {k: name for name, k in ranks.items()}
    said = pl.col("most").replace_strict(words, default=None, return_dtype=pl.String)
    told = chosen.select(
        "patient_id", "possible", standing=pl.when("open").then(pl.lit(CANNOT_BE_TOLD)).otherwise(said)
    )
    assessed = rows.select("patient_id", seen=pl.lit(True)).unique()
    frame = index.select("patient_id", "order", "earliest_day", "next_order")
    frame = known_on(assessment.registry, frame, "responses", "responses_known")
    for other in (told, assessed, _died(assessment), _in_remission(assessment, index)):
        frame = frame.join(other, on="patient_id", how="left", maintain_order="left")
    frame = frame.with_columns(pl.col("in_remission").fill_null(False))
    open_why = pl.lit("what is not recorded leaves the response open")
    never = pl.col("standing").is_null()
    unseen = never & pl.col("seen").is_null()
    died = unseen & pl.col("died").fill_null(False) & pl.col("next_order").is_null() & pl.col("responses_known")
    standing = (
        pl.when("in_remission")
        .then(pl.lit(NOT_EVALUABLE))
        .when(~never)
        .then("standing")
        .when(died)
        .then(pl.lit(DIED))
        .when(unseen & ~pl.col("responses_known"))
        .then(pl.lit(CANNOT_BE_TOLD))
        .otherwise(pl.lit(NOT_EVALUABLE))
    )
    return (
        frame.with_columns(standing=standing, unseen=unseen)
        .with_columns(
            because=pl.when("in_remission")
            .then(pl.lit("in remission when the treatment began"))
            .when((pl.col("standing") == CANNOT_BE_TOLD) & pl.col("unseen"))
            .then(pl.lit("responses are not recorded completely, and none is on record"))
            .when(pl.col("standing") == CANNOT_BE_TOLD)
            .then(open_why)
            .when((pl.col("standing") == NOT_EVALUABLE) & pl.col("unseen"))
            .then(pl.lit("no response was assessed under the treatment"))
            .when(pl.col("standing") == NOT_EVALUABLE)
            .then(pl.lit("no assessment could be evaluated"))
        )
        .select("patient_id", "standing", "because", "possible", of=pl.lit(of.name))
    )


def set_table(
    assessment: Assessment,
    index: pl.DataFrame,
    of: ResponseSet = ELN_2022,
    groups: pl.DataFrame | None = None,
    *,
    which: Which = "best",
    source: Source = "either",
    order: Sequence[str] = (),
) -> ResponseTable:
    """Count haematological responses in a set: over all treated, or those evaluable, as the set says."""
    found = haematological_responses(assessment, index, of, which=which, source=source)
    return response_table(found, of.categories, of.composites, groups, denominator=of.denominator, order=order)


def _documents(assessment: Assessment, index: pl.DataFrame, of: ResponseSet, source: Source) -> pl.DataFrame:
    """Every assessment under the treatment: patient_id, order, `possible` (categories), `unevaluable`."""
    words = {str(word): category for word, category in of.words.items()}
    reported = placed(assessment.registry, "responses").filter(pl.col("reported_response").is_not_null())
    said = pl.col("reported_response")
    reported = reported.filter(said != Response.RELAPSE).select(
        "patient_id",
        "order",
        possible=pl.concat_list(said.replace_strict(words, default=None, return_dtype=pl.String)).list.drop_nulls(),
        unevaluable=said == Response.NOT_EVALUABLE,
    )
    key = response_decision(assessment.settings["response.cri_reading"]).key
    answers = pl.col(f"{key}_possible")
    derived = assessment.marrows.filter(answers.list.len() > 0).select(
        "patient_id",
        "order",
        possible=answers.list.eval(pl.element().replace_strict(words, default=None, return_dtype=pl.String))
        .list.drop_nulls()
        .list.unique(maintain_order=True),
        unevaluable=answers.list.eval(pl.element() == Response.NOT_EVALUABLE).list.all(),
    )
    both = {"reported": _under(reported, index), "derived": _under(derived, index)}
    if source != "either":
        return both[source]
    rest = both["derived"].join(both["reported"], on="patient_id", how="anti")
    return pl.concat([both["reported"], rest])


def _under(rows: pl.DataFrame, index: pl.DataFrame) -> pl.DataFrame:
    joined = rows.join(index.select("patient_id", "next_order", begun="order"), on="patient_id")
    in_time = (pl.col("order") > pl.col("begun")) & (
        pl.col("next_order").is_null() | (pl.col("order") <= pl.col("next_order"))
    )
    return joined.filter(in_time.fill_null(False)).drop("next_order", "begun")


def _died(assessment: Assessment) -> pl.DataFrame:
    dead = assessment.history.filter(pl.col("kind") == Happening.DEATH)
    return dead.select("patient_id", died=pl.lit(True)).unique()


def _in_remission(assessment: Assessment, index: pl.DataFrame) -> pl.DataFrame:
    """Patients whose last turn before the treatment was a remission."""
    turns = assessment.course.join(index.select("patient_id", begun="order"), on="patient_id")
    last = turns.filter(pl.col("order") <= pl.col("begun")).group_by("patient_id", maintain_order=True).last()
    return last.select("patient_id", in_remission=pl.col("kind") == "remission")
