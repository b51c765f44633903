"""A cohort as somebody asked for it: the study done, with what a page needs to show it."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tenfold.assessment import Assessment
from tenfold.cohort.study.curves import StudyCurves
from tenfold.cohort.study.file import StudyFault, parse_study
from tenfold.endpoints.time_zero import ImmortalTime
from tenfold.figures import style
from tenfold.figures.heading import under_heading
from tenfold.logic.kept import kept
from tenfold.reports.study import StudyResult, described_tables, run_study
from tenfold.reports.study_curves import curves_data, figure_of, figure_or_why
from tenfold.service.answers import OfCentre


@dataclass(frozen=True)
class Studied:
    """A study done. `refused`: why nothing could be, in words; `text`: the study file; `patients`: of the whole centre, without
    those `not_assessed`, whose records cannot be.
    """

    text: str
    patients: int
    assessment: Assessment
    result: StudyResult | None = None
    refused: str | None = None
    not_assessed: int = 0

    @kept
    def tables(self) -> list[dict[str, Any]]:
        """The description's tables, as a page shows them."""
        return described_tables(self.result.described) if self.result else []

    @kept
    def curves(self) -> list[dict[str, Any]]:
        """Each endpoint's curves as rows and words, with what is too few, and `why` where there is no figure."""
        if self.result is None:
            return []
        return [
            {**curves_data(one, self.result.study), "why": self._figure_of(one, style.WIDE)[1]}
            for one in self.result.curves
        ]

    @kept
    def drawings(self) -> list[tuple[int, str]]:
        """Number and title of the description's drawings; not of those for which there are too few patients."""
        if self.result is None:
            return []
        drawn = enumerate(self.result.drawings.items())
        return [(number, title) for number, (title, draw) in drawn if draw(style.WIDE) is not None]

    def _figure_of(self, one: StudyCurves, width: int) -> tuple[Any, str | None]:
        simulated = self.assessment.registry.simulated
        return figure_or_why(one, lambda: figure_of(one, width, simulated))

    def figure(self, name: str, width: int) -> str | None:
        """A figure as SVG: "curve-0", or "drawing-0" of the description; None where there is none."""
        kind, _, number = name.partition("-")
        if self.result is None or not number.isdigit():
            return None
        drawn: Any = None
        if kind == "curve" and int(number) < len(self.result.curves):
            drawn, _ = self._figure_of(self.result.curves[int(number)], width)
        elif kind == "drawing" and int(number) < len(self.result.drawings):
            title, draw = list(self.result.drawings.items())[int(number)]
            drawn = under_heading(title, draw, self.result.simulated)(width)
        return None if drawn is None else style.svg(drawn)


def studied(text: str, assessed: Callable[[], OfCentre], said: Callable[[str], None]) -> Studied:
    """Do what a study file asks for. What cannot be done is said in `refused`; nothing is raised for it."""
    said("every patient is assessed")
    answers = assessed()
    assessment, left_out = answers.assessment, len(answers.not_assessed)
    patients = assessment.patients.height
    if not patients:
        return Studied(text, 0, assessment, refused="nobody is in this centre yet", not_assessed=left_out)
    try:
        said("the cohort is described and its endpoints are counted")
        result = run_study(assessment, parse_study(tomllib.loads(text)))
        return Studied(text, patients, assessment, result, not_assessed=left_out)
    except StudyFault as error:
        why = "; ".join(error.faults)
    except (ImmortalTime, ValueError, LookupError) as error:
        why = str(error.args[0])
    return Studied(text, patients, assessment, refused=why, not_assessed=left_out)
