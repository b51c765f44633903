"""What a report of a response model must say, item by item (TRIPOD of 2015); the rest named open.

Collins et al., BMJ 2015;350:g7594 (items 4 to 18 of the statement; item numbers are theirs).
"""

from __future__ import annotations

from tenfold.cohort.development.response.develop import ResponseDevelopment
from tenfold.cohort.development.response.external import ResponseValidation
from tenfold.cohort.development.screen import THRESHOLD
from tenfold.cohort.development.validated import status
from tenfold.reports.tripod import AUTHORS, Row, coding_words, validation_rows


def response_tripod_rows(found: ResponseDevelopment, validation: ResponseValidation | None = None) -> list[Row]:
    """One row an item: number, what it asks, what was done; with `validation` also the items on validation."""
    plan = found.plan
    model = found.made.model
    full = (
        "weights and intercept in the model's file; the score is 0 for no in everything, reference words and lowest numbers"
        if model.selected
        else "no candidate passed the screen"
    )
    return [
        ("4a", "Source of data", plan.source),
        ("4b", "Dates of accrual", AUTHORS),
        ("5", "Setting, eligibility, treatments", AUTHORS),
        ("6", "Outcome", f"{plan.outcome}, yes or no; blinding of its assessment: {AUTHORS}"),
        ("7", "Predictors", f"{len(plan.candidates)} candidates: {', '.join(plan.candidates)}. How and when measured: {AUTHORS}"),
        ("8", "Sample size", found.sample_size.statement()),
        ("9", "Missing data", _missing(found)),
        ("10a", "How predictors were handled", coding_words(found.terms)),
        ("10b", "Type of model, building, internal validation", _building(found)),
        ("10d", "Measures of performance", "area under the ROC curve, calibration slope and intercept, Brier score, responses observed"
         " over expected, predicted against observed in bands"),
        ("13", "Participants", f"{found.n} of {found.n_given} patients used, {found.responders} responded"),
        ("14", "Model development", f"{found.sample_size.rarer_per_parameter:.1f} of the rarer answer for each candidate coefficient;"
         " unadjusted associations in the table of candidates"),
        ("15", "Full model", full),
        ("16", "Performance", "apparent and corrected for optimism, with intervals, above"),
        *([] if validation is None else validation_rows({validation.model: validation})),
        ("17", "Model updating", "none"),
        ("18", "Limitations", _limits(found, validation)),
        ("22", "Funding and role of funders", AUTHORS),
    ]  # fmt: skip


def _missing(found: ResponseDevelopment) -> str:
    told = ", ".join(f"{name} {count}" for name, count in found.unknown.items()) or "nothing"
    return f"Not known: {told}. Patients with an unknown candidate or response were left out."


def _building(found: ResponseDevelopment) -> str:
    plan = found.plan
    forced = f" or forced ({', '.join(plan.forced)})" if plan.forced else ""
    default = "" if plan.threshold == THRESHOLD else " (set by the user)"
    how = (
        "Firth's penalised likelihood, a cell being empty" if found.made.fit.method == "Firth" else "maximum likelihood"
    )
    said = (
        f"Univariable screen by likelihood ratio, kept if p < {plan.threshold:g}{default}{forced}; multivariable logistic model"
        f" of what was kept, by {how}; each coefficient to two decimals is a weight; the intercept is fitted to their sum."
    )
    if plan.bootstrap:
        said += f" Bootstrap: {plan.bootstrap} resamples, seed {plan.seed}, everything repeated in each."
    return said


def _limits(found: ResponseDevelopment, validation: ResponseValidation | None) -> str:
    said = ["simulated patients"] if found.plan.simulated else []
    said.append(status(bool(found.plan.bootstrap), validation))
    said += ["candidates chosen by univariable screening"]
    said += ["analysis of complete cases"] if found.n < found.n_given else []
    if not found.sample_size.enough:
        said.append(f"fewer patients than Riley's criteria ask for ({found.sample_size.needed})")
    if found.warnings:
        said.append(f"{len(found.warnings)} warnings about the model")
    return "; ".join(said)
