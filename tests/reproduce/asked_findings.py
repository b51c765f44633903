"""Findings that a test asks for, by their paper and what they are of."""

from __future__ import annotations

from tenfold.reproduce import Finding, Verdict

ITSELF, SOURCE = Verdict.DISAGREES_WITH_ITSELF, Verdict.DISAGREES_WITH_SOURCE


def of(found: list[Finding], paper: str, what: str) -> list[Finding]:
    matching = [finding for finding in found if finding.paper == paper and what in finding.what]
    assert matching, f"nothing is found on {what}"
    return matching
