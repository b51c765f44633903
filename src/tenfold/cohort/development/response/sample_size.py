"""Is the cohort large enough for so many candidates of a response: the criteria of Riley and colleagues for yes or no.

The first two are those of survival (shrinkage of at least 0.9; explained variation no more than 0.05 better than it is),
with the greatest explained variation of a share; the third is the overall share to within 0.05.

Traps: the rarer of the two answers is what counts for each coefficient; all candidates count, also those dropped.

Riley et al., Stat Med 2019;38:1276-1296; Riley et al., BMJ 2020;368:m441.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from tenfold.cohort.development.sample_size import (
    EXPECTED_SHARE,
    MARGIN,
    OPTIMISM,
    SHRINKAGE,
    needed_patients,
    shrinkage_of,
)


@dataclass(frozen=True)
class ResponseSampleSize:
    """What the criteria ask, beside what there is. `expected_shrinkage` is what the patients at hand would give."""

    n: int
    responders: int
    parameters: int
    explained: float
    greatest_explained: float
    assumed: bool
    needed_for_shrinkage: int
    needed_for_optimism: int
    needed_for_overall_share: int
    expected_shrinkage: float

    @property
    def needed(self) -> int:
        """The least number of patients that meets all three."""
        return max(self.needed_for_shrinkage, self.needed_for_optimism, self.needed_for_overall_share)

    @property
    def rarer_per_parameter(self) -> float:
        """Patients with the rarer answer for each candidate coefficient."""
        return min(self.responders, self.n - self.responders) / self.parameters

    @property
    def enough(self) -> bool:
        """Whether the patients at hand meet all three."""
        return self.n >= self.needed

    def statement(self) -> str:
        """The statement to print."""
        source = f"{100 * EXPECTED_SHARE:.0f} % of the greatest possible" if self.assumed else "as expected beforehand"
        verdict = (
            "enough"
            if self.enough
            else f"too few: expect coefficients exaggerated (shrinkage {self.expected_shrinkage:.2f})"
        )
        return (
            f"{self.n} patients and {self.responders} responders for {self.parameters} candidate coefficients:"
            f" {self.rarer_per_parameter:.1f} of the rarer answer each. Riley's criteria ask for {self.needed} patients:"
            f" {self.needed_for_shrinkage} for shrinkage of at least {SHRINKAGE:g}, {self.needed_for_optimism} for optimism"
            f" of at most {OPTIMISM:g}, {self.needed_for_overall_share} for the overall share to within {MARGIN:g};"
            f" explained variation {self.explained:.3f} ({source}). What there is, is {verdict}."
        )


def response_sample_size(
    *, n: int, responders: int, parameters: int, explained: float | None = None
) -> ResponseSampleSize:
    """Hold patients at hand against the criteria. `explained`: Cox and Snell's, expected from an earlier study.

    ValueError for counts that cannot be, or an explained variation outside 0 to the greatest possible.
    """
    if not (0 < responders < n and parameters > 0):
        raise ValueError("counts must be positive, and some but not all patients respond")
    share = responders / n
    greatest = 1 - math.exp(2 * (share * math.log(share) + (1 - share) * math.log(1 - share)))
    expected = EXPECTED_SHARE * greatest if explained is None else explained
    if not 0 < expected < min(greatest, SHRINKAGE):
        raise ValueError(f"the explained variation lies between 0 and {greatest:.3f} here, not {expected}")
    for_optimism = expected / (expected + OPTIMISM * greatest)
    return ResponseSampleSize(
        n=n,
        responders=responders,
        parameters=parameters,
        explained=expected,
        greatest_explained=greatest,
        assumed=explained is None,
        needed_for_shrinkage=needed_patients(parameters, expected, SHRINKAGE),
        needed_for_optimism=needed_patients(parameters, expected, for_optimism),
        needed_for_overall_share=math.ceil((1.96 / MARGIN) ** 2 * share * (1 - share)),
        expected_shrinkage=shrinkage_of(n, parameters, expected),
    )
