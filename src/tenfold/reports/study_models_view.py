"""A study's models and landmark curves in words for its page, and in the sentences of a methods section."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tenfold.cohort.study.competing_models import StudyFineGray
from tenfold.cohort.study.file import Study
from tenfold.cohort.study.landmarks import StudyLandmark
from tenfold.cohort.study.models import StudyCox
from tenfold.cohort.study.response_models import StudyResponse
from tenfold.cohort.study.subgroup_effects import StudySubgroups
from tenfold.reports.impossible import impossible_view
from tenfold.reports.pictures import Picture, picture
from tenfold.reports.study_models import Further, coefficient, further_figures

ALONE = "The counts are of the model together; alone, a covariate rests on all patients of whom it is known."


def further_view(found: Further, models: Sequence[StudyCox], study: Study) -> dict[str, Any]:
    """Return the parts of a page: means, trends, curves by later facts, models with their forests, impossible histories."""
    drawn = {name: picture(draw, f"{name}; the table gives its numbers.") for name, draw in further_figures(found, models).items()}  # fmt: skip
    return {
        "means": [_mean(row) for row in found.means.to_dicts()],
        "trends": [
            f"{one.label} by {one.by}, {' < '.join(one.order)}: {p_words(one.p)} (log-rank test for trend)."
            for one in found.trends
        ],
        "landmarks": [_landmark(one, study, drawn.get(f"landmark_{k}")) for k, one in enumerate(found.landmarks, 1)],
        "cox_forests": [
            {"title": f"{one.label}: Cox model", "picture": drawn.get(f"forest_cox_{k}")}
            for k, one in enumerate(models, 1)
            if f"forest_cox_{k}" in drawn
        ],
        "models": [
            *(_fine_gray(one, drawn.get(f"forest_fine_gray_{k}")) for k, one in enumerate(found.fine_gray, 1)),
            *(_response(one, drawn.get(f"forest_response_{k}")) for k, one in enumerate(found.responses, 1)),
            *(_subgroups(one, drawn.get(f"forest_subgroups_{k}")) for k, one in enumerate(found.subgroups, 1)),
        ],
        "impossible": impossible_view(found.impossible),
    }


def p_words(p: float | None) -> str:
    """A p value for reading: three decimals, or less than 0.001."""
    return "p cannot be had" if p is None else "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def _months(value: float | None, low: float | None, high: float | None) -> str:
    return "" if value is None or low is None or high is None else f"{value:.1f} ({low:.1f} to {high:.1f})"


def _mean(row: Mapping[str, Any]) -> tuple[Any, ...]:
    apart = _months(row["difference_months"], row["difference_low"], row["difference_high"])
    against = f" less {row['compared_with']}; {p_words(row['difference_p'])}" if apart else ""
    mean = _months(row["restricted_mean_months"], row["mean_low"], row["mean_high"])
    return (
        row["endpoint"],
        row["group"],
        row["patients"],
        row["events"],
        f"{row['horizon_months']:g}",
        mean or row["why_not"],
        apart + against,
    )


def _landmark(one: StudyLandmark, study: Study, drawn: Picture | None) -> dict[str, Any]:
    median = [] if one.incidences else ["median, months (95 % CI)"]
    shares = [f"at {month:g} months (95 % CI)" for month in study.landmarks_months]
    rows = []
    for row in one.table.to_dicts():
        cells = [row["group"], row["patients"], row["events"]]
        if median:
            cells.append(_reached(row))
        cells += [_share(row, month) for month in study.landmarks_months]
        rows.append(tuple(cells))
    return {
        "title": one.title,
        "picture": drawn,
        "caption": f"{one.endpoint.rule.meaning}; time from {one.from_}.",
        "columns": ["group", "patients", "events", *median, *shares],
        "rows": rows,
        "p": f"Between groups: {p_words(one.p)} ({one.test})." if one.p is not None else None,
        "left_out": [tuple(row.values()) for row in one.left_out.to_dicts()],
        "notes": one.notes,
    }


def _reached(row: Mapping[str, Any]) -> str:
    def said(value: float | None) -> str:
        return "not reached" if value is None else f"{value:.1f}"

    value, low, high = (row[f"median_{end}"] for end in ("months", "low", "high"))
    bounds = "" if low is None and high is None else f" ({said(low)} to {said(high)})"
    return said(value) + bounds


def _share(row: Mapping[str, Any], month: float) -> str:
    value, low, high = (row[f"at_{month:g}_{end}"] for end in ("months", "low", "high"))
    if value is None:
        return "not told"
    bounds = "" if low is None or high is None else f" ({100 * low:.0f} to {100 * high:.0f})"
    return f"{100 * value:.0f} %{bounds}"


def _fine_gray(one: StudyFineGray, drawn: Picture | None) -> dict[str, Any]:
    rows = [
        (
            coefficient(row),
            row["patients"],
            row["events"],
            _ratio(row, "alone_subdistribution_hazard_ratio", "alone"),
            _ratio(row, "together_subdistribution_hazard_ratio", "together"),
            _ratio(row, "cause_specific_hazard_ratio", "cause_specific"),
        )
        for row in one.table.to_dicts()
    ]
    model = one.together
    return {
        "title": f"{one.label}: Fine-Gray model",
        "picture": drawn,
        "columns": [
            "covariate",
            "patients",
            "events",
            "alone, subdistribution hazard ratio (95 % CI)",
            "together, subdistribution hazard ratio (95 % CI)",
            "together, cause-specific hazard ratio (95 % CI)",
        ],
        "rows": rows,
        "said": f"Together: {model.n} patients, {model.events} events, {model.competing} competing events. {ALONE}",
        "left_out": [tuple(row.values()) for row in one.left_out.to_dicts()],
        "notes": one.notes,
    }


def _response(one: StudyResponse, drawn: Picture | None) -> dict[str, Any]:
    rows = [
        (
            coefficient(row),
            row["patients"],
            row["responders"],
            "" if row["test_p"] is None else f"{p_words(row['test_p'])} ({row['test']})",
            _ratio(row, "alone_odds_ratio", "alone") + _by(row["alone_method"]),
            _ratio(row, "together_odds_ratio", "together") + _by(row["together_method"]),
        )
        for row in one.table.to_dicts()
    ]
    model, worth = one.together, one.worth
    said = [f"Together: {model.n} patients, {model.responses} responders; AIC {model.aic:.1f}. {ALONE}"]
    for name, measure in (("C", worth.c), ("Calibration slope", worth.slope)):
        if measure.corrected is not None:
            said.append(
                f"{name} {measure.corrected:.3f} after correction for optimism ({measure.low:.3f} to {measure.high:.3f}; "
                f"{worth.resamples} resamples), {measure.apparent:.3f} before."
            )
        elif measure.apparent is not None and name == "C":
            said.append(f"C {measure.apparent:.3f}, not corrected for optimism.")
    return {
        "title": f"Who responds: {one.outcome}",
        "picture": drawn,
        "columns": [
            "covariate",
            "patients",
            "responders",
            "test",
            "alone, odds ratio (95 % CI)",
            "together, odds ratio (95 % CI)",
        ],
        "rows": rows,
        "said": " ".join(said),
        "left_out": [tuple(row.values()) for row in one.left_out.to_dicts()],
        "notes": one.notes,
    }


def _by(method: str | None) -> str:
    return f" ({method})" if method == "Firth" else ""


def _subgroups(one: StudySubgroups, drawn: Picture | None) -> dict[str, Any]:
    rows = [
        (
            row["subgroup"] if row["level"] is None else f"{row['subgroup']}: {row['level']}",
            row["effect"],
            row["patients"],
            row["events"],
            _ratio(row, "hazard_ratio", "effect"),
            "" if row["level"] is None else p_words(row["interaction_p"]),
        )
        for row in one.table.to_dicts()
    ]
    adjusted = f", adjusted for {', '.join(one.asked.adjust)}" if one.asked.adjust else ""
    specific = "Cause-specific hazards: competing events are censored. " if one.competing else ""
    return {
        "title": f"{one.asked.effect} on {one.label}, by subgroup",
        "picture": drawn,
        "columns": ["subgroup", "effect", "patients", "events", "hazard ratio (95 % CI)", "interaction"],
        "rows": rows,
        "said": f"{specific}Cox models within each subgroup{adjusted}; whether the effect differs is the interaction's p alone.",
        "left_out": [tuple(row.values()) for row in one.left_out.to_dicts()],
        "notes": one.notes,
    }


def _ratio(row: Mapping[str, Any], ratio: str, which: str) -> str:
    value, low, high, p = row[ratio], row[f"{which}_low"], row[f"{which}_high"], row[f"{which}_p"]
    if value is None:
        return "cannot be estimated"
    ends = ("0" if low is None else f"{low:.2f}"), ("no end" if high is None else f"{high:.2f}")
    return f"{value:.2f} ({ends[0]} to {ends[1]}); {p_words(p)}"


def further_methods(found: Further, study: Study) -> list[str]:
    """Return the sentences of a methods section on what was made, in order."""
    said = []
    if found.means.height:
        said.append(
            "Restricted mean times are areas under the Kaplan-Meier curve to the horizon, with Greenwood-type intervals; each "
            "group is compared with the first by the difference."
        )
    if found.trends:
        said.append(
            "A trend across ordered groups is tested by the log-rank test for trend, scored 1, 2, 3 in their order."
        )
    if any(not one.asked.simon_makuch for one in found.landmarks):
        said.append(
            "Landmark curves are of those still followed without the event at the landmark, from it on, in groups as known by it."
        )
    if any(one.asked.simon_makuch for one in found.landmarks):
        said.append(
            "Simon-Makuch curves count a patient without transplant until its day and with it from then on, and are compared by "
            "Mantel and Byar's test."
        )
    if found.fine_gray:
        said.append(
            "Subdistribution hazard ratios are of Fine and Gray's model, each covariate alone and all together, with the "
            "cause-specific hazard ratio of a Cox model (other events censored) on the same patients beside them."
        )
    for one in found.responses:
        asked = one.asked
        corrected = (
            f" C and calibration slope are corrected for optimism by {asked.bootstrap} bootstrap resamples (seed {study.seed})."
            if asked.bootstrap
            else ""
        )
        said.append(
            f"{one.outcome}: groups are compared by Fisher's exact test (chi-squared where every expected count is 5 or more), "
            "numbers by Wilcoxon's rank sum test; odds ratios are of logistic regression, and by Firth's penalised likelihood "
            f"where all or none of a group respond; covariates are read on the first day of the treatment.{corrected}"
        )
    if found.subgroups:
        many = sum(len(one.asked.by) for one in found.subgroups)
        said.append(
            f"{many} subgroup analyses were made, each by Cox models within the levels and one likelihood ratio test of "
            "interaction; no p value is adjusted for their number."
        )
    return said
