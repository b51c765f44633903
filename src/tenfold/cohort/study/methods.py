"""What was done, in the sentences of a methods section: made from the study itself, so that it says exactly that."""

from __future__ import annotations

from tenfold.cohort.study.curves import StudyCurves
from tenfold.cohort.study.file import Study
from tenfold.cohort.study.models import StudyCox
from tenfold.endpoints.definitions import EndpointRule

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


def methods(study: Study, curves: list[StudyCurves], models: list[StudyCox]) -> list[str]:
    """Return the sentences of the methods section, in order."""
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
    if study.groups:
        said.append(
            "Groups are those known at each patient's own time zero; who cannot be placed is left out and counted."
        )
    if models:
        said.append(
            "Hazard ratios are of Cox models (Efron's ties), each covariate alone and all together, on the patients with every "
            "covariate known; proportional hazards are checked by scaled Schoenfeld residuals."
        )
    if any("transplanted" in one.table["covariate"].to_list() for one in models):
        said.append("Transplant is time-dependent: a patient counts without it until its day and with it from then on.")
    said.append("Nothing is imputed. What a missing fact leaves open is not known, and is counted.")
    return said


def _endpoint(rule: EndpointRule, label: str) -> str:
    events = ", ".join(kind.value for kind in rule.events)
    competing = f"; competing: {', '.join(kind.value for kind in rule.competing)}" if rule.competing else ""
    censored = f"; censored {rule.censoring}" if rule.censoring else ""
    return f"{label}: {rule.meaning}. Events: {events}{competing}{censored} ({rule.citation})."
