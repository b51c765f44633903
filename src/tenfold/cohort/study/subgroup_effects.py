"""The effect of one covariate within subgroups, and whether it differs between them: the test of interaction.

Within each level a Cox model of the effect (and what it is adjusted for) on that level's patients; between levels the
likelihood ratio of the model with against that without the product terms. A covariate that is a number and no condition is
refused as a subgroup: write a condition, "age_years>=60".

Traps: that an effect is "significant" in one subgroup and not in another says nothing; only the interaction asks whether
they differ, and it has little power. Subgroups chosen after looking at the data prove nothing. An endpoint with competing
events gives cause-specific hazards.

Wang et al., N Engl J Med 2007;357:2189-2194; Altman and Bland, BMJ 2003;326:219.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from tenfold.assessment import Assessment
from tenfold.cohort.covariates import design
from tenfold.cohort.cox import cox
from tenfold.cohort.population import value_at_start
from tenfold.cohort.significance import chi_square_test
from tenfold.cohort.study.asked_models import AskedSubgroups
from tenfold.cohort.study.baseline_frame import BaselineFrame, baseline_frame, unknown_words
from tenfold.cohort.study.competing_models import estimate
from tenfold.cohort.study.file import Study
from tenfold.cohort.subgroup import OPERATORS, members

EVERYBODY = "all patients"


@dataclass(frozen=True)
class StudySubgroups:
    """The effect of a covariate in subgroups. `table`: one row a subgroup, level and coefficient, the first of everybody;
    `interaction_p` stands in every row of a subgroup. `left_out`: `why`, `patients`.
    """

    asked: AskedSubgroups
    label: str
    competing: bool
    table: pl.DataFrame
    left_out: pl.DataFrame
    notes: tuple[str, ...]


def study_subgroups(assessment: Assessment, study: Study, asked: AskedSubgroups) -> StudySubgroups:
    """Look at an effect in the subgroups that a study names. ValueError or LookupError, in words, where that cannot be."""
    endpoint = study.endpoint(asked.endpoint)
    columns = [name for name in asked.by if not _is_condition(name)]
    wanted = list(dict.fromkeys([asked.effect, *asked.adjust, *columns]))
    found = baseline_frame(assessment, study, endpoint, wanted)
    frame = _with_conditions(found, asked)
    options: dict[str, Any] = {"time": "time_months", "event": "event", "entry": found.entry}
    rows = _rows(frame, asked, options, EVERYBODY, None, None)
    notes = []
    for name in asked.by:
        if name in (asked.effect, *asked.adjust):
            raise ValueError(f"{name} is both the effect (or adjusted for) and a subgroup of it")
        known = frame.filter(pl.col(name).is_not_null())
        if known[name].dtype.is_numeric():
            raise ValueError(f'{name} is a number: give a condition as the subgroup, e.g. "{name}>=60"')
        said = unknown_words({name: frame.height - known.height})
        notes += [said] if said else []
        p, why = _interaction(known, asked, name, options)
        notes += [f"{name}: {why}"] if why else []
        levels = [level for level in _levels(known[name]) if (known[name] == level).any()]
        for level in levels:
            try:
                rows += _rows(known.filter(pl.col(name) == level), asked, options, name, level, p)
            except ValueError as error:
                notes.append(f"{name}, {level}: {error.args[0]}")
    table = pl.DataFrame(rows, infer_schema_length=None)
    return StudySubgroups(
        asked, endpoint.label, bool(endpoint.rule.competing), table, found.left_out, (*notes, *found.of.never_at_risk, *found.of.unsettled)
    )  # fmt: skip


def _rows(
    frame: pl.DataFrame, asked: AskedSubgroups, options: dict[str, Any], by: str, level: str | None, p: float | None
) -> list[dict[str, Any]]:
    model = cox(frame, covariates=[asked.effect, *asked.adjust], **options)
    return [
        {
            "subgroup": by,
            "level": level,
            "patients": model.n,
            "events": model.events,
            "effect": one.name if one.level is None else f"{one.covariate}: {one.level} v {one.reference}",
            **estimate("hazard_ratio", "effect", one),
            "interaction_p": p,
        }
        for one in model.coefficients
        if one.covariate == asked.effect
    ]


def _interaction(
    frame: pl.DataFrame, asked: AskedSubgroups, by: str, options: dict[str, Any]
) -> tuple[float | None, str | None]:
    """The p of the likelihood ratio test of the products, or null with why not."""
    needed = [name for name in options.values() if name is not None]
    effect = design(frame, [asked.effect, by, *asked.adjust], needed)
    of = {
        name: [k for k, column in enumerate(effect.columns) if column.covariate == name] for name in (asked.effect, by)
    }
    products = [effect.matrix[:, a] * effect.matrix[:, b] for a in of[asked.effect] for b in of[by]]
    if len(set(effect.frame[by].cast(pl.String))) < 2:
        return None, "everybody is in one level: there is no interaction to test"
    plain = {f"x{k}": effect.matrix[:, k] for k in range(effect.matrix.shape[1])}
    crossed = {f"product_{k}": column for k, column in enumerate(products) if np.ptp(column) > 0}
    numbers = effect.frame.select(needed).with_columns(
        **{name: pl.Series(values) for name, values in (plain | crossed).items()}
    )
    small = cox(numbers, covariates=list(plain), **options)
    large = cox(numbers, covariates=[*plain, *crossed], **options)
    freedom = large.parameters - small.parameters
    if freedom <= 0:
        return None, "the levels share no value of the effect: there is no interaction to test"
    return chi_square_test(max(0.0, 2 * (large.log_likelihood - small.log_likelihood)), freedom).p, None


def _with_conditions(found: BaselineFrame, asked: AskedSubgroups) -> pl.DataFrame:
    """The frame with a yes/no column for each subgroup that is a condition."""
    frame = found.patients
    known = found.of.known
    assert known is not None  # every analysis set holds what it was read from
    for name in asked.by:
        if _is_condition(name):
            inside = members(name, value_at_start(known, found.of.endpoint)).select(
                "patient_id", _said("member").alias(name)
            )
            frame = frame.join(inside, on="patient_id", how="left", maintain_order="left")
    return frame


def _said(column: str) -> pl.Expr:
    yes = pl.col(column)
    return pl.when(yes).then(pl.lit("yes")).when(~yes).then(pl.lit("no")).cast(pl.Enum(["no", "yes"]))


def _is_condition(name: str) -> bool:
    return any(operator in name for operator in OPERATORS)


def _levels(values: pl.Series) -> list[str]:
    kind = values.dtype
    return list(kind.categories) if isinstance(kind, pl.Enum) else sorted(values.cast(pl.String).unique())
