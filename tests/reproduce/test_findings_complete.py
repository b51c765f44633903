"""What the papers print beside what Tenfold recomputes: every discrepancy is shown, with where, what and why."""

from __future__ import annotations

import json
import re
from collections import Counter
from importlib import resources

import pytest

from tenfold.evidence.library import discrepancies, papers
from tenfold.reproduce import Finding, Verdict, as_data
from tenfold.reproduce.literature import findings as recorded


def test_every_discrepancy_of_the_list_is_shown(found: list[Finding]) -> None:
    assert {finding.discrepancy for finding in found} - {None} == set(discrepancies())


def test_the_list_holds_every_discrepancy_asked_for() -> None:
    asked = {
        f"D-{letter}{n}"
        for letter, last in {"V": 13, "F": 8, "T": 8, "H": 7, "M": 9, "X": 2}.items()
        for n in range(1, last + 1)
    }
    assert asked | {"D-JC", "D-R1", "B10", "B19", "B26", "G2"} <= set(discrepancies())


def test_every_paper_has_findings_and_a_citation(found: list[Finding]) -> None:
    assert {finding.paper for finding in found} == set(papers())
    assert all(re.search(r"20\d\d", finding.citation) for finding in found)


def test_every_printed_file_belongs_to_a_paper() -> None:
    files = {path.name for path in (resources.files("tenfold.evidence") / "printed").iterdir()}
    assert files == {f"{key}.toml" for key in papers()}


def test_every_finding_says_where_what_and_why(found: list[Finding]) -> None:
    for finding in found:
        assert all((finding.where, finding.what, finding.published)), finding
        assert len(finding.why) > 10, finding


def test_what_cannot_be_recomputed_always_says_why(found: list[Finding]) -> None:
    reasons = {finding.why for finding in found if finding.verdict is Verdict.CANNOT}
    assert len(reasons) > 10
    assert all(reason.strip() for reason in reasons)


def test_no_finding_stands_twice(found: list[Finding]) -> None:
    again = [key for key, n in Counter((f.paper, f.where, f.what, f.published, f.why) for f in found).items() if n > 1]
    assert again == []


def test_the_reading_of_a_discrepancy_stands_behind_its_reason(found: list[Finding]) -> None:
    for finding in found:
        if finding.discrepancy:
            assert discrepancies()[finding.discrepancy].resolution in finding.why


def test_findings_are_plain_data_with_their_citation(found: list[Finding]) -> None:
    data = json.loads(json.dumps([as_data(finding) for finding in found]))
    assert data[0]["citation"] == found[0].citation
    assert {row["verdict"] for row in data} == {str(verdict) for verdict in Verdict}


def test_no_discrepancy_of_arithmetic_is_recorded_by_hand(found: list[Finding]) -> None:
    """Only a doubtful citation or another source may be; leaving out what arithmetic shows is refused."""
    by_hand = {finding.discrepancy for finding in recorded({row.id for row in discrepancies().values()})}
    assert {discrepancies()[name or ""].kind for name in by_hand} == {"citation"}
    with pytest.raises(ValueError, match="D-F2"):
        list(recorded({row.id for row in discrepancies().values()} - {"D-F2"}))


def test_a_doi_stands_only_where_the_paper_was_read_with_one() -> None:
    assert {key for key, paper in papers().items() if paper.doi} == {"shahswar-2025", "molica-2025"}
