"""What the papers print, beside what Tenfold recomputes, and where a paper disagrees with itself or with another.

Verdicts are computed: a number agrees if the recomputed one rounds to what is printed. Nothing is tuned to match, and
what cannot be recomputed is listed with the reason. `reproduce()` gives all findings, `profiles()` every VEN-PRS profile.
"""

from __future__ import annotations

from itertools import chain

from tenfold.evidence.library import papers, printed_numbers
from tenfold.reproduce import literature, tiong, venprs, venprs_cohort
from tenfold.reproduce.finding import Finding, Verdict, as_data
from tenfold.reproduce.printed import check
from tenfold.reproduce.venprs import profiles

__all__ = ["Finding", "Verdict", "as_data", "profiles", "reproduce"]


def reproduce() -> list[Finding]:
    """Return every finding, paper by paper: those from patients and models first, then the printed arithmetic."""
    data = {key: printed_numbers(key) for key in papers()}
    found = list(
        chain(
            tiong.findings(data[tiong.PAPER]),
            venprs.findings(data[venprs.PAPER]),
            venprs_cohort.findings(data[venprs.PAPER]),
            *(check(key, rows) for key, rows in data.items()),
        )
    )
    found += literature.findings({finding.discrepancy for finding in found if finding.discrepancy})
    order = list(papers())
    return sorted(found, key=lambda finding: order.index(finding.paper))
