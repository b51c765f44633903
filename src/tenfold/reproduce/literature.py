"""Discrepancies that no arithmetic can show: a reference that does not hold its claim, another paper, public code.

Their verdict is recorded, not computed; the library says of each what stands against it, and whether that was read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tenfold.evidence.library import discrepancies
from tenfold.reproduce.finding import Finding, Verdict, resolved

RECORDED = frozenset({"citation", "other source"})


def findings(shown: Collection[str]) -> Iterator[Finding]:
    """Yield a finding for every doubtful citation, and for every other source that is not among those `shown` already.

    ValueError for one that arithmetic should have shown and did not.
    """
    for row in discrepancies().values():
        if row.id in shown and row.kind != "citation":
            continue
        if row.kind not in RECORDED:
            raise ValueError(f"{row.id} is a matter of arithmetic, and no finding shows it")
        against = f"{row.against[:1].upper()}{row.against[1:]}".rstrip(".")
        unread = " This side was not read again in its source." if row.known else ""
        yield resolved(
            Finding(
                row.paper,
                row.where,
                "What is stated, against its source",
                row.published,
                None,
                Verdict.DISAGREES_WITH_SOURCE,
                f"Against: {against}.{unread}",
                row.id,
            )
        )
