"""How many small mistakes in the definitions the tests would notice.

    make mutants            # or: python benchmarks/mutants.py [HOW MANY] [--seed N] [--again]

A seeded sample of places in the rooms `mrd`, `response`, `risk` and `guidance` (300 if not said): each place is as likely as any
other, and one of the changes that can be made there is made: another comparison, another number, another operator (by Cosmic
Ray). Each changed module is put into a copy of the tree, and the tests that run the changed line are run, the quickest first, until
one fails. Types, caches, texts and `strict=` are not changed. Prints each survivor with its change; results are
kept in `build/mutants/`, and what is there is not run again unless `--again` is said.

It needs `pip install cosmic-ray pytest-cov`, and takes an hour on two cores. Survivors that change nothing that can be seen are
listed with the reason in `benchmarks/mutants_explained.toml`.
"""

from __future__ import annotations

import argparse
import ast
import compileall
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tomllib
import xml.etree.ElementTree as ElementTree
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from py_compile import PycInvalidationMode
from queue import SimpleQueue

from coverage import CoverageData

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / "build" / "mutants"
ROOMS = ("mrd", "response", "risk", "guidance")
ASKED = ("mrd", "response", "risk", "guidance", "genetics", "logic")
"""The tests of these rooms, and those that stand in no room, are run."""
PROMISE = 0.85
MOST_SECONDS = 90.0
"""Of tests for one mutant, by what they took alone; further ones are left out."""
MOST_TESTS = 150
FEW = 5
"""A line that fewer tests run is a definition that is made on import, or else little tested."""
PATIENCE = 600
"""Seconds after which a mutant that does not end counts as noticed."""


@dataclass(frozen=True)
class Mutant:
    """A change at one place: `line` and `column` where it is, `change` the line as it became."""

    module: str
    line: int
    column: int
    operator: str
    occurrence: int
    change: str = ""


@dataclass(frozen=True)
class Outcome:
    """What became of a mutant: the test that failed, or None where all that ran passed."""

    mutant: Mutant
    noticed_by: str | None
    tests: int


def places(module: Path) -> Iterator[Mutant]:
    """Every change that can be made in a module, but for types and texts."""
    from cosmic_ray.ast import ast_nodes, get_ast_from_path
    from cosmic_ray.plugins import get_operator, operator_names

    untouched = _untouched(ast.parse(module.read_text("utf-8")))
    tree = get_ast_from_path(module)
    for name in operator_names():
        operator = get_operator(name)
        if operator.arguments():
            continue
        found = ((start, end) for node in ast_nodes(tree) for start, end in operator().mutation_positions(node))
        for occurrence, (start, _) in enumerate(found):
            if not any(first <= start < last for first, last in untouched):
                yield Mutant(str(module.relative_to(ROOT)), start[0], start[1], name, occurrence)


def _untouched(tree: ast.Module) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Where types, caches and `strict=` stand: no answer is computed from them."""
    found: list[ast.expr] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation is not None:
            found.append(node.annotation)
        elif isinstance(node, ast.FunctionDef):
            found += [node.returns] if node.returns is not None else []
            found += [one for one in node.decorator_list if isinstance(one, ast.Name) and one.id == "cache"]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("cast", "TypeVar"):
            found += node.args
        elif isinstance(node, ast.keyword) and node.arg == "strict":
            found.append(node.value)
    # A decorator begins at its sign, one letter before its name.
    return [((one.lineno, one.col_offset - 1), (one.end_lineno or 0, one.end_col_offset or 0)) for one in found]


def sample(wanted: int, seed: int) -> list[Mutant]:
    """So many changes, each at a place of its own. What is drawn hangs on what a line says, not on where it stands: as the sources
    change, the sample mostly stays, and what was mended stays in it.
    """
    by_place: dict[tuple[str, ...], list[Mutant]] = defaultdict(list)
    for room in ROOMS:
        for module in sorted((ROOT / "src" / "tenfold" / room).rglob("*.py")):
            lines = module.read_text("utf-8").splitlines()
            for one in places(module):
                text = lines[one.line - 1]
                again = sum(other.strip() == text.strip() for other in lines[: one.line - 1])
                column = one.column - (len(text) - len(text.lstrip()))
                by_place[one.module, text.strip(), str(column), str(again)].append(one)

    def lot(*words: str) -> int:
        return int.from_bytes(hashlib.sha256("\n".join((str(seed), *words)).encode()).digest())

    chosen = sorted(by_place, key=lambda place: lot(*place))[:wanted]
    return [by_place[place][lot(*place, "which") % len(by_place[place])] for place in chosen]


def mapped(again: bool) -> tuple[dict[str, dict[int, set[str]]], dict[str, float]]:
    """Which tests run each line of each module, and the seconds that each test takes."""
    data, times = HOME / "coverage", HOME / "times.xml"
    if again or not (data.exists() and times.exists()):
        HOME.mkdir(parents=True, exist_ok=True)
        rooms = [f"--cov=tenfold.{room}" for room in ROOMS]
        tests = [f"tests/{room}" for room in ASKED] + sorted(map(str, Path("tests").glob("test_*.py")))
        extra = ["-n", "auto", "-p", "traced", "--cov-context=test", "--cov-report=", f"--junitxml={times}", *rooms]
        subprocess.run([*_pytest(), *extra, *tests], cwd=ROOT, env=_environment(ROOT) | {"COVERAGE_FILE": str(data)})
    found: dict[str, dict[int, set[str]]] = {}
    lines = CoverageData(str(data))
    lines.read()
    for file in lines.measured_files():
        told = lines.contexts_by_lineno(file)
        found[str(Path(file).relative_to(ROOT))] = {
            line: {context.removesuffix("|run") for context in contexts if context.endswith("|run")}
            for line, contexts in told.items()
        }
    seconds: dict[str, float] = defaultdict(float)
    for case in ElementTree.parse(times).iter("testcase"):
        seconds[f"{case.get('classname')}::{case.get('name')}"] += float(case.get("time") or 0)
    return found, seconds


def chosen_tests(mutant: Mutant, lines: dict[str, dict[int, set[str]]], seconds: dict[str, float]) -> list[str]:
    """The tests that run a line, the quickest first. For what runs on import (that of a test among them): whether editions stay,
    and the tests of its room.
    """
    room = mutant.module.split("/")[2]
    found = lines.get(mutant.module, {}).get(mutant.line, set())
    tests, total = [], 0.0
    if len(found) < FEW:
        of_room = {
            test for module in lines.values() for one in module.values() for test in one if f"tests/{room}/" in test
        }
        found, tests = found | of_room, ["tests/test_editions_stay.py"]

    def order(test: str) -> tuple[bool, float]:
        return not test.startswith(f"tests/{room}/"), took(test)

    def took(test: str) -> float:
        path, *classes, name = test.split("::")
        place = ".".join([path.removesuffix(".py").replace("/", "."), *classes])
        return seconds.get(f"{place}::{name}", 1.0)

    for test in sorted(found, key=order):
        total += took(test)
        if tests and (total > MOST_SECONDS or len(tests) == MOST_TESTS):
            break
        tests.append(test)
    return tests


def _pytest() -> list[str]:
    without = [word for plugin in ("cacheprovider", "schemathesis", "faker") for word in ("-p", f"no:{plugin}")]
    return [sys.executable, "-m", "pytest", "-q", "-W", "ignore", "--assert=plain", *without]


def _environment(tree: Path) -> dict[str, str]:
    folders = os.pathsep.join([str(tree / "src"), str(tree / "benchmarks")])
    return {**os.environ, "PYTHONPATH": folders, "POLARS_MAX_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def tried(mutant: Mutant, tests: list[str], tree: Path) -> Outcome:
    """Put a mutant into a copy of the tree and run the tests."""
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator

    file = tree / mutant.module
    before = (ROOT / mutant.module).read_text("utf-8")
    after = mutate_code(before, get_operator(mutant.operator)(), mutant.occurrence)
    changed = [line for old, line in zip(before.splitlines(), after.splitlines(), strict=False) if old != line]
    mutant = Mutant(**{**asdict(mutant), "change": changed[0].strip() if changed else ""})
    file.write_text(after, "utf-8")
    try:
        done = subprocess.run(
            [*_pytest(), "-n0", "-x", "--no-header", "-p", "traced", *tests],
            cwd=tree, env=_environment(tree), capture_output=True, text=True, timeout=PATIENCE,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return Outcome(mutant, "it does not end", len(tests))
    finally:
        file.write_text(before, "utf-8")
    if done.returncode == 0:
        return Outcome(mutant, None, len(tests))
    if done.returncode not in (1, 2, 4) or "ERROR: not found" in done.stderr + done.stdout:
        raise SystemExit(f"{mutant}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return Outcome(mutant, failed[0][:200] if failed else "it cannot be imported", len(tests))


def main() -> None:
    """Try the sample, and print the share that was noticed and each survivor."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wanted", nargs="?", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--again", action="store_true")
    told = parser.parse_args()
    lines, seconds = mapped(told.again)
    kept = HOME / f"outcomes-{told.seed}.jsonl"
    if told.again:
        kept.unlink(missing_ok=True)
    done = {}
    if kept.exists():
        for line in kept.read_text("utf-8").splitlines():
            one = json.loads(line)
            key = {name: value for name, value in one["mutant"].items() if name != "change"}
            done[Mutant(**key)] = Outcome(Mutant(**one["mutant"]), one["noticed_by"], one["tests"])
    chosen = sample(told.wanted, told.seed)
    trees: SimpleQueue[Path] = SimpleQueue()
    workers = os.cpu_count() or 1
    for worker in range(workers):
        tree = HOME / f"tree-{worker}"
        shutil.rmtree(tree, ignore_errors=True)
        for part in ("src", "tests", "benchmarks", "docs"):
            shutil.copytree(ROOT / part, tree / part, ignore=shutil.ignore_patterns("__pycache__"))
        for file in ("pyproject.toml", "README.md"):
            shutil.copy(ROOT / file, tree / file)
        compileall.compile_dir(tree, quiet=1, invalidation_mode=PycInvalidationMode.CHECKED_HASH)
        trees.put(tree)

    def one(mutant: Mutant) -> Outcome:
        tests = chosen_tests(mutant, lines, seconds)
        tree = trees.get()
        try:
            return tried(mutant, tests, tree)
        finally:
            trees.put(tree)

    left = [mutant for mutant in chosen if mutant not in done]
    with ThreadPoolExecutor(workers) as many, kept.open("a", encoding="utf-8") as file:
        for number, (mutant, outcome) in enumerate(zip(left, many.map(one, left), strict=True), 1):
            done[mutant] = outcome
            file.write(json.dumps(asdict(outcome)) + "\n")
            file.flush()
            said = outcome.noticed_by or "SURVIVED"
            print(f"{number}/{len(left)} {mutant.module}:{mutant.line} {said[:110]}", flush=True)
    report([done[mutant] for mutant in chosen])


def report(outcomes: list[Outcome]) -> None:
    """Print survivors, those that are explained apart, and the share. Exit 1 where the promise is not kept."""
    reasons = ROOT / "benchmarks" / "mutants_explained.toml"
    explained = {
        (one["module"], one["change"]): one["why"]
        for one in (tomllib.loads(reasons.read_text("utf-8"))["survivor"] if reasons.exists() else [])
    }
    survivors = [one.mutant for one in outcomes if one.noticed_by is None]
    for one in survivors:
        why = explained.get((one.module, one.change))
        print(f"{'explained' if why else 'SURVIVED'} {one.module}:{one.line} {one.operator}\n    {one.change}")
        if why:
            print(f"    {why}")
    share = 1 - len(survivors) / len(outcomes)
    print(f"{len(outcomes)} mutants, {len(survivors)} survived: {share:.1%} noticed (promise {PROMISE:.0%})")
    if share < PROMISE:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
