"""Worked examples of every definition, run when a page is made."""

from __future__ import annotations

import shlex
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tenfold import calculator
from tenfold.logic.decision import Question


@dataclass(frozen=True)
class Example:
    """A made-up case: its values as `field=value` texts, and the answers that must be possible."""

    name: str
    case: str
    values: tuple[str, ...]
    answers: tuple[str, ...]

    @property
    def arguments(self) -> list[str]:
        """The arguments of `tenfold`."""
        return ["score", self.name, *self.values]

    @property
    def command(self) -> str:
        """The command as it is typed."""
        return "tenfold " + shlex.join(self.arguments)

    def printed(self) -> str:
        """What the command prints where its output is not a terminal."""
        from rich.console import Console

        from tenfold.reports.text import print_answer

        console = Console(width=160, highlight=False, no_color=True)
        with console.capture() as captured:
            for data in calculator.calculate(self.name, self.values):
                print_answer(console, data["model"], data)
                for line in data["published"]:
                    console.print(f"  {line}")
        return captured.get()


@cache
def _file() -> dict[str, dict[str, Any]]:
    return tomllib.loads(Path(__file__).with_name("examples.toml").read_text("utf-8"))


def _filled(text: str) -> str:
    facts = _file()["facts"]
    while "{" in text:
        text = text.format(**facts)
    return text


def examples_of(question: Question) -> tuple[Example, Example]:
    """The two examples of a question: one that is known, one that is open. KeyError where it has none."""
    entry = _file()[question.name]
    known, left_open = (
        Example(question.name, case, tuple(shlex.split(_filled(values))), tuple(answers))
        for case, values, *answers in (entry["known"], entry["open"])
    )
    return known, left_open
