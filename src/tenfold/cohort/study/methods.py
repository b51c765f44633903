"""What was done, in the sentences of a methods section: made from the study itself, so that it says exactly that."""

from __future__ import annotations

from collections.abc import Sequence

from tenfold.cohort.compare import Comparison
from tenfold.cohort.describe import Description
from tenfold.cohort.predicted_risk import FOLDS
from tenfold.cohort.study.curves import StudyCurves
from tenfold.cohort.study.file import Study
from tenfold.cohort.study.models import StudyCox
from tenfold.endpoints.definitions import EndpointRule
from tenfold.settings import Settings
from tenfold.vocabulary import Clock

KAPLAN_MEIER = (
    "Curves are Kaplan-Meier estimates with 95 % log-log intervals; a median is the first time at which the curve falls to "
    "one half; groups are compared by the log-rank test"
)
INCIDENCE = (
    "Where other events compete, cumulative incidence is estimated by Aalen and Johansen's method and groups are compared by "
    "Gray's test"
)
FOLLOW_UP = (
    "Follow-up is by reverse Kaplan-Meier, with the plain quartiles of the observed times (type 7) beside it; months are days "
    "divided by 30.4375"
)


CAUSE_SPECIFIC = (
    "Where other events compete, the Cox model is cause-specific: competing events are censored, and a hazard ratio is of the "
    "rate among those still free of any event, not of the cumulative incidence"
)
BOUNDS = (
    "Patients of whom an MRD sample leaves open whether the event came are left out of the curves; beside them the endpoint is "
    "given twice more, with every such sample no event and with the first of each patient the event"
)
SIMULATED = "SIMULATED PATIENTS: nobody here is real; what follows describes invented records."


def methods(
    study: Study,
    curves: Sequence[StudyCurves],
    models: Sequence[StudyCox],
    *,
    scores: Sequence[Comparison] = (),
    description: Description | None = None,
    settings: Settings | None = None,
    changed: Sequence[str] = (),
    simulated: bool = False,
    further: Sequence[str] = (),
) -> list[str]:
    """Return the sentences of the methods section, in order; the first says of simulated patients that they are.

    `changed` are the settings that are not as shipped, and `further` what other models were made, in words.
    """
    said = [f"{_endpoint(one.rule, one.label)}" for one in study.endpoints]
    if study.population:
        said.insert(0, f"The population is every patient with {study.population}, as known at time zero.")
    if any(not one.competing for one in curves):
        said.append(f"{KAPLAN_MEIER}.")
    if any(one.competing for one in curves):
        said.append(f"{INCIDENCE}.")
    said.append(f"{FOLLOW_UP}.")
    if any(one.rule.entry for one in study.endpoints):
        said.append("With delayed entry a patient counts as at risk from the entry on (left truncation).")
    said += [f"{BOUNDS}."] if any(one.bounds for one in curves) else []
    if study.groups or models or scores:
        said.append(
            "Groups, covariates and scores are those known at each patient's own time zero; who cannot be placed is left out and "
            "counted."
        )
        said += _read_on(study, settings)
    said += [f"{one.endpoint.label}, by {one.by}: {one.warning}" for one in curves if one.warning]
    if models:
        said.append(
            "Hazard ratios are of Cox models (Efron's ties), each covariate alone and all together, on the patients with every "
            "covariate known, with Wald's intervals and tests; proportional hazards are checked by scaled Schoenfeld residuals."
        )
    said += [f"{CAUSE_SPECIFIC}."] if any(one.cause_specific for one in models) else []
    said += [f"{one.label}, Cox model: {one.warning}" for one in models if one.warning]
    if any("transplanted" in one.table["covariate"].to_list() for one in models):
        said.append("Transplant is time-dependent: a patient counts without it until its day and with it from then on.")
    said += [_compared(one) for one in scores]
    said += _described(description)
    said += further
    said.append("Nothing is imputed. What a missing fact leaves open is not known, and is counted.")
    if changed:
        said.append(f"Settings changed from their defaults: {'; '.join(changed)}.")
    return [SIMULATED, *said] if simulated else said


def _read_on(study: Study, settings: Settings | None) -> list[str]:
    """On which day a patient is read whose clock starts at diagnosis."""
    if settings is None or not any((one.clock or one.rule.clock) == Clock.DIAGNOSIS for one in study.endpoints):
        return []
    window = settings["risk.diagnostic_window"]
    return [
        f"Where the clock starts at diagnosis they are read on the first day of treatment if that follows within {window} days, "
        "else on the day of diagnosis."
    ]


def _compared(found: Comparison) -> str:
    """How scores were compared."""
    names = ", ".join(score.asked.name for score in found.scores)
    boot = (
        f"{found.resamples} bootstrap resamples of patients, seed {found.seed}" if found.resamples else "no bootstrap"
    )
    landmark = found.landmark.set.landmark_months if found.landmark is not None else None
    again = "" if landmark is None else f"; once more from a landmark at {landmark:g} months"
    return (
        f"Scores compared on {found.set.endpoint}: {names}, on the {found.n} patients of whom every score is known, inside or "
        f"outside its published scope; AIC of Cox models less that of none, Harrell's and Uno's C, cumulative/dynamic AUC "
        f"(inverse probability of censoring) and Brier score at {found.horizon:g} months, risks predicted without the "
        f"patient's own fold ({FOLDS} folds); {boot}{again}."
    )


def _described(found: Description | None) -> list[str]:
    """The tests of the tables, and their quantiles."""
    if found is None:
        return []
    said = [
        f"Characteristics are medians with range and quartiles (quantiles of type {found.table_1.quantile_type}), and counts "
        f"with shares of {'those known' if found.table_1.share_of == 'known' else 'all'}."
    ]
    responses = [*found.molecular.values(), *found.haematological_by_group.values()]
    frames = [found.table_1.tests, found.treatment.tests, *(one.tests for one in responses)]
    names = sorted({name for frame in frames for name in frame.drop_nulls("p")["test"].to_list()})
    return (
        [*said, f"Groups are compared in the tables by: {'; '.join(names)}, uncorrected for their number."]
        if names
        else said
    )


def _endpoint(rule: EndpointRule, label: str) -> str:
    events = ", ".join(kind.value for kind in rule.events)
    competing = f"; competing: {', '.join(kind.value for kind in rule.competing)}" if rule.competing else ""
    censored = f"; censored {rule.censoring}" if rule.censoring else ""
    return f"{label}: {rule.meaning}. Events: {events}{competing}{censored} ({rule.citation})."
