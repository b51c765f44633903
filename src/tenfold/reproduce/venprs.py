"""VEN-PRS recomputed: every profile of the score, its weights, its groups and its cut-offs.

Traps: totals are exact, in hundredths, and 0.75 is reached; a profile is a combination of the variables, not a patient,
so the profiles say nothing of how many patients fall into a group.

Shahswar et al., Leukemia 2025;39:614-622.
"""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import polars as pl

from tenfold.logic.decision import Score
from tenfold.reproduce.finding import Finding, Verdict, agreement, resolved
from tenfold.reproduce.hazards import hazard_ratio
from tenfold.risk.venprs import EVENT_FREE_SURVIVAL, OVERALL_SURVIVAL, PUBLISHED, WORDINGS

PAPER = "shahswar-2025"
SCORES: dict[str, Score] = {"OS": OVERALL_SURVIVAL, "EFS": EVENT_FREE_SURVIVAL}
ENDPOINTS = {"OS": "overall survival", "EFS": "event-free survival"}
QUARTER, THREE_QUARTERS = Decimal("0.25"), Decimal("0.75")
RATIO = re.compile(r"(?P<ratio>[\d.]+) \((?P<low>[\d.]+)-(?P<high>[\d.]+)\)")
"""An estimate with its interval, as the papers print it: 2.6 (1.2-5.4)."""


def weights(endpoint: str) -> dict[str, Decimal]:
    """Return the printed coefficients of an endpoint, by variable."""
    return {name: Decimal(row["weight"]) for name, row in PUBLISHED[endpoint]["weights"].items()}


def _ratio(endpoint: str, name: str) -> re.Match[str]:
    found = RATIO.fullmatch(PUBLISHED[endpoint]["weights"][name]["hazard_ratio"])
    if found is None:
        raise ValueError(f"the hazard ratio of {name} is not written as 1.0 (0.9-1.1)")
    return found


def group(total: float | Decimal) -> str:
    """Return the group of a total, by the printed cut-offs."""
    return "favourable" if total < QUARTER else "intermediate" if total <= THREE_QUARTERS else "adverse"


def profiles() -> pl.DataFrame:
    """Return every profile of both endpoints, 128 for overall and 64 for event-free survival.

    Columns: `endpoint`, one yes/no column per variable (TP53 null for event-free survival, where it does not count),
    `score` (exact, two decimals), `group` (the score's own answer) and `group_from_hazard_ratios` (logarithms of the
    printed hazard ratios in place of the printed coefficients).
    """
    rows = []
    for endpoint, score in SCORES.items():
        names = [criterion.name for criterion in score.criteria]
        logarithms = [math.log(float(_ratio(endpoint, name)["ratio"])) for name in names]
        for codes in itertools.product((0, 1), repeat=len(names)):
            verdict = score.verdict(codes)
            again = math.fsum(weight * code for weight, code in zip(logarithms, codes, strict=True))
            rows.append(
                {
                    "endpoint": endpoint,
                    **dict.fromkeys(WORDINGS),
                    **{name: bool(code) for name, code in zip(names, codes, strict=True)},
                    "score": verdict.low,
                    "group": verdict.possible[0],
                    "group_from_hazard_ratios": group(again),
                }
            )
    schema: dict[str, pl.DataType] = {"endpoint": pl.String(), **dict.fromkeys(WORDINGS, pl.Boolean())}
    words = {"group": pl.String(), "group_from_hazard_ratios": pl.String()}
    return pl.DataFrame(rows, {**schema, "score": pl.Decimal(6, 2), **words})


def changed_by(endpoint: str, other: Mapping[str, Decimal]) -> int:
    """Return how many profiles of an endpoint change group under other coefficients."""
    printed = weights(endpoint)
    switched = itertools.product((0, 1), repeat=len(printed))
    return sum(_total(printed, codes) != _total(other, codes) for codes in switched)


def _total(by_name: Mapping[str, Decimal], codes: Sequence[int]) -> str:
    return group(sum((weight * code for weight, code in zip(by_name.values(), codes, strict=True)), Decimal(0)))


def findings(printed: Mapping[str, list[dict[str, Any]]]) -> Iterator[Finding]:
    """Set weights, profiles and cut-offs against Table 4 and the public script (`printed`)."""
    found: Iterable[Finding] = itertools.chain(
        _table_4(), _profiles(), _cut_offs(), _public_code(printed), _significance()
    )
    yield from map(resolved, found)


def _table_4() -> Iterator[Finding]:
    for endpoint, name in [(end, variable) for end in SCORES for variable in weights(end)]:
        row = PUBLISHED[endpoint]["weights"][name]
        what = f"{WORDINGS[name]}, {ENDPOINTS[endpoint]}"
        parts = {**_ratio(endpoint, name).groupdict(), "p": row["p"], "coefficient": row["weight"]}
        yield from hazard_ratio(PAPER, {"where": "Table 4, multivariable", "what": what, **parts})


def _profiles() -> Iterator[Finding]:
    table = profiles()
    for endpoint in SCORES:
        mine = table.filter(pl.col("endpoint") == endpoint)
        same = mine.filter(pl.col("group") == pl.col("group_from_hazard_ratios")).height
        counts = Counter(mine["group"])
        sizes = ", ".join(f"{counts[name]} {name}" for name in SCORES[endpoint].answers)
        yield Finding(
            PAPER,
            "Results; Table 4",
            f"Groups from the coefficients and from the logarithms of the hazard ratios, {ENDPOINTS[endpoint]}",
            "the coefficient is the logarithm of the hazard ratio",
            f"{same} of {mine.height} profiles in the same group ({sizes})",
            agreement(same == mine.height),
            "Every combination of the variables, scored with both.",
        )
    shared = list(weights("EFS"))
    both = table.filter(pl.col("endpoint") == "OS").join(
        table.filter(pl.col("endpoint") == "EFS").drop("TP53"), on=shared, suffix="_efs"
    )
    differ = both.filter(pl.col("group") != pl.col("group_efs")).height
    yield Finding(
        PAPER,
        "Results",
        "Profiles whose groups for overall and for event-free survival differ",
        "not printed",
        f"{differ} of {both.height}",
        Verdict.CANNOT,
        "The paper does not compare them. Every combination of the seven variables is scored for both endpoints.",
    )


def _cut_offs() -> Iterator[Finding]:
    table = profiles()
    quarter = table.filter(pl.col("score") == QUARTER).height
    yield Finding(
        PAPER,
        "Methods; Table 4",
        "Profiles that the disputed side of 0.25 would move",
        "S > 0.25 (Methods); S >= 0.25 (Table 4)",
        f"{quarter} of {table.height}",
        agreement(quarter == 0),
        "No profile of either endpoint totals 0.25, so both wordings give the same groups.",
        "D-V2",
    )
    there = table.filter(pl.col("score") == THREE_QUARTERS)
    said = []
    for row in there.to_dicts():
        present = [name for name in WORDINGS if row[name]]
        floats = sum(float(weights(row["endpoint"])[name]) for name in present)
        said.append(f"{row['endpoint']} {' + '.join(present)}: {row['group']} (as binary floats {floats!r})")
    yield Finding(
        PAPER,
        "Table 4",
        "Profiles that total exactly 0.75",
        "0.75 is intermediate",
        f"{there.height} of {table.height}: {'; '.join(said)}",
        agreement(set(there["group"]) <= {"intermediate"}),
        "Every combination is scored exactly; printed for intermediate: up to and including 0.75.",
        "D-V3",
    )


def _public_code(printed: Mapping[str, list[dict[str, Any]]]) -> Iterator[Finding]:
    for script in printed["public_code"]:
        endpoint = script["endpoint"]
        ours = weights(endpoint)
        turned = {**ours, "SF3B1": Decimal(script["SF3B1"])}
        clinical = {"extramedullary": Decimal(0), "prior_hma": Decimal(0)}
        ratio = _ratio(endpoint, "SF3B1")["ratio"]
        profiles_in_all = 2 ** len(ours)
        yield Finding(
            PAPER,
            "Table 4",
            f"Weight of SF3B1, {ENDPOINTS[endpoint]}: the paper against the public script",
            f"{ours['SF3B1']} (Table 4); {turned['SF3B1']} (script)",
            f"ln {ratio} = {math.log(float(ratio)):.3f}",
            agreement(turned["SF3B1"] == ours["SF3B1"], with_source=True),
            f"The printed hazard ratio {ratio} gives the sign. With the script's sign {changed_by(endpoint, turned)} of"
            f" {profiles_in_all} profiles change group; with its sign and without extramedullary disease and"
            f" hypomethylating pretreatment {changed_by(endpoint, {**turned, **clinical})}.",
            "D-R1",
        )


def _significance() -> Iterator[Finding]:
    for endpoint in SCORES:
        over = {
            name: row["p"]
            for name, row in PUBLISHED[endpoint]["weights"].items()
            if not row["p"].startswith("<") and float(row["p"]) >= 0.05
        }
        yield Finding(
            PAPER,
            "Discussion; Table 4",
            f"Variables called significant, {ENDPOINTS[endpoint]}",
            f"all {len(weights(endpoint))}",
            f"{len(weights(endpoint)) - len(over)} with p < 0.05",
            agreement(not over),
            f"Table 4 prints {', '.join(f'{name} p = {p}' for name, p in over.items())}.",
            "D-V13",
        )
