"""Folds: a state machine walked over one stream of dated facts, oldest first.

A fold's definition is one plain function, the *step*, written as if everything were known:

    step(memory, rows, rules, i, path, said)

It reads row `i`, never a later one; it reads and changes `memory`, what is remembered of the rows before; it fills
`said`. Where a test may be unknown it asks `settle(path, test, question)`, which gives a plain yes or no. The walk
takes every unknown both ways and carries each distinct memory that results: a step never handles "unknown" itself,
what an unknown leaves open is a set of states, and the set closes again as soon as the memories agree. The same
functions run as they are for one patient and compiled with numba for a registry.
"""

from __future__ import annotations

import hashlib
import marshal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import CONTINUOUS, UNIQUE, IntEnum, verify
from functools import cache
from types import FunctionType
from typing import Any

import numpy as np

from tenfold.logic import machine_code
from tenfold.logic.machine_code import MachineCode

NO, YES, UNKNOWN = 0, 1, 2
NONE = -1
"""Stands for no row, no reason or no number; in an outcome also where the possible paths do not agree."""

MIXED = -(1 << 40)
"""Stands in a memory's shown field (a row or a count) where merged paths do not agree."""

MOST_MEMORIES = 64
"""Distinct memories carried at once; past it every state is called possible for the rest of the stream."""

COMPILE_FROM_ROWS = 90_000
"""So many rows take as long to walk plain as the walk takes to compile: only from here on is it compiled. Rows that this
process walked plain before count, where they were many at once: whoever asks again and again gains by it."""

LOAD_FROM_ROWS = 6_000
"""The same for loading what these sources were compiled to before."""

MANY_ROWS = 1_000
"""From here on plain walks are counted: whoever walks fewer rows once does not wait for what was compiled to load."""


@verify(UNIQUE, CONTINUOUS)
class Said(IntEnum):
    """What a step says of a row, as positions in the array that it fills (by `tell` and by hand).

    `RELAPSE` is the row and `NUMBER` the ordinal of the event that the state speaks of; `EARLIER_NEGATIVE`, `RISE` and
    `CONFIRMED` are yes, no or unknown.
    """

    STATE = 0
    REASON = 1
    COMPARED_WITH = 2
    RELAPSE = 3
    NUMBER = 4
    EARLIER_NEGATIVE = 5
    RISE = 6
    CONFIRMED = 7


FACTS = Said.EARLIER_NEGATIVE.value
"""From this position on, disagreement is UNKNOWN; before it, NONE."""


def tell(said: Any, state: int, reason: int, compared_with: int) -> None:
    """Say a row's state, why, and against which row."""
    said[0] = state
    said[1] = reason
    said[2] = compared_with


def settle(path: Any, test: int, question: int) -> int:
    """Return a test's answer; an unknown one is answered by the path that the walk is trying, and noted as open."""
    if test != UNKNOWN:
        return test
    chosen = (path[0] >> path[1]) & 1
    path[1] += 1
    path[2] |= 1 << question
    return int(chosen)


def step(memory: Any, rows: Any, rules: Any, i: int, path: Any, said: Any) -> None:
    """Stand where a fold's own step will: each fold has its copy of `walk`."""
    raise NotImplementedError


def walk(
    memories: Any,
    cells: Any,
    shown: Any,
    rows: Any,
    rules: Any,
    starts: Any,
    states: Any,
    outcomes: Any,
    questions: Any,
    since: Any,
) -> None:
    """Walk every stream of `rows`, bounded by `starts` (n_streams + 1), and fill the last four arrays.

    `memories` are records and `cells` the same bytes as a matrix of integers: row 0 the start, 1 a scratch, then two
    banks of MOST_MEMORIES + 1; `shown` marks its columns that are for display only. Per row of the streams: `states` a
    bit set; `outcomes` (n, 8) what all paths agree on, by `Said`; `questions` a bit set of what is open; `since` the
    row that opened it.
    """
    path = np.zeros(3, np.int64)
    width = cells.shape[1]
    said = np.full(outcomes.shape[1], NONE, np.int64)
    size = MOST_MEMORIES + 1
    for stream in range(len(starts) - 1):
        bank, held, lost = 2, 1, False
        cells[bank, :] = cells[0, :]
        open_questions, opened_at = 0, NONE
        for i in range(starts[stream], starts[stream + 1]):
            following, kept, asked = size + 4 - bank, 0, 0
            for held_at in range(bank, bank + held):
                choice, choices = 0, 1
                while choice < choices:
                    path[0], path[1], path[2] = choice, 0, 0
                    cells[1, :] = cells[held_at, :]
                    said[:FACTS], said[FACTS:] = NONE, NO
                    step(memories[1], rows, rules, i, path, said)
                    choices = max(choices, 1 << path[1])
                    asked |= path[2]
                    for k in range(len(said)):
                        if states[i] == 0:
                            outcomes[i, k] = said[k]
                        elif outcomes[i, k] != said[k]:
                            outcomes[i, k] = NONE if k < FACTS else UNKNOWN
                    states[i] |= 1 << said[0]
                    known = False
                    for other in range(following, following + kept):
                        known = True
                        for cell in range(width):
                            if cells[other, cell] != cells[1, cell] and not shown[cell]:
                                known = False
                                break
                        if known:
                            for cell in range(width):
                                if cells[other, cell] != cells[1, cell]:
                                    cells[other, cell] = MIXED
                            break
                    if not known and kept < size:
                        cells[following + kept, :] = cells[1, :]
                        kept += 1
                    choice += 1
            if kept == size:
                lost, kept = True, 1
            bank, held = following, kept
            if asked != 0 and opened_at == NONE:
                opened_at = i
            open_questions |= asked
            if lost:
                states[i] = rules.every_state
                outcomes[i, :FACTS] = NONE
                outcomes[i, FACTS:] = UNKNOWN
            if states[i] & (states[i] - 1) != 0:
                questions[i], since[i] = open_questions, opened_at
            elif held == 1:
                open_questions, opened_at = 0, NONE


def _copy(function: Callable[..., Any], name: str, known: Mapping[str, Any]) -> FunctionType:
    """Copy a function under a name of its own, with some of its module's names replaced."""
    copy = FunctionType(function.__code__, {**function.__globals__, **known}, name, function.__defaults__)
    copy.__qualname__ = name
    copy.__module__ = function.__module__
    return copy


@dataclass(frozen=True, eq=False)
class Fold:
    """A state machine over dated facts: its step, the memory it starts from, and the words for what it says.

    `memory` is a record array of one row with fields of eight bytes; the integer fields named in `shown` only point to
    rows or count for display, and memories that differ in nothing else are one. `states` are words by code; `reasons`
    (wording, citation) and `questions` wording by code.
    """

    name: str
    edition: str
    question: str
    citation: str
    step: Callable[..., None]
    memory: np.ndarray
    shown: frozenset[str]
    states: tuple[str, ...]
    reasons: Mapping[int, tuple[str, str]]
    questions: Mapping[int, str]

    @property
    def every_state(self) -> int:
        """The bit set of all states."""
        return (1 << len(self.states)) - 1

    def walk(self, rows: Any, rules: Any, starts: np.ndarray, *, compiled: bool | None = None) -> dict[str, np.ndarray]:
        """Walk all streams: compiled once that is loaded, or where it is worth its loading (`COMPILE_FROM_ROWS`), else plain,
        unless told which.

        `rows` is a named tuple of arrays of one length n, in total order within each stream. Returns arrays of length
        n: `states` (bit set), `questions` (bit set), `since`, and one per other position of `Said`.
        """
        size = len(rows[0])
        states, questions, since = (
            np.zeros(size, np.int64),
            np.zeros(size, np.int64),
            np.full(size, NONE, np.int64),
        )
        outcomes = np.full((size, len(Said)), NONE, np.int64)
        memories: Any = np.zeros(2 * (MOST_MEMORIES + 1) + 2, self.memory.dtype)
        memories[0] = self.memory[0]
        cells = memories.view(np.int64).reshape(len(memories), -1)
        kinds = _kinds(rows, rules)
        compiled = _worth_compiling(self, kinds, size) if compiled is None else compiled
        run: Callable[..., None]
        if compiled:
            run, rows = _compiled(self, kinds), _as_records(rows)
        else:
            run, rows = _copy(walk, "walk", {"step": self.step}), rows._make(column.tolist() for column in rows)
            memories = (None, _remembering(self.memory.dtype)(cells[1], self.memory.dtype))
        names = self.memory.dtype.names or ()
        shown = np.concatenate([np.full(self.memory[name].size, name in self.shown) for name in names])
        run(memories, cells, shown, rows, rules, np.asarray(starts, np.int64), states, outcomes, questions, since)
        if compiled:
            _LOADED.add((self, kinds))
        facts = {field.name.lower(): outcomes[:, field] for field in Said if field is not Said.STATE}
        return {"states": states, "questions": questions, "since": since, **facts}


class _Remembered:
    """A memory in the plain walk: its fields over a row of the cells, read twenty times as fast as a record of numpy's."""

    def __init__(self, cells: np.ndarray, kind: np.dtype) -> None:
        self.of = {"i8": cells.data, "f8": cells.view(np.float64).data}
        for name, of, at, shape in _fields(kind):
            if shape:
                setattr(self, name, self.of[of][at : at + shape[0]])


@cache
def _remembering(kind: np.dtype) -> type[_Remembered]:
    return type("Memory", (_Remembered,), {name: _field(of, at) for name, of, at, shape in _fields(kind) if not shape})


def _fields(kind: np.dtype) -> list[tuple[str, str, int, tuple[int, ...]]]:
    """Each field's name, kind, place among the cells and shape."""
    fields = {name: (field, offset) for name, (field, offset, *_) in (kind.fields or {}).items()}
    return [(name, field.base.str[1:], offset // 8, field.shape) for name, (field, offset) in fields.items()]


def _field(of: str, at: int) -> property:
    def get(memory: _Remembered) -> Any:
        return memory.of[of][at]

    def put(memory: _Remembered, value: Any) -> None:
        memory.of[of][at] = value

    return property(get, put)


def _as_records(rows: Any) -> np.ndarray:
    """Pack the columns of the rows into one array of records, which the machine code hands on more cheaply than many arrays."""
    kinds = [(name, column.dtype) for name, column in zip(rows._fields, rows, strict=True)]
    packed = np.empty(len(rows[0]), np.dtype(kinds, align=True))
    for name, column in zip(rows._fields, rows, strict=True):
        packed[name] = column
    return packed


def _kinds(rows: Any, rules: Any) -> str:
    """Which rows and rules machine code is made for."""
    kinds = [(name, column.dtype.str) for name, column in zip(rows._fields, rows, strict=True)]
    return repr((kinds, [(name, type(value).__name__) for name, value in zip(rules._fields, rules, strict=True)]))


_LOADED: set[tuple[Fold, str]] = set()
"""Folds whose compiled walk has run in this process, with the kinds of rows."""

_WALKED: dict[tuple[Fold, str], int] = {}
"""How many rows this process was asked for, many at once, by fold and kinds of rows."""


def _worth_compiling(fold: Fold, kinds: str, rows: int) -> bool:
    one = fold, kinds
    if one in _LOADED:
        return True
    if rows < MANY_ROWS:
        return False
    _WALKED[one] = walked = _WALKED.get(one, 0) + rows
    if walked < LOAD_FROM_ROWS:
        return False
    return walked >= COMPILE_FROM_ROWS or any(machine_code.folder().glob(f"**/*.{_name(fold, 'walk', kinds)}-*.nbi"))


def _helpers(function: Callable[..., Any]) -> dict[str, FunctionType]:
    """The plain functions that a function calls, by the names it knows them by, each after those it calls itself."""
    found: dict[str, FunctionType] = {}
    for name in function.__code__.co_names:
        called = function.__globals__.get(name)
        if isinstance(called, FunctionType):
            found |= _helpers(called)
            found[name] = called
    return found


@cache
def _functions(fold: Fold) -> dict[str, Callable[..., Any]]:
    return {**_helpers(fold.step), "step": fold.step}


@cache
def _name(fold: Fold, function: str, kinds: str) -> str:
    """Name a function of a fold. numba tells cached functions apart by name: no two folds, steps or kinds of rows meet in one."""
    codes = [marshal.dumps(known.__code__) for known in _functions(fold).values()]
    codes += [repr(fold.memory.dtype).encode(), kinds.encode()]
    return f"{fold.name}_{function}_{hashlib.sha256(b''.join(codes)).hexdigest()[:12]}"


@cache
def _compiled(fold: Fold, kinds: str) -> MachineCode:
    """Compile the walk with the fold's step and helpers, or load what these very sources were compiled to before."""
    known: dict[str, Any] = {}
    for name, function in _functions(fold).items():
        known[name] = MachineCode(_copy(function, _name(fold, name, kinds), known)).jitted
    return MachineCode(_copy(walk, _name(fold, "walk", kinds), known))
