"""A development of a response model, from a frame to a model in a file.

Everything is fixed beforehand in a `ResponsePlan`, and the same plan with the same seed gives the same files.

Traps: a candidate is whatever is looked at, also what is dropped again; leave none unnamed. The model is internally
validated only. Whose response or candidate is not known is left out and counted, never taken for a no.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from typing import Any

import numpy as np
import polars as pl

from tenfold.cohort.development.baseline import OF_THE_MODEL
from tenfold.cohort.development.develop import FEWEST_EVENTS, Tell, named_once, weight_text
from tenfold.cohort.development.entry import Entry
from tenfold.cohort.development.external import case_mix
from tenfold.cohort.development.patients import slices_of, usable
from tenfold.cohort.development.recipe import warnings_of
from tenfold.cohort.development.response.answered import RESPONSE, Answered, answered
from tenfold.cohort.development.response.chance import cut_off_of, group_words
from tenfold.cohort.development.response.intercept import Intercept
from tenfold.cohort.development.response.measures import MEASURES, calibration_bands, performance
from tenfold.cohort.development.response.optimism import Resampled, resampled
from tenfold.cohort.development.response.recipe import ResponseRecipe, ResponseScore
from tenfold.cohort.development.response.sample_size import ResponseSampleSize, response_sample_size
from tenfold.cohort.development.screen import THRESHOLD
from tenfold.cohort.development.terms import Term, terms_of
from tenfold.cohort.development.validated import status
from tenfold.cohort.regression import ResponseModel, logistic_or_firth

FEWEST_RESAMPLES = 10


@dataclass(frozen=True, kw_only=True)
class ResponsePlan:
    """All choices of a development, made before it starts.

    `outcome`: in words what counts as a response; `source`: where the patients come from; `simulated` patients are named in
    the model's file. `explained`: the Cox-Snell explained variation expected beforehand.
    """

    candidates: tuple[str, ...]
    seed: int
    forced: tuple[str, ...] = ()
    threshold: float = THRESHOLD
    bands: Mapping[str, Sequence[float]] = field(default_factory=dict)
    reference: Mapping[str, str] = field(default_factory=dict)
    wordings: Mapping[str, str] = field(default_factory=dict)
    bootstrap: int = 200
    explained: float | None = None
    response: str = RESPONSE
    outcome: str = "response"
    name: str = "local-response"
    edition: str = "1"
    source: str = "not stated"
    licence: str = "not stated"
    simulated: bool = False


@dataclass(frozen=True)
class ResponseDevelopment:
    """What was done and found.

    `table`: one row a candidate column; `calibration`: as `calibration_bands`, of the patients it was made from; `unknown`:
    by column, patients of whom it is not known. `entry` is null where no candidate passed the screen.
    """

    plan: ResponsePlan
    n_given: int
    n: int
    responders: int
    unknown: Mapping[str, int]
    terms: tuple[Term, ...]
    sample_size: ResponseSampleSize
    made: ResponseScore
    table: pl.DataFrame
    apparent: Mapping[str, float | None]
    optimism: Resampled | None
    calibration: pl.DataFrame
    entry: Entry | None
    warnings: tuple[str, ...]


def develop_response(frame: pl.DataFrame, plan: ResponsePlan, tell: Tell | None = None) -> ResponseDevelopment:
    """Develop a model of who responds and validate it internally. The frame has one row a patient.

    ValueError in plain words for a plan that does not fit the frame: absent columns, all or none responding, a forced
    variable that is no candidate.
    """
    _refuse(plan)
    used, unknown = usable(frame, plan.candidates, [plan.response], impute=False)
    terms = terms_of(used, plan.candidates, bands=plan.bands, reference=plan.reference, wordings=plan.wordings)
    patients = answered(used, terms, plan.response)
    size = response_sample_size(
        n=patients.n, responders=patients.events, parameters=patients.x.shape[1], explained=plan.explained
    )
    if min(patients.events, patients.n - patients.events) < FEWEST_EVENTS:
        raise ValueError(
            f"{size.statement()} Nothing is developed from fewer than {FEWEST_EVENTS} of either answer: they do not carry one"
            " candidate"
        )
    recipe = ResponseRecipe(plan.threshold, plan.forced)
    made = recipe.fit(patients)
    linear = made.linear(patients.x)
    seen = performance(patients.y, linear)
    found = None
    if plan.bootstrap and made.model.selected:
        told: Callable[[int], None] | None = (
            None if tell is None else lambda done: tell("bootstrap of the response model", done)
        )
        found = resampled(recipe, patients, made, resamples=plan.bootstrap, seed=plan.seed, tell=told)
    entry = _entry(plan, made, patients, used, found) if made.model.selected else None
    return ResponseDevelopment(
        plan=plan,
        n_given=frame.height,
        n=patients.n,
        responders=patients.events,
        unknown=unknown,
        terms=terms,
        sample_size=size,
        made=made,
        table=_table(made, patients),
        apparent={name: float(v) if np.isfinite(v) else None for name, v in zip(MEASURES, seen, strict=True)}
        if made.model.selected
        else {},
        optimism=found,
        calibration=calibration_bands(patients.y, linear),
        entry=entry,
        warnings=_warnings(made, patients, found),
    )


def _refuse(plan: ResponsePlan) -> None:
    named_once(plan.candidates)
    if plan.response in plan.candidates:
        raise ValueError(f"{plan.response} is the outcome; it cannot be a candidate")
    if plan.bootstrap and plan.bootstrap < FEWEST_RESAMPLES:
        raise ValueError("ask for at least ten resamples, or 0 for none")


def _warnings(made: ResponseScore, patients: Answered, found: Resampled | None) -> tuple[str, ...]:
    model, names = made.model, [column for term in patients.terms for column in term.columns]
    said = list(warnings_of(model, [patients]))
    told = set()
    for k in np.concatenate([model.columns[made.fit.separated], _empty_cells(patients)]).astype(int):
        values = patients.x[:, k]
        for value, who in ((1.0, "with it"), (0.0, "without it")):
            rows = values == value
            if k not in told and np.isin(values, (0.0, 1.0)).all() and np.ptp(patients.y[rows]) == 0:
                which = "all" if patients.y[rows][0] else "none"
                said.append(f"{names[k]}: {which} of the {int(rows.sum())} {who} respond: a separation")
                told.add(k)
    if made.fit.method == "Firth":
        alone = [names[k] for k in model.columns[made.fit.separated] if k not in told]
        exactly = f" ({', '.join(alone)}, with others, tell exactly who responds)" if alone else ""
        said.append(f"coefficients run to infinity{exactly}: the weights are by Firth's penalised likelihood")
    said += [
        f"{names[k]}: told by the candidates before it; it has no weight of its own"
        for k in model.columns[made.fit.idle]
    ]
    if found is not None and found.without_answer:
        said.append(f"{found.without_answer} of {found.resamples} resamples gave no answer: all or none responded")
    if found is not None and found.separated:
        said.append(
            f"in {found.separated} of {found.resamples} resamples a coefficient ran to infinity: Firth's method"
        )
    return tuple(said)


def _empty_cells(patients: Answered) -> np.ndarray:
    """Columns of yes or no of which one answer goes with one response only."""
    y, found = patients.y, []
    for k, values in enumerate(patients.x.T):
        if np.isin(values, (0.0, 1.0)).all():
            parts = [y[values == value] for value in (0.0, 1.0)]
            if any(part.size and np.ptp(part) == 0 for part in parts):
                found.append(k)
    return np.array(found, dtype=int)


def _entry(
    plan: ResponsePlan, made: ResponseScore, patients: Answered, used: pl.DataFrame, found: Resampled | None
) -> Entry:
    model = made.model
    places = slices_of(model.terms)
    terms = tuple(term for term in model.terms if term.name in model.selected)
    weights = {term.name: tuple(weight_text(v, term) for v in model.weights[places[term.name]]) for term in terms}
    columns = [k for term in terms for k in range(places[term.name].start, places[term.name].stop)]
    held = [0, *(int(np.flatnonzero(model.columns == k)[0]) + 1 for k in columns)]
    version = metadata.version("tenfold")
    whose = "SIMULATED patients" if plan.simulated else "patients"
    return Entry(
        name=plan.name,
        edition=plan.edition,
        question="How likely is a response?"
        if plan.outcome == RESPONSE
        else f"How likely is a response ({plan.outcome})?",
        citation=f"developed with tenfold {version} (response recipe) from: {plan.source}",
        licence=plan.licence,
        endpoint=RESPONSE if plan.outcome == RESPONSE else f"{RESPONSE}: {plan.outcome}",
        caution=f"developed on {patients.n} {whose} with {patients.events} responders, {status(bool(plan.bootstrap))}",
        terms=terms,
        weights=weights,
        cut_offs=(cut_off_of(made.intercept),),
        group_names=group_words(),
        intercept=Intercept(made.intercept, OF_THE_MODEL, made.fit.variance[np.ix_(held, held)]),
        provenance={
            "source": plan.source,
            "simulated": plan.simulated or None,
            "patients": patients.n,
            "responders": patients.events,
            "procedure": "response recipe",
            "method": made.fit.method,
            "candidates": list(plan.candidates),
            "forced": list(plan.forced),
            "threshold": plan.threshold,
            "bootstrap": plan.bootstrap,
            "seed": plan.seed,
            "version": version,
        },
        performance=() if found is None else tuple(found.table.drop("without_answer").to_dicts()),
        case_mix=case_mix(terms, used, model.score(patients.x)),
    )


def _table(made: ResponseScore, patients: Answered) -> pl.DataFrame:
    """One row a candidate column: patients with it, alone and together with the others, and its weight."""
    model, names = made.model, [f"c{k}" for k in range(patients.x.shape[1])]
    coded = pl.DataFrame(dict(zip(names, patients.x.T, strict=True)) | {RESPONSE: patients.event})
    inside = [names[k] for k in model.columns]
    together = logistic_or_firth(coded, response=RESPONSE, covariates=inside) if inside else None
    rows: list[dict[str, Any]] = []
    for term, (_, part), screened in zip(model.terms, slices_of(model.terms).items(), model.screened, strict=True):
        alone = logistic_or_firth(coded, response=RESPONSE, covariates=names[part])
        for k in range(part.start, part.stop):
            x, binary = patients.x[:, k], term.coding != "linear"
            rows.append(
                {
                    "candidate": term.name,
                    "column": term.columns[k - part.start],
                    "n": int(x.sum()) if binary else patients.n,
                    "events": int(x[patients.event].sum()) if binary else patients.events,
                    **_ratio("alone", alone, names[k]),
                    "alone_p": screened.p,
                    "kept": screened.kept,
                    "why": screened.why,
                    **_ratio("together", together if names[k] in inside else None, names[k]),
                    "weight": float(model.weights[k]),
                }
            )
    return pl.DataFrame(rows, infer_schema_length=None)


def _ratio(which: str, model: ResponseModel | None, name: str) -> dict[str, Any]:
    one = None if model is None else model[name]
    return {
        f"{which}_ratio": None if one is None else one.ratio,
        f"{which}_low": None if one is None else one.low,
        f"{which}_high": None if one is None else one.high,
        f"{which}_p": None if one is None else one.p,
        f"{which}_method": None if model is None else model.method,
    }
