"""The patients of the VEN-PRS paper, as far as its printed counts and medians tell of them.

Traps: medians of groups do not add up to a median of all, so what is recomputed from them is marked as about; the 174
patients with molecular data are part of the 240.

Shahswar et al., Leukemia 2025;39:614-622.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from tenfold.reproduce.finding import Finding, Verdict, agreement, resolved
from tenfold.reproduce.rounding import closer, rounds_to
from tenfold.reproduce.venprs import PAPER, RATIO
from tenfold.risk.venprs import PUBLISHED

Printed = Mapping[str, list[dict[str, Any]]]


def findings(printed: Printed) -> Iterator[Finding]:
    """Set the `printed` medians, the definition of event-free survival and the counts against each other."""
    yield from map(
        resolved,
        chain(
            _medians(printed),
            [_within_intervals()],
            _event_free(printed),
            _classes(printed),
            _parts_of_the_whole(printed),
        ),
    )


def pooled_median(sizes: Sequence[int], medians: Sequence[float]) -> float:
    """Return the median of groups together if survival in each is exponential with its median.

    The time t at which sum of n_i 2^(-t / m_i) is half of sum of n_i, by bisection.
    """
    low, high = min(medians), max(medians)
    for _ in range(60):
        middle = (low + high) / 2
        alive = sum(n * 0.5 ** (middle / m) for n, m in zip(sizes, medians, strict=True))
        low, high = (middle, high) if alive > sum(sizes) / 2 else (low, middle)
    return (low + high) / 2


def _stated(printed: Printed) -> dict[str, str]:
    """What the paper prints of its patients that nothing recomputes, by its name."""
    return dict(item for row in printed["cannot"] for item in row["items"])


def _medians(printed: Printed) -> Iterator[Finding]:
    sizes = PUBLISHED["OS"]["published"]["n"]
    stated = _stated(printed)
    whole = stated["Median overall survival, months"].split()[0]
    by_class = [float(text) for text in stated["Median overall survival by ELN 2022"].split(", ")]
    for place in ("Results", "Abstract"):
        texts = [text.split()[0] for text in PUBLISHED["OS"]["published"][f"median months, {place}"]]
        pooled = pooled_median(sizes, [float(text) for text in texts])
        yield Finding(
            PAPER,
            place,
            f"Median overall survival of the three groups of the {place} together, months",
            f"{', '.join(texts)}; whole cohort {whole}",
            f"about {pooled:.1f}",
            Verdict.CANNOT,
            f"Individual times are not published. If survival in each group of {', '.join(map(str, sizes))} were"
            f" exponential, this would be the median of the {sum(sizes)} together; the {whole} months are of all 240, and the"
            f" medians printed for the ELN 2022 groups lie between {min(by_class)} and {max(by_class)}.",
            "B10",
        )


def _event_free(printed: Printed) -> Iterator[Finding]:
    event_free = _stated(printed)["Median event-free survival, months"].split()[0]
    tables = {(row["group"], row["what"]): row for row in printed["breakdown"]}
    table = tables[("all", "Best response")]
    counts = {name: count for name, count, _ in table["rows"]}
    failed = table["size"] - counts["CR"] - counts["CRi"]
    most = 2 * failed > table["size"]
    yield Finding(
        PAPER,
        "Results; Table 3",
        "Median event-free survival, months, if it were that of ELN 2022",
        event_free,
        "0" if most else None,
        _by_definition(event_free) if most else Verdict.CANNOT,
        f"{failed} of {table['size']} ({closer(100 * failed / table['size'], '1')} %) had neither CR nor CRi"
        f" ({failed - counts['MLFS']} if MLFS counted as response). ELN 2022 dates failure at day 1, so a median can be told only if more than half failed: it is then 0.",
        "G2",
    )


def _by_definition(event_free: str) -> Verdict:
    """The paper does not say that its event-free survival is that of ELN 2022: a difference is no contradiction."""
    return Verdict.AGREES if rounds_to(0, event_free) else Verdict.ANOTHER_DEFINITION


def _within_intervals() -> Finding:
    """Whether each median of the Abstract lies within the interval that the Results print for that group."""
    sets = PUBLISHED["OS"]["published"]
    inside = 0
    for text, beside in zip(sets["median months, Abstract"], sets["median months, Results"], strict=True):
        found = RATIO.fullmatch(beside)
        inside += found is not None and float(found["low"]) <= float(text) <= float(found["high"])
    return Finding(
        PAPER,
        "Abstract; Results",
        "Medians of the Abstract that lie within the 95 % intervals of the Results",
        ", ".join(sets["median months, Abstract"]),
        f"{inside} of {len(sets['n'])}",
        agreement(inside == len(sets["n"])),
        f"The Results print {', '.join(sets['median months, Results'])}: the data exclude neither set.",
        "D-V1",
    )


def _classes(printed: Printed) -> Iterator[Finding]:
    tables = {(row["group"], row["what"]): row for row in printed["breakdown"]}
    table = tables[("molecular", "ICC 2022 class")]
    classed = next(count for name, count, _ in table["rows"] if name == "mutated TP53")
    genes = next(row for row in printed["whole_count"] if "TP53" in row["what"])
    share = dict(zip(genes["what"].removeprefix("Mutated ").split(", "), genes["printed"], strict=True))["TP53"]
    carriers = next(n for n in range(table["size"] + 1) if rounds_to(100 * n / table["size"], share))
    yield Finding(
        PAPER,
        "Results; Table 1",
        "Patients with mutated TP53 against those classed as AML with mutated TP53",
        f"{share} % mutated; {classed} so classed",
        f"at least {carriers} of {table['size']} mutated",
        agreement(carriers <= classed),
        f"{share} % of {table['size']} are at least {carriers} patients. The class outranks the myelodysplasia-related"
        " ones, so all of them should be in it unless their allele frequency was below 10 % or the class is that of"
        " first diagnosis.",
        "D-V10",
    )


def _parts_of_the_whole(printed: Printed) -> Iterator[Finding]:
    tables = {(row["group"], row["what"]): row for row in printed["breakdown"]}
    for (name, what), part in tables.items():
        whole = tables.get(("all", what))
        if name != "molecular" or whole is None or whole.get("overlapping"):
            continue
        size = {row[0]: row[1] for row in whole["rows"]}
        beyond = [row[0] for row in part["rows"] if row[1] > size[row[0]]]
        yield Finding(
            PAPER,
            part["where"],
            f"{what}: no category larger in the molecular cohort than in all",
            f"{len(part['rows'])} categories",
            f"{len(beyond)} larger",
            agreement(not beyond),
            "The 174 are part of the 240, so each category of theirs fits within that of all.",
        )
