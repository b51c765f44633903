"""What stands behind the answers: published numbers recomputed, R's golden files, and the kinds of tests."""

from __future__ import annotations

import ast
import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

from generate.markdown import page, table
from generate.rooms import ROOT
from tenfold.catalogue import QUESTIONS
from tenfold.evidence.library import papers
from tenfold.reports.findings import in_counts
from tenfold.reproduce import Finding, profiles, reproduce
from tenfold.reproduce.finding import Verdict

TESTS = ROOT / "tests"


@cache
def findings() -> tuple[Finding, ...]:
    """Every printed number, recomputed."""
    return tuple(reproduce())


def published_numbers_section() -> str:
    """Counts by paper and verdict, everything that does not agree with the reason, and what cannot be recomputed."""
    counts = Counter((finding.paper, finding.verdict) for finding in findings())
    rows: list[tuple[Any, ...]] = [
        (paper.citation, *(counts[key, verdict] or "" for verdict in Verdict), sum(counts[key, v] for v in Verdict))
        for key, paper in papers().items()
    ]
    totals = Counter(finding.verdict for finding in findings())
    rows.append(("**all**", *(totals[verdict] for verdict in Verdict), len(findings())))
    unlike = [f for f in findings() if f.verdict not in (Verdict.AGREES, Verdict.CANNOT)]
    cannot = [f for f in findings() if f.verdict is Verdict.CANNOT]
    every_profile = profiles()["endpoint"].value_counts(sort=True)["count"]
    return page(
        f"`tenfold reproduce` recomputes {len(findings())} printed numbers and statements. This table is its count:",
        table(("paper", *(str(verdict.value) for verdict in Verdict), "all"), rows),
        f"Beside these, all {' and '.join(map(str, every_profile))} profiles of VEN-PRS go through the score itself.",
        "### Where a number does not agree, and why",
        table(
            ("paper", "what", "printed", "recomputed", "verdict", "how, and our reading"),
            [
                (_short(f), f"{f.what} ({f.where})", f.published, f.recomputed or "", f.verdict.value, f.why)
                for f in unlike
            ],
        ),
        "### What cannot be recomputed",
        f"<details><summary>{len(cannot)} numbers and statements, each with the reason</summary>\n\n"
        + table(
            ("paper", "what", "printed", "why not"),
            [(_short(f), f"{f.what} ({f.where})", f.published, f.why) for f in cannot],
        )
        + "\n\n</details>",
    ).rstrip()


def _short(finding: Finding) -> str:
    return papers()[finding.paper].citation.split(",")[0]


def r_section() -> str:
    """R's golden files: what each holds, how many numbers, and the tests that read it."""
    read_by = {path: path.read_text("utf-8") for path in sorted(TESTS.rglob("test_*.py"))}
    rows, all_numbers = [], 0
    for script in sorted((TESTS / "golden").glob("*.R")):
        told = " ".join(line.lstrip("# ") for line in script.read_text("utf-8").splitlines() if line.startswith("#"))
        about = told.partition("json: ")[2].split(" Run")[0].split(". ")[0].rstrip(".")
        numbers = _numbers(json.loads(script.with_suffix(".json").read_text("utf-8")))
        all_numbers += numbers
        readers = [f"`{path.relative_to(TESTS)}`" for path, text in read_by.items() if _reads(text, script.stem)]
        rows.append((f"`{script.name}`", about, numbers, ", ".join(readers)))
    return page(
        f"{len(rows)} scripts in `tests/golden` wrote what R says, {all_numbers:,} numbers in all; the tests hold ours to them."
        " R is not needed to run the tests, only to write the files anew (`Rscript NAME.R > NAME.json`).",
        table(("script", "what R was asked", "numbers", "held by"), rows),
    ).rstrip()


def _reads(text: str, stem: str) -> bool:
    return ("golden" in text and f'"{stem}.json"' in text) or f"{stem}.json" in text


def _numbers(node: Any) -> int:
    if isinstance(node, dict | list):
        return sum(map(_numbers, node.values() if isinstance(node, dict) else node))
    return isinstance(node, int | float) and not isinstance(node, bool)


def tests_section() -> str:
    """Test functions by room, and how many of them are properties over generated examples."""
    rows: list[tuple[str, int, int]] = []
    by_folder: dict[str, list[tuple[int, int]]] = {}
    for path in sorted(TESTS.rglob("test_*.py")):
        folder = path.relative_to(TESTS).parts[0]
        by_folder.setdefault("across rooms" if folder.endswith(".py") else folder, []).append(_counted(path))
    rows = [(name, sum(n for n, _ in found), sum(p for _, p in found)) for name, found in sorted(by_folder.items())]
    vectors = json.loads((TESTS / "acceptance_vectors.json").read_text("utf-8"))
    areas = Counter(vector["area"] for vector in vectors)
    return page(
        f"Each of the {len(QUESTIONS)} definitions is held to a second, independent reading of its paper (`tests/oracles.py`:"
        " plain Python, no criteria, no tables), with every cut-off straddled: all patterns of known and unknown where they are"
        " few enough, random ones where they are not. An answer that is a set must hold exactly what its completions can give.",
        f"{len(vectors)} worked clinical cases in {len(areas)} areas go through the public interface"
        " (`python tests/run_vectors.py tests/acceptance_vectors.json`).",
        "A property is a test of many generated examples: three in `make test`, two hundred with"
        " `pytest --hypothesis-profile=thorough`.",
        table(
            ("room", "test functions", "of these properties"),
            [*rows, ("**all**", sum(r[1] for r in rows), sum(r[2] for r in rows))],
        ),
    ).rstrip()


def _counted(path: Path) -> tuple[int, int]:
    """The test functions of a file, and those that are, or hold, a property."""
    functions = [
        node
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]
    return len(functions), sum(any(_is_given(part) for part in ast.walk(one)) for one in functions)


def _is_given(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "given"


def verdict_line() -> str:
    """The counts in one line, for the front page."""
    return f"Of {len(findings())} printed numbers and statements recomputed, {in_counts(findings())}: [validation](validation.md)."
