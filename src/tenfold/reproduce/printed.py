"""The arithmetic of a paper's printed numbers: shares of counts, categories that add up, numbers printed twice.

Reads the data files of `evidence/printed`. Each row is checked with the paper's own counts and nothing else. Traps: a
share is of those known where the paper lists some as missing; a count that "would fit" is a suggestion, no correction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from typing import Any

from tenfold.reproduce.consistency import between, subset, whole_count
from tenfold.reproduce.finding import Finding, Verdict, agreement, resolved
from tenfold.reproduce.hazards import aic, hazard_ratio
from tenfold.reproduce.quartiles import quartiles
from tenfold.reproduce.rounding import closer, decimals, one_value, rounds_to

Row = dict[str, Any]


def share(count: int, of: int) -> Fraction:
    """Return a count as an exact percentage."""
    return Fraction(100 * count, of)


def would_fit(count: int, of: int, printed: str) -> str:
    """Name, in words, the smaller groups and the other counts whose share would be printed so."""
    groups = [d for d in range(max(count, 1), of) if rounds_to(share(count, d), printed)]
    fits = [f"{count}/{d}" for d in sorted({groups[0], groups[-1]})] if groups else []
    if len(groups) > 2:
        fits = [" to ".join(fits)]
    fits += [f"{other}/{of}" for other in range(of + 1) if other != count and rounds_to(share(other, of), printed)]
    said = f"Would fit {', '.join(fits)}." if fits else f"No group below {of}, and no other count of {of}, gives it."
    half = Fraction(round(share(count, of) * 2), 2)
    if decimals(printed) and half == Fraction(printed):
        said += " It is the share rounded to the nearest half."
    return said


def percentage(paper: str, row: Row) -> Iterator[Finding]:
    """Check a printed share: `count` of `of` is `printed` %."""
    count, of, printed = row["count"], row["of"], row["printed"]
    agrees = rounds_to(share(count, of), printed)
    why = f"The share of {count} in {of}{_group(row)}."
    yield Finding(
        paper,
        row["where"],
        row["what"],
        f"{count} ({printed} %)",
        f"{count}/{of} = {closer(share(count, of), printed)} %",
        agreement(agrees),
        why if agrees else f"{why} {would_fit(count, of, printed)}",
        row.get("discrepancy"),
    )


def _group(row: Row) -> str:
    return f" ({row['group']})" if "group" in row else ""


def total(paper: str, row: Row) -> Iterator[Finding]:
    """Check that `parts` add up to `total`; `partial`: the text does not name every category, so they may fall short."""
    parts, expected = row["parts"], row["total"]
    found, verdict = sum(parts), agreement(sum(parts) == row["total"])
    why = "The parts are added."
    if found < expected:
        why = f"The parts leave {expected - found} of {expected} unaccounted for."
        if row.get("partial"):
            verdict = Verdict.CANNOT
            why = f"The parts named leave {expected - found} of {expected}; the text does not name every category."
    yield Finding(
        paper,
        row["where"],
        row["what"],
        str(expected),
        f"{' + '.join(map(str, parts))} = {found}",
        verdict,
        why,
        row.get("discrepancy"),
    )


def same(paper: str, row: Row) -> Iterator[Finding]:
    """Check that one quantity printed in several `places` has one value; `sources`: the places are different papers."""
    texts, places = row["printed"], row["places"]
    agrees = one_value(*texts)
    yield Finding(
        paper,
        row["where"],
        row["what"],
        "; ".join(f"{text} ({place})" for text, place in zip(texts, places, strict=True)),
        None,
        agreement(agrees, with_source=row.get("sources", False)),
        row.get("note")
        or ("One quantity, the same wherever it is printed." if agrees else "One quantity, printed differently."),
        row.get("discrepancy"),
    )


def breakdown(paper: str, row: Row) -> Iterator[Finding]:
    """Check a table's categories: shares of those known, and that categories and missing ones make the group.

    `overlapping` categories (a patient may be in several) are not added.
    """
    missing, size = row.get("missing", 0), row["size"]
    group = f"{row['group']}, {missing} missing" if missing else row["group"]
    for name, count, printed in row["rows"]:
        what = f"{row['what']}: {name}, {row['group']}"
        line = {"where": row["where"], "what": what, "count": count, "of": size - missing, "printed": printed}
        yield from percentage(paper, {**line, "group": group})
    if not row.get("overlapping"):
        parts = [count for _, count, _ in row["rows"]] + ([missing] if missing else [])
        what = f"{row['what']}: categories{' and missing' if missing else ''}, {row['group']}"
        yield from total(paper, {"where": row["where"], "what": what, "parts": parts, "total": size})


def cannot(paper: str, row: Row) -> Iterator[Finding]:
    """Name what cannot be recomputed: `items` of what and published, with one reason."""
    for what, published in row["items"]:
        yield Finding(paper, row["where"], what, published, None, Verdict.CANNOT, row["why"], row.get("discrepancy"))


CHECKS: dict[str, Callable[[str, Row], Iterator[Finding]]] = {
    "percentage": percentage,
    "sum": total,
    "same": same,
    "breakdown": breakdown,
    "subset": subset,
    "whole_count": whole_count,
    "between": between,
    "quartiles": quartiles,
    "hazard_ratio": hazard_ratio,
    "aic": aic,
    "cannot": cannot,
}
ELSEWHERE = frozenset({"record", "public_code"})


def check(paper: str, data: dict[str, list[Row]]) -> Iterable[Finding]:
    """Check every row of a paper's printed numbers; ValueError for a kind of row that nothing checks."""
    if unknown := set(data) - set(CHECKS) - ELSEWHERE:
        raise ValueError(f"{paper}: nothing checks {', '.join(sorted(unknown))}")
    for kind, rows in data.items():
        if kind not in ELSEWHERE:
            for row in rows:
                yield from map(resolved, CHECKS[kind](paper, row))
