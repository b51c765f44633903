"""What a report of a prediction model must say, item by item (TRIPOD of 2015), filled in with what was done; the rest named open.

Collins et al., BMJ 2015;350:g7594 (items 4 to 18 of the statement; item numbers are theirs).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tenfold.cohort.development.develop import Development
from tenfold.cohort.development.external import Validation
from tenfold.cohort.development.response.external import ResponseValidation
from tenfold.cohort.development.screen import THRESHOLD
from tenfold.cohort.development.terms import Term
from tenfold.cohort.development.validated import status

AUTHORS = "for the authors to say"

Row = tuple[str, str, str]


def tripod_rows(found: Development, validations: Mapping[str, Validation] | None = None) -> list[Row]:
    """One row an item: number, what it asks, what was done; with `validations` also the items on validation."""
    seen = validations or {}
    plan = found.plan
    model = found.recipe.model
    rows: list[Row] = [
        ("4a", "Source of data", f"{plan.source}"),
        ("4b", "Dates of accrual and of follow-up", AUTHORS + _follow_up(found)),
        ("5", "Setting, eligibility, treatments", AUTHORS),
        ("6", "Outcome", f"{plan.endpoint}, in months; blinding of its assessment: {AUTHORS}"),
        ("7", "Predictors", f"{len(plan.candidates)} candidates: {', '.join(plan.candidates)}. How and when measured: {AUTHORS}"),
        ("8", "Sample size", found.sample_size.statement()),
        ("9", "Missing data", _missing(found)),
        ("10a", "How predictors were handled", coding_words(found.terms)),
        ("10b", "Type of model, building, internal validation", _building(found)),
        ("10d", "Measures of performance", _measures(found)),
        ("11", "Risk groups", _groups(found)),
        ("13", "Participants", f"{found.n} of {found.n_given} patients used, {found.events} with the event"),
        ("14", "Model development", f"{found.events} events, {found.sample_size.events_per_parameter:.1f} for each candidate coefficient;"
         f" unadjusted associations in the table of candidates"),
        ("15", "Full model", "weights, cut-offs and baseline survival in the model's file; the score is 0 for no in everything,"
         " reference words and lowest numbers"),
        ("16", "Performance", "apparent and corrected for optimism, with intervals, above"),
        *validation_rows(seen),
        ("17", "Model updating", "none; the command tenfold recalibrate fits baseline and slope to other patients"),
        ("18", "Limitations", _limits(found, seen)),
        ("22", "Funding and role of funders", AUTHORS),
    ]  # fmt: skip
    if not model.selected:
        rows.insert(13, ("15", "Full model", "no candidate passed the screen"))
    return rows


def _follow_up(found: Development) -> str:
    known = found.follow_up
    if known is None or known.value is None:
        return ""
    return f"; median follow-up {known.value:.1f} months (reverse Kaplan-Meier)"


def _missing(found: Development) -> str:
    plan = found.plan
    told = ", ".join(f"{name} {count}" for name, count in found.unknown.items()) or "nothing"
    if not plan.imputations:
        return f"Not known: {told}. Patients with an unknown candidate or outcome were left out."
    return (
        f"Not known: {told}. {plan.imputations} imputations by chained equations from all candidates, the event and the"
        " cumulative hazard; pooled by Rubin's rules; each bootstrap resample was filled in anew. Patients without outcome"
        " were left out."
    )


def coding_words(terms: Sequence[Term]) -> str:
    """How predictors were handled."""
    said = []
    for term in terms:
        if term.coding == "levels":
            said.append(f"{term.name} against {term.reference}")
        elif term.coding == "bands":
            said.append(f"{term.name} in bands at {', '.join(f'{cut:g}' for _, cut in term.cuts)}")
        elif term.coding == "linear":
            said.append(f"{term.name} linear from {term.low:g} to {term.high:g}, held at the ends")
    rest = sum(term.coding == "yes/no" for term in terms)
    return "; ".join([*([f"{rest} as yes or no"] if rest else []), *said]) + "."


def _building(found: Development) -> str:
    plan = found.plan
    forced = f" or forced ({', '.join(plan.forced)})" if plan.forced else ""
    default = "" if plan.threshold == THRESHOLD else " (set by the user)"
    mixing = {0.0: "ridge", 1.0: "lasso"}.get(plan.mixing, f"elastic net, mixing {plan.mixing:g}")
    parts = [
        f"Recipe: univariable Cox screen, kept if p < {plan.threshold:g}{default}{forced}; multivariable Cox (Efron) of what"
        " was kept; each coefficient to two decimals is a weight.",
        f"Penalised: {mixing} Cox of all candidates (Breslow), penalty by tenfold cross-validated partial likelihood.",
    ]
    if plan.bootstrap:
        parts.append(f"Bootstrap: {plan.bootstrap} resamples, seed {plan.seed}, everything repeated in each.")
    if found.training is not None:
        parts.append(
            f"Random splits: {plan.splits} of {found.training} to train and {found.n - found.training} to test, seed {plan.seed}."
        )
    return " ".join(parts)


def _measures(found: Development) -> str:
    return (
        f"Harrell's C; calibration slope; at {found.plan.horizon:g} months the area under the ROC curve (inverse probability of"
        " censoring; in the splits also nearest neighbours, span 0.25 n^-0.20), Brier score and observed over expected events."
    )


def _groups(found: Development) -> str:
    cut_offs = found.recipe.model.cut_offs
    if not cut_offs:
        return "none: no score"
    bounds = ", ".join(str(cut) for cut in cut_offs)
    how = "given beforehand" if found.plan.cut_offs is not None else "searched, anew in each resample"
    return f"{len(cut_offs) + 1} groups of the recipe's score, bounds {bounds}, {how}"


def validation_rows(seen: Mapping[str, Validation | ResponseValidation]) -> list[Row]:
    """The items on validation in other patients; none without them."""
    if not seen:
        return []
    one = next(iter(seen.values()))
    left = ", ".join(f"{name} {count}" for name, count in one.left_out.items()) or "nothing"
    return [
        ("10c", "How predictions were calculated for validation", "by the weights, cut-offs and baseline (or intercept) of the"
         " model's file, as they stand"),
        ("12", "Differences between development and validation", f"inputs and total in the tables of case mix, above; setting,"
         f" eligibility, outcome: {AUTHORS}"),
        ("13c", "Participants of the validation", f"{one.n} of {one.n_given} patients used; left out, not known: {left}"),
        ("16", "Performance in validation", "with intervals, above; not corrected, for nothing was fitted to these patients"),
    ]  # fmt: skip


def _limits(found: Development, seen: Mapping[str, Validation]) -> str:
    said = [status(found.internally, next(iter(seen.values()), None))]
    said += ["candidates of the recipe chosen by univariable screening"]
    said += [] if found.plan.imputations else ["analysis of complete cases"] if found.n < found.n_given else []
    said += [] if found.plan.cut_offs is not None else ["cut-offs searched in these patients"]
    if not found.sample_size.enough:
        said.append(f"fewer patients than Riley's criteria ask for ({found.sample_size.needed})")
    said += [f"{len(arm.warnings)} warnings about the {arm.procedure.name} model" for arm in found.arms if arm.warnings]
    return "; ".join(said)


def columns() -> Sequence[str]:
    """The table's headings."""
    return ("item", "asks for", "here")
