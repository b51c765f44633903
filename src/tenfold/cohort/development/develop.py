"""A development from a frame to two models in files: the recipe of the VEN-PRS paper and a penalised model beside it.

Everything is fixed beforehand in a `Plan`, and the same plan with the same seed gives the same files.

Traps: a candidate is whatever is looked at, also what is dropped again; leave none unnamed. Resamples and splits validate
internally only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import metadata
from typing import Any

import numpy as np
import polars as pl

from tenfold.cohort.covariates import as_event
from tenfold.cohort.development.baseline import from_model, with_bootstrap
from tenfold.cohort.development.cut_offs import CutOff
from tenfold.cohort.development.entry import Entry
from tenfold.cohort.development.external import case_mix
from tenfold.cohort.development.file_names import refuse_unreachable
from tenfold.cohort.development.imputation import impute
from tenfold.cohort.development.optimism import Optimism, apparent, optimism
from tenfold.cohort.development.patients import Patients, coded_patients, slices_of, usable
from tenfold.cohort.development.recipe import Model, Procedure, Recipe, Refit, Shrunken, warnings_of
from tenfold.cohort.development.sample_size import SampleSize, sample_size
from tenfold.cohort.development.scored_terms import totals_between
from tenfold.cohort.development.screen import THRESHOLD
from tenfold.cohort.development.splits import procedure_splits
from tenfold.cohort.development.terms import Term, terms_of
from tenfold.cohort.development.validated import status
from tenfold.cohort.random_splits import RandomSplits
from tenfold.cohort.survival import Quantile, follow_up

TRAINING_SHARE = 100 / 174
FEWEST_EVENTS = 10
"""Fewer do not carry a single candidate: Peduzzi et al., J Clin Epidemiol 1995;48:1503-1510."""

Tell = Callable[[str, int], None]
"""Told what is being done, and how many steps of it are done."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All choices of a development, made before it starts. Times are in months.

    `cut_offs` of the recipe: given, or null to search `searched` of them anew in every resample. `training`: patients of a split (null:
    100, or 57 % of fewer than 174). `imputations` 0: patients with an unknown candidate are left out. `explained`: the
    Cox-Snell explained variation expected beforehand. `source`: where the patients come from, in words; `digest`: of their
    registry.
    """

    candidates: tuple[str, ...]
    seed: int
    forced: tuple[str, ...] = ()
    threshold: float = THRESHOLD
    cut_offs: tuple[CutOff, ...] | None = None
    searched: int = 2
    bands: Mapping[str, Sequence[float]] = field(default_factory=dict)
    reference: Mapping[str, str] = field(default_factory=dict)
    wordings: Mapping[str, str] = field(default_factory=dict)
    mixing: float = 0.0
    horizon: float = 12.0
    splits: int = 200
    training: int | None = None
    bootstrap: int = 200
    imputations: int = 0
    explained: float | None = None
    time: str = "time_months"
    event: str = "event"
    entry: str | None = None
    name: str = "local-score"
    edition: str = "1"
    endpoint: str = "overall survival"
    source: str = "not stated"
    digest: str | None = None
    licence: str = "not stated"

    @property
    def groups(self) -> int:
        """How many groups are asked for."""
        return 1 + (self.searched if self.cut_offs is None else len(self.cut_offs))


@dataclass(frozen=True)
class Arm:
    """One model with its validation. `table`: one row a column of the model. `entry` is null where there is no score."""

    procedure: Procedure
    model: Model
    table: pl.DataFrame
    optimism: Optimism | None
    apparent: Mapping[str, float | None]
    splits: Mapping[str, RandomSplits]
    entry: Entry | None
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Development:
    """What was done and found. `unknown`: by column, patients of whom it is not known (left out, or filled in);
    `events_left_out`: those among the left out who are known to have had the event.
    """

    plan: Plan
    n_given: int
    n: int
    events: int
    unknown: Mapping[str, int]
    events_left_out: int
    follow_up: Quantile | None
    terms: tuple[Term, ...]
    sample_size: SampleSize
    recipe: Arm
    penalised: Arm
    training: int | None
    notes: tuple[str, ...]

    @property
    def internally(self) -> bool:
        """Whether it was validated by resamples or splits."""
        return bool(self.plan.bootstrap) or self.training is not None

    @property
    def arms(self) -> tuple[Arm, Arm]:
        """The recipe, then the penalised model."""
        return self.recipe, self.penalised


def develop(frame: pl.DataFrame, plan: Plan, tell: Tell | None = None) -> Development:
    """Develop both models and validate them internally. The frame has one row a patient.

    ValueError in plain words for a plan that does not fit the frame: absent columns, nobody with the event, nobody
    followed to the horizon, more training patients than there are.
    """
    needed = [name for name in (plan.time, plan.event, plan.entry) if name is not None]
    _refuse(plan, needed)
    used, unknown = usable(frame, plan.candidates, needed, impute=plan.imputations > 0)
    terms = terms_of(used, plan.candidates, bands=plan.bands, reference=plan.reference, wordings=plan.wordings)
    columns = {"time": plan.time, "event": plan.event, "entry": plan.entry}
    completed_frames = impute(used, terms, plan.imputations, seed=plan.seed, **columns) if plan.imputations else [used]  # type: ignore[arg-type]
    completed = [coded_patients(each, terms, **columns) for each in completed_frames]  # type: ignore[arg-type]
    first = completed[0]
    if not (first.time > plan.horizon).any():
        raise ValueError(f"nobody is followed past {plan.horizon:g} months; choose an earlier --horizon")
    size = sample_size(
        n=first.n,
        events=first.events,
        parameters=first.x.shape[1],
        follow_up=float(np.mean(first.time - (0.0 if first.entry is None else first.entry))),
        at=plan.horizon,
        explained=plan.explained,
    )
    _enough(size, first, plan.horizon)
    training, notes = _training(plan, first)

    def refill(rows: np.ndarray, k: int) -> Patients:
        [filled] = impute(used[rows], terms, 1, seed=plan.seed * 100_003 + k, **columns)  # type: ignore[arg-type]
        return replace(coded_patients(filled, terms, **columns), of=rows)  # type: ignore[arg-type]

    work = _Work(plan, completed, completed_frames, refill if plan.imputations else None, training, tell)
    recipe = work.arm(Recipe(plan.threshold, plan.forced, plan.cut_offs, plan.searched), again=True)
    # Bounds given for the recipe's weights mean nothing on weights that are held back: these are searched, as many.
    bounds = plan.searched if plan.cut_offs is None else len(plan.cut_offs)
    penalised = work.arm(Shrunken(plan.mixing, plan.forced, None, bounds))
    return Development(
        plan=plan,
        n_given=frame.height,
        n=first.n,
        events=first.events,
        unknown=unknown,
        events_left_out=int(as_event(frame[plan.event].drop_nulls()).sum()) - first.events,
        follow_up=None if first.entry is not None else follow_up(first.time, first.event).median(),
        terms=terms,
        sample_size=size,
        recipe=recipe,
        penalised=penalised,
        training=training,
        notes=notes,
    )


@dataclass(frozen=True)
class _Work:
    plan: Plan
    completed: list[Patients]
    frames: list[pl.DataFrame]
    refill: Callable[[np.ndarray, int], Patients] | None
    training: int | None
    tell: Tell | None

    @property
    def internally(self) -> bool:
        return bool(self.plan.bootstrap) or self.training is not None

    def arm(self, procedure: Procedure, *, again: bool = False) -> Arm:
        plan, completed = self.plan, self.completed
        model = procedure.fit(completed, plan.seed)
        terms = tuple(term for term in model.terms if term.name in model.selected)
        if terms and isinstance(procedure, Recipe):
            refuse_unreachable(plan.cut_offs or (), *totals_between(terms, _weights(model, terms)))
        places = slices_of(model.terms)
        columns = [k for term in terms for k in range(places[term.name].start, places[term.name].stop)]
        variance = None
        if model.fitted is not None and columns:
            held = [int(np.flatnonzero(model.columns == k)[0]) for k in columns]
            variance = model.fitted.variance[np.ix_(held, held)]
        baseline = from_model(completed, model.weights, columns, variance)
        found = None
        if plan.bootstrap and model.selected:
            found = optimism(
                procedure,
                completed,
                model,
                horizon=plan.horizon,
                resamples=plan.bootstrap,
                seed=plan.seed,
                times=baseline.times,
                refill=self.refill,
                tell=self._telling(f"bootstrap of the {procedure.name} model"),
            )
            if variance is None and columns:
                baseline = with_bootstrap(baseline, found.weights[:, columns], found.log_hazard, plan.bootstrap)
        splits = {}
        if self.training is not None and model.selected:
            ways: dict[str, Procedure] = {"everything chosen anew": procedure}
            if again and model.selected:
                ways = {"weights refitted": Refit(model.selected, model.cut_offs), **ways}
            for way, each in ways.items():
                splits[way] = procedure_splits(
                    each,
                    completed,
                    model,
                    plan.horizon,
                    splits=plan.splits,
                    training=self.training,
                    seed=plan.seed,
                    tell=self._telling(f"random splits, {way}"),
                )
        seen = apparent(completed, model, plan.horizon)
        from tenfold.cohort.development.measures import MEASURES

        told = {name: float(v) if np.isfinite(v) else None for name, v in zip(MEASURES, seen, strict=True)}
        told = told if model.selected else {}
        entry = self._entry(procedure, model, terms, baseline, found) if model.selected and model.cut_offs else None
        return Arm(
            procedure, model, _table(model, completed), found, told, splits, entry, warnings_of(model, completed)
        )

    def _telling(self, what: str) -> Callable[[int], None] | None:
        tell = self.tell
        return None if tell is None else lambda done: tell(what, done)

    def _entry(
        self, procedure: Procedure, model: Model, terms: tuple[Term, ...], baseline: Any, found: Optimism | None
    ) -> Entry:
        plan, first = self.plan, self.completed[0]
        suffix = "" if isinstance(procedure, Recipe) else f"-{procedure.name}"
        version = metadata.version("tenfold")
        return Entry(
            name=plan.name + suffix,
            edition=plan.edition,
            question=f"Which risk group for {plan.endpoint}?",
            citation=f"developed with tenfold {version} ({procedure.name}) from: {plan.source}",
            licence=plan.licence,
            endpoint=plan.endpoint,
            caution=f"developed on {first.n} patients with {first.events} events, {status(self.internally)}",
            terms=terms,
            weights=_weights(model, terms),
            cut_offs=model.cut_offs,
            baseline=baseline,
            provenance={
                "source": plan.source,
                "patients_digest": plan.digest,
                "patients": first.n,
                "events": first.events,
                "procedure": procedure.name,
                "candidates": list(plan.candidates),
                "forced": list(plan.forced),
                "threshold": plan.threshold if isinstance(procedure, Recipe) else None,
                "cut_offs": "given" if plan.cut_offs is not None and isinstance(procedure, Recipe) else "searched",
                "mixing": plan.mixing if isinstance(procedure, Shrunken) else None,
                "penalty": [each.chosen for each in model.penalty] or None,
                "imputations": plan.imputations,
                "bootstrap": plan.bootstrap,
                "seed": plan.seed,
                "horizon_months": plan.horizon,
                "version": version,
            },
            performance=() if found is None else tuple(found.table.drop("without_answer").to_dicts()),
            case_mix=case_mix(terms, self.frames[0], model.score(first.x)),
        )


def _enough(size: SampleSize, patients: Patients, horizon: float) -> None:
    """ValueError where there are too few events to develop anything, or none by the horizon."""
    if size.events < FEWEST_EVENTS:
        raise ValueError(
            f"{size.statement()} Nothing is developed from fewer than {FEWEST_EVENTS} events: they do not carry one candidate"
        )
    if not (patients.event & (patients.time <= horizon)).any():
        raise ValueError(f"nobody has the event by {horizon:g} months; choose a later --horizon")


def named_once(candidates: Sequence[str]) -> None:
    """ValueError for no candidate, or one that is named twice: it would be counted twice."""
    if not candidates:
        raise ValueError("name at least one candidate")
    if twice := sorted({name for name in candidates if list(candidates).count(name) > 1}):
        raise ValueError(f"{', '.join(twice)} is named twice among the candidates; name it once")


def _refuse(plan: Plan, needed: Sequence[str]) -> None:
    named_once(plan.candidates)
    if outcome := [name for name in plan.candidates if name in needed]:
        raise ValueError(f"{', '.join(outcome)} is the outcome; it cannot be a candidate")
    if not plan.horizon > 0:
        raise ValueError(f"the horizon must be positive, not {plan.horizon}")
    if plan.bootstrap and plan.bootstrap < 10:
        raise ValueError("ask for at least ten resamples, or 0 for none")


def _training(plan: Plan, patients: Patients) -> tuple[int | None, tuple[str, ...]]:
    if not plan.splits:
        return None, ()
    if patients.entry is not None:
        return None, (
            "with delayed entry there are no random splits, area or Brier score: the bootstrap gives C and slope",
        )
    training = plan.training or (100 if patients.n >= 174 else round(patients.n * TRAINING_SHARE))
    if not 0 < training < patients.n:
        raise ValueError(f"{training} of {patients.n} patients to train leaves nobody to test; choose fewer")
    return training, ()


def _weights(model: Model, terms: Sequence[Term]) -> dict[str, tuple[str, ...]]:
    """The weights of some terms of a model as their decimal texts."""
    places = slices_of(model.terms)
    return {term.name: tuple(weight_text(v, term) for v in model.weights[places[term.name]]) for term in terms}


def weight_text(value: float, term: Term) -> str:
    """A weight as its decimal text: two decimals, more for a number a unit."""
    return f"{value:.2f}" if term.coding != "linear" else f"{value:.6f}".rstrip("0")


def _table(model: Model, completed: Sequence[Patients]) -> pl.DataFrame:
    """One row a candidate column: patients with it, alone and together with the others, and its weight."""
    rows: list[dict[str, Any]] = []
    alone = {each.candidate: each for each in model.screened}
    place = {int(k): j for j, k in enumerate(model.columns)}
    k = 0
    for term in model.terms:
        for j, name in enumerate(term.columns):
            x = completed[0].x[:, k]
            binary = term.coding != "linear"
            row: dict[str, Any] = {
                "candidate": term.name,
                "column": name,
                "n": int(x.sum()) if binary else completed[0].n,
                "events": int(x[completed[0].event].sum()) if binary else completed[0].events,
            }
            one = alone.get(term.name)
            if one is not None:
                row |= _ratio("alone", one.alone.estimates[j], one.alone.reach(j), one.p, one.infinite)
                row |= {"kept": one.kept, "why": one.why}
            if model.fitted is not None and k in place:
                at = place[k]
                gone = name in model.infinite
                row |= _ratio("together", model.fitted.estimates[at], model.fitted.reach(at), model.fitted.p(at), gone)
            row["weight"] = float(model.weights[k])
            rows.append(row)
            k += 1
    return pl.DataFrame(rows, infer_schema_length=None)


def _ratio(which: str, estimate: float, reach: float, p: float | None, infinite: bool) -> dict[str, float | None]:
    if infinite:
        return {f"{which}_{part}": None for part in ("ratio", "low", "high")} | {f"{which}_p": p}
    ends = {"ratio": estimate, "low": estimate - reach, "high": estimate + reach}
    return {f"{which}_{part}": float(np.exp(value)) for part, value in ends.items()} | {f"{which}_p": p}
