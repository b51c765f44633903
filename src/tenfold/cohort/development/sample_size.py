"""Is the cohort large enough for so many candidates: events per candidate, and the criteria of Riley and colleagues.

Three criteria, each a least number of patients: (1) coefficients expected to be exaggerated by no more than a tenth
(shrinkage 0.9); (2) the explained variation to look no more than 0.05 better than it is; (3) the overall risk at a time
known to within 0.05. Counted are all candidate coefficients, also those later dropped. They need the explained variation
(Cox and Snell's) that is to be expected: where no earlier study tells, 15 % of the greatest possible.

Traps: the greatest possible value is that of an exponential model with one unit of time a patient, as `pmsampsize` has it;
the explained variation seen in the very patients is flattered, and must not be taken for the expected one.

Riley et al., Stat Med 2019;38:1276-1296 (the criteria and worked values); Riley et al., BMJ 2020;368:m441 (the 15 %).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

SHRINKAGE, OPTIMISM, MARGIN = 0.9, 0.05, 0.05
EXPECTED_SHARE = 0.15


@dataclass(frozen=True)
class SampleSize:
    """What the criteria ask, beside what there is. `expected_shrinkage` is what the patients at hand would give.

    `rate`: events a month of follow-up; `follow_up`: mean months; `at`: the month of criterion 3, `margin` what that
    criterion comes to at the numbers at hand.
    """

    n: int
    events: int
    parameters: int
    rate: float
    follow_up: float
    at: float
    explained: float
    greatest_explained: float
    assumed: bool
    needed_for_shrinkage: int
    needed_for_optimism: int
    needed_for_overall_risk: int
    expected_shrinkage: float
    margin: float

    @property
    def needed(self) -> int:
        """The least number of patients that meets all three."""
        return max(self.needed_for_shrinkage, self.needed_for_optimism, self.needed_for_overall_risk)

    @property
    def needed_events(self) -> float:
        """The events that so many patients would have."""
        return self.needed * self.rate * self.follow_up

    @property
    def events_per_parameter(self) -> float:
        """Events at hand for each candidate coefficient."""
        return self.events / self.parameters

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
            f"{self.n} patients and {self.events} events for {self.parameters} candidate coefficients:"
            f" {self.events_per_parameter:.1f} events each. Riley's criteria ask for {self.needed} patients"
            f" (about {self.needed_events:.0f} events): {self.needed_for_shrinkage} for shrinkage of at least {SHRINKAGE:g},"
            f" {self.needed_for_optimism} for optimism of at most {OPTIMISM:g}, {self.needed_for_overall_risk} for the overall"
            f" risk at {self.at:g} months to within {MARGIN:g}; explained variation {self.explained:.3f} ({source})."
            f" What there is, is {verdict}."
        )


def sample_size(
    *, n: int, events: int, parameters: int, follow_up: float, at: float, explained: float | None = None
) -> SampleSize:
    """Hold patients at hand against the criteria.

    `follow_up`: mean follow-up a patient, `at`: the horizon, both in months. `explained`: the Cox-Snell explained
    variation expected from an earlier study. ValueError for counts that cannot be, or an explained variation outside 0
    to the greatest possible.
    """
    if not (n > 0 and 0 < events <= n and parameters > 0 and follow_up > 0 and at > 0):
        raise ValueError("counts and times must be positive, and no more events than patients")
    rate = events / (n * follow_up)
    share = events / n
    greatest = 1 - math.exp(2 * share * (math.log(share) - 1))
    expected = EXPECTED_SHARE * greatest if explained is None else explained
    if not 0 < expected < min(greatest, SHRINKAGE):
        raise ValueError(f"the explained variation lies between 0 and {greatest:.3f} here, not {expected}")
    # What shrinkage a given difference in explained variation amounts to.
    for_optimism = expected / (expected + OPTIMISM * greatest)
    first, second = (needed_patients(parameters, expected, shrinkage) for shrinkage in (SHRINKAGE, for_optimism))
    third = max(first, second)
    while _margin(rate, third * follow_up, at) > MARGIN:
        third += 1
    return SampleSize(
        n=n,
        events=events,
        parameters=parameters,
        rate=rate,
        follow_up=follow_up,
        at=at,
        explained=expected,
        greatest_explained=greatest,
        assumed=explained is None,
        needed_for_shrinkage=first,
        needed_for_optimism=second,
        needed_for_overall_risk=third,
        expected_shrinkage=shrinkage_of(n, parameters, expected),
        margin=_margin(rate, n * follow_up, at),
    )


def needed_patients(parameters: int, explained: float, shrinkage: float) -> int:
    """The least number of patients of which so much shrinkage is to be expected."""
    return math.ceil(parameters / ((shrinkage - 1) * math.log(1 - explained / shrinkage)))


def shrinkage_of(n: int, parameters: int, explained: float) -> float:
    """The shrinkage that a number of patients is to be expected to need: the first criterion, solved for it."""
    low, high = explained + 1e-12, 1 - 1e-12
    for _ in range(200):
        middle = (low + high) / 2
        needed = parameters / ((middle - 1) * math.log(1 - explained / middle))
        low, high = (middle, high) if needed < n else (low, middle)
    return low


def _margin(rate: float, time: float, at: float) -> float:
    reach = NormalDist().inv_cdf(0.975) * math.sqrt(rate / time)
    return math.exp(-rate * at) - math.exp(-(rate + reach) * at)
