"""A study's case mix beside another cohort: as a table of its page, and as a sentence of its methods."""

from __future__ import annotations

from typing import Any

from tenfold.cohort.study.case_mix import StudyCaseMix
from tenfold.reports.study_models_view import p_words


def case_mix_view(found: StudyCaseMix) -> dict[str, Any]:
    """Return the part of a page: the table, and what stands under it."""
    rows = []
    for row in found.table.to_dicts():
        gap = row["standardised_difference"]
        rows.append(
            (
                f"{row['covariate']}: {row['level']}",
                _told(row["study"], row["level"], row["known"]),
                _told(row["external"], row["level"], row["known_external"]),
                "" if gap is None else f"{gap:+.2f}",
                f"{p_words(row['p'])} ({row['test']})",
            )
        )
    return {
        "title": f"Case mix beside {found.name}",
        "columns": (
            "covariate",
            f"this study ({found.patients} patients)",
            f"{found.name} ({found.others} patients)",
            "standardised difference",
            "test of the covariate",
        ),
        "rows": rows,
        "said": _said(found),
        "notes": list(found.notes),
    }


def case_mix_methods(found: StudyCaseMix | None) -> list[str]:
    """What was done, as a sentence of a methods section; nothing where nothing was compared."""
    return [] if found is None else [_said(found)]


def _said(found: StudyCaseMix) -> str:
    who = "everybody who has that day" if found.population is None else f"of it, patients with {found.population}"
    return (
        f"Case mix is compared with {found.name} ({who}), each patient as known at the {found.index}: shares and means of those "
        "known, the difference over the standard deviation there, and tests uncorrected for their number; no patient is pooled "
        "or matched."
    )


def _told(value: float | None, level: str, known: int) -> str:
    if value is None:
        return "not known"
    return f"mean {value:.1f} of {known}" if level == "mean" else f"{100 * value:.0f} % of {known}"
