"""Consistency of printed summaries whose counts are not printed: what whole patients allow.

A share of n patients is a whole number over n, so not every percentage can occur (the granularity test of Brown and
Heathers, Soc Psychol Personal Sci 2017;8:363-369). A whole lies between its parts; a part lies within the whole.
Trap: a share that some whole number gives is not thereby right, it only is not impossible.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from tenfold.reproduce.finding import Finding, Verdict, agreement
from tenfold.reproduce.rounding import closer, interval, rounds_to

Row = dict[str, Any]


def counts_giving(printed: str, of: int) -> list[int]:
    """Return the whole numbers of `of` patients whose share would be printed so."""
    return [count for count in range(of + 1) if rounds_to(Fraction(100 * count, of), printed)]


def whole_count(paper: str, row: Row) -> Iterator[Finding]:
    """Check that whole patients can give the `printed` shares, in at least one of the `groups` (name, then sizes)."""
    said, possible = [], False
    for name, *sizes in row["groups"]:
        counts = [counts_giving(text, of) for text, of in zip(row["printed"], sizes, strict=True)]
        possible = possible or all(counts)
        ways = [
            f"{'-'.join(map(str, sorted({found[0], found[-1]})))}/{of}" if found else f"none of {of}"
            for found, of in zip(counts, sizes, strict=True)
        ]
        said.append(f"{name}: {', '.join(ways)}")
    why = (
        "The counts are not printed; these would give the shares, so they are possible, not confirmed."
        if possible
        else "The counts are not printed, and no whole numbers of these patients give all the shares."
    )
    yield Finding(
        paper,
        row["where"],
        row["what"],
        ", ".join(f"{text} %" for text in row["printed"]),
        "; ".join(said),
        Verdict.CANNOT if possible else Verdict.DISAGREES_WITH_ITSELF,
        why,
        row.get("discrepancy"),
    )


def between(paper: str, row: Row) -> Iterator[Finding]:
    """Check that the share in all (`count` of `of`) lies between the `printed` shares of the parts they divide into."""
    overall = Fraction(100 * row["count"], row["of"])
    lows, highs = zip(*(interval(text) for text in row["printed"]), strict=True)
    agrees = min(lows) <= overall <= max(highs)
    yield Finding(
        paper,
        row["where"],
        row["what"],
        " v ".join(f"{text} %" for text in row["printed"]),
        f"all: {row['count']}/{row['of']} = {closer(overall, row['printed'][0])} %",
        agreement(agrees),
        "The share among all patients must lie between those of the parts they are divided into"
        + (", and does." if agrees else "; it does not."),
        row.get("discrepancy"),
    )


def subset(paper: str, row: Row) -> Iterator[Finding]:
    """Check that the range in a `part` of the patients lies within the range in the `whole`."""
    (least, most), (low, high) = row["whole"], row["part"]
    agrees = interval(low)[1] >= interval(least)[0] and interval(high)[0] <= interval(most)[1]
    yield Finding(
        paper,
        row["where"],
        row["what"],
        f"{least} to {most} in all, {low} to {high} in the part",
        None,
        agreement(agrees),
        "A part of the patients cannot range beyond all of them" + (", and does not." if agrees else "; it does."),
        row.get("discrepancy"),
    )
