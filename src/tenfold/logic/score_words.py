"""A score's sum read aloud: the points of each item, the total, its cut-offs, and what it is if the rest is no."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from tenfold.logic.criterion import Criterion
from tenfold.logic.decision import Codes, Score


def points_of(score: Score, criterion: Criterion, code: int | None) -> str:
    """What one item adds to the total, as printed; "0 or 0.94" where the item is not known."""
    weights = score.weights[criterion.name]
    texts = ("0", weights) if isinstance(weights, str) else ("0", *weights)
    return texts[code] if code is not None else " or ".join(dict.fromkeys(texts))


def total_in_words(score: Score, codes: Codes, low: Decimal, high: Decimal) -> str:
    """The total with the cut-offs; where a yes or no is not known, also what it would be if all of them were no."""
    said = f"total {low}" if low == high else f"total between {low} and {high}"
    said += f" ({', '.join(cut_offs_in_words(score))})"
    unknown = [criterion for criterion, code in zip(score.criteria, codes, strict=True) if code is None]
    if len(unknown) in (0, len(codes)) or any(criterion.levels != ("no", "yes") for criterion in unknown):
        return said
    least = score.verdict(tuple(0 if code is None else code for code in codes))
    return f"{said}; only if each that is not known were no: {least.low}, {' or '.join(least.possible)}"


def cut_offs_in_words(score: Score) -> Iterator[str]:
    """Each group with the totals that belong to it."""
    before = None
    for group in score.groups:
        least = None if before is None else f"{'above' if before.includes_upper else 'from'} {before.upper}"
        most = None if group.upper is None else f"{'up to' if group.includes_upper else 'below'} {group.upper}"
        yield " ".join(part for part in (str(group.answer), least, most) if part)
        before = group
