"""Compiled folds never answer from machine code of something else: not of an edited step, not of another fold."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

import tenfold
from tenfold.logic import fold as folds
from tenfold.logic import machine_code
from tenfold.logic.fold import COMPILE_FROM_ROWS, LOAD_FROM_ROWS, MANY_ROWS, YES, Fold, settle, tell
from tenfold.mrd.molecular_memory import at_least

PACKAGE = Path(tenfold.__file__).parent

SCRIPT = """
import sys
sys.path[:0] = [{source!r}, {tests!r}]
import tenfold
assert tenfold.__file__.startswith({source!r})
from test_folds import ten_or_more, states
print(states(ten_or_more, [10], compiled=True), states(ten_or_more, [10], compiled=False))
"""


def test_an_edited_fold_is_never_answered_from_a_stale_cache(tmp_path: Path) -> None:
    """The edit is in a function that the step imports: numba itself would not notice."""
    source = tmp_path / "src"
    shutil.copytree(PACKAGE, source / "tenfold", ignore=shutil.ignore_patterns("__pycache__"))

    def run() -> str:
        script = SCRIPT.format(source=str(source), tests=str(Path(__file__).parent))
        environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache"), "PYTHONPATH": ""}
        done = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=True
        )
        return done.stdout.strip()

    assert run() == "[2] [2]"
    assert run() == "[2] [2]"
    edited = source / "tenfold" / "mrd" / "molecular_memory.py"
    text = edited.read_text("utf-8")
    changed = text.replace(
        "    if low >= threshold:\n        return YES\n", "    if low >= threshold + 1:\n        return YES\n"
    )
    assert changed != text
    edited.write_text(changed, "utf-8")
    assert run() == "[1] [1]"


class Rows(NamedTuple):
    """Rows of one column."""

    value: Any


class Rules(NamedTuple):
    """No rule but the bit set of all states."""

    every_state: int


def says_first(memory: Any, rows: Any, rules: Any, i: int, path: Any, said: Any) -> None:
    memory.seen += 1
    tell(said, 0, 0, -1)


def says_second(memory: Any, rows: Any, rules: Any, i: int, path: Any, said: Any) -> None:
    memory.seen += 1
    tell(said, 1, 0, -1)


def ten_or_more(memory: Any, rows: Any, rules: Any, i: int, path: Any, said: Any) -> None:
    """Asks a function of another module."""
    tell(said, 1 if at_least(rows.value[i], rows.value[i], 10) == YES else 0, 0, -1)


def forgets_nothing(memory: Any, rows: Any, rules: Any, i: int, path: Any, said: Any) -> None:
    """Every unknown row doubles what is remembered."""
    memory.seen = memory.seen * 2 + settle(path, rows.value[i], 0)
    tell(said, memory.seen % 2, 0, -1)


def fold(step: Any) -> Fold:
    return Fold(
        name="same_name",
        edition="test",
        question="?",
        citation="",
        step=step,
        memory=np.zeros(1, [("seen", "i8")]),
        shown=frozenset(),
        states=("first", "second"),
        reasons={0: ("", "")},
        questions={0: "?"},
    )


ANY = folds._kinds(Rows(np.array([0])), Rules(3))
"""The kinds of the rows of these tests."""


def states(step: Any, values: list[int], *, compiled: bool, kind: Any = np.int64) -> list[int]:
    rows = Rows(np.array(values, kind))
    return fold(step).walk(rows, Rules(3), np.array([0, len(values)]), compiled=compiled)["states"].tolist()


def test_two_folds_of_one_name_do_not_share_machine_code() -> None:
    assert states(says_first, [0, 0], compiled=True) == [1, 1]
    assert states(says_second, [0, 0], compiled=True) == [2, 2]


def test_once_loaded_the_compiled_walk_is_used_for_one_patient_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folds, "_LOADED", set())
    first, second = fold(says_first), fold(says_second)
    assert not folds._worth_compiling(first, ANY, 1)
    first.walk(Rows(np.array([0, 0])), Rules(3), np.array([0, 2]), compiled=True)
    assert folds._worth_compiling(first, ANY, 1)
    assert not folds._worth_compiling(second, ANY, 1)


def test_more_open_paths_than_can_be_carried_end_in_every_state_and_never_in_a_confident_one() -> None:
    for compiled in (False, True):
        found = states(forgets_nothing, [0] + [2] * 8 + [0, 1], compiled=compiled)
        assert found[0] == 1
        assert found[1] == 3
        assert found[-1] == 3


def test_many_rows_are_walked_compiled_as_soon_as_that_is_worth_it_and_one_patient_s_never(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is compiled here: what is asked is whether it would be."""
    monkeypatch.setattr(folds, "_WALKED", {})
    monkeypatch.setattr(machine_code, "folder", lambda: tmp_path)
    first, second = fold(says_first), fold(says_second)
    few = MANY_ROWS - 1
    assert not any(folds._worth_compiling(first, ANY, few) for _ in range(1 + COMPILE_FROM_ROWS // few))
    third = COMPILE_FROM_ROWS // 3
    assert [folds._worth_compiling(first, ANY, third) for _ in range(4)] == [False, False, True, True]
    assert folds._worth_compiling(first, ANY, MANY_ROWS)
    assert not folds._worth_compiling(first, ANY, few)
    assert not folds._worth_compiling(second, ANY, LOAD_FROM_ROWS)
    (tmp_path / "numba").mkdir()
    (tmp_path / "numba" / f"fold.{folds._name(first, 'walk', ANY)}-9.py311.nbi").touch()
    assert not folds._worth_compiling(second, ANY, MANY_ROWS)
    (tmp_path / "numba" / f"fold.{folds._name(second, 'walk', ANY)}-9.py311.nbi").touch()
    assert folds._worth_compiling(second, ANY, MANY_ROWS)


def test_what_was_compiled_before_is_found_by_its_name() -> None:
    states(says_first, [0, 0], compiled=True)
    assert list(machine_code.folder().glob(f"**/*.{folds._name(fold(says_first), 'walk', ANY)}-*.nbi"))


def test_what_two_processes_compiled_for_other_kinds_of_rows_is_not_taken_for_each_other(tmp_path: Path) -> None:
    """numba names a record by its number in a process, which is the same in both of these."""

    def run(*kinds: str) -> str:
        script = f"""
import numpy as np
from test_folds import states, ten_or_more
for kind in {kinds}:
    print(states(ten_or_more, [10, 2, 10, 3], compiled=True, kind=kind))
"""
        environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path), "PYTHONPATH": str(Path(__file__).parent)}
        done = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=True
        )
        return done.stdout

    said = "[2, 1, 2, 1]\n"
    assert run("int8") == run("int64") == said
    assert run("int8", "int64") == said * 2


def test_where_nothing_can_be_kept_each_process_compiles_for_itself(tmp_path: Path) -> None:
    """As of a service's account without a home: here a file stands where the folder would."""
    (tmp_path / "file").touch()
    script = "from test_folds import states, ten_or_more; print(states(ten_or_more, [10, 2], compiled=True))"
    environment = {
        **os.environ,
        "XDG_CACHE_HOME": str(tmp_path / "file" / "cache"),
        "PYTHONPATH": str(Path(__file__).parent),
    }
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.strip() == "[2, 1]"
