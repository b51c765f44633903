"""Runs the blocks of one page in a folder of their own, as a reader would, and compares what the page prints."""

from __future__ import annotations

import csv
import difflib
import io
import json
import re
import shlex
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from contextlib import redirect_stdout
from doctest import ELLIPSIS, OutputChecker
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from page_blocks import Block
from page_folders import bring
from typer.testing import CliRunner

from ports import free_port
from tenfold.cli import app

PASSWORD = "four plain words here"
ANSWERED: dict[object, tuple[int, str]] = {}


class Reader:
    """Somebody who reads a page in an empty folder and does what it says: the current folder is theirs."""

    def __init__(self, folder: Path, export: Callable[[str, str], None]) -> None:
        self.folder, self.export = folder, export
        self.names: dict[str, object] = {"__name__": "__page__"}
        self.exported: dict[str, str] = {}
        self.printed = ""

    def prepare(self, blocks: list[Block]) -> None:
        """Save the files that the page shows."""
        for block in blocks:
            if "file" in block.marks:
                path = self.folder / block.marks["file"]
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(block.text, "utf-8")

    def read(self, block: Block) -> None:
        """Do what one block says; fail where it cannot be done or prints something else."""
        {
            "python": self._python,
            "sh": self._commands,
            "console": self._session,
            "text": self._output,
            "toml": lambda block: tomllib.loads(block.text),
            "json": lambda block: json.loads(block.text),
            "csv": _same_width,
        }[block.language](block)
        if "run" in block.marks:
            self._run(block.marks["run"], block, int(block.marks.get("ends with", 0)))

    def _python(self, block: Block) -> None:
        if "file" in block.marks:  # a program of its own, which `run` starts
            return
        with redirect_stdout(io.StringIO()) as out:
            exec(compile("\n" * block.line + block.text, block.page, "exec"), self.names)
        self.printed = out.getvalue()

    def _commands(self, block: Block) -> None:
        lines = [line for line in _joined(block.text).splitlines() if line.strip() and not line.startswith("#")]
        for line in lines:
            self._run(line, block, int(block.marks.get("ends with", 0)) if line == lines[-1] else 0)

    def _session(self, block: Block) -> None:
        before, *spoken = re.split(r"^\$ ", _joined(block.text), flags=re.M)
        assert not before, f"{block.place}: a session begins with $ and a command"
        for number, part in enumerate(spoken, 1):
            command, _, shown = part.partition("\n")
            last = number == len(spoken)
            self._run(command, block, int(block.marks.get("ends with", 0)) if last else 0)
            if shown.strip():
                self._compare(shown, block)

    def _output(self, block: Block) -> None:
        command = block.marks.get("output of")
        assert command, f"{block.place}: of what is this the output? If of nothing, say why it is not run"
        if command != "the block above":
            self._run(command, block, int(block.marks.get("ends with", 0)))
        self._compare(block.text, block)

    def _compare(self, shown: str, block: Block) -> None:
        want, got = _plain(shown), _plain(self.printed)
        if not OutputChecker().check_output(want, got, ELLIPSIS):
            differs = "\n".join(
                difflib.unified_diff(want.splitlines(), got.splitlines(), "page", "printed", n=1, lineterm="")
            )
            raise AssertionError(f"{block.place} shows something else than what is printed:\n{differs}")

    def _serve(self, words: tuple[str, ...]) -> tuple[int, str]:
        """Serve; a command that answered on an earlier page is not started again."""
        asked = (words, tuple(sorted(self.exported.items())))
        if asked not in ANSWERED:
            ANSWERED[asked] = _served(list(words))
        return ANSWERED[asked]

    def _run(self, line: str, block: Block, code: int) -> None:
        for pair in filter(None, block.marks.get("with", "").split(", ")):
            shown, _, meant = pair.partition(" -> ")
            assert shown in line or shown in block.text, f"{block.place}: there is no {shown} to be replaced"
            line = line.replace(shown, meant)
        line = re.sub(r"\$\(cat (\S+)\)", lambda file: (self.folder / file[1]).read_text("utf-8").strip(), line)
        words = shlex.split(line, comments=True)
        if not words:
            return
        program, *rest = words
        if program == "export":
            name, _, value = rest[0].partition("=")
            self.export(name, value)
            self.exported[name] = value
            return
        assert program in ("tenfold", "python"), f"{block.place}: {program} is not run here; say why before the block"
        absolute = [word for word in rest if word.startswith(("/", "sqlite:////"))]
        assert not absolute, (
            f"{block.place}: {absolute} is outside the reader's folder; say what stands for it (with: A -> B)"
        )
        out = rest[2:3] if rest[0] in ("convert", "deidentify") else []
        for word in rest:
            if word not in out:
                bring(word, self.folder)
        if program == "python" or rest[0] == "serve":
            ended = self._serve(tuple(rest)) if rest[0] == "serve" else _started([sys.executable, *rest])
        else:
            ran = CliRunner().invoke(app, rest, input=PASSWORD + "\n", catch_exceptions=False)
            ended = ran.exit_code, ran.output
        self.printed = ended[1]
        assert ended[0] == code, f"{block.place}: `{line}` ended with {ended[0]}:\n{ended[1]}"


def _started(words: list[str]) -> tuple[int, str]:
    done = subprocess.run(words, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def _served(words: list[str]) -> tuple[int, str]:
    """Start the service, wait until it answers, and stop it."""
    port = free_port()
    program = [sys.executable, "-c", "from tenfold.cli import main; main()", *words, "--port", str(port)]
    service = subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    answered = False
    try:
        for _ in range(300):
            if service.poll() is not None:
                break
            try:
                with urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
                    answered = answer.status == 200
                    break
            except (URLError, OSError):
                time.sleep(0.2)
    finally:
        service.terminate()
    out = service.communicate()[0]
    return (0 if answered else 1), out


def _joined(text: str) -> str:
    return re.sub(r"\\\n\s*", " ", text)


def _plain(text: str) -> str:
    lines = [line.rstrip() for line in text.splitlines()]
    return "\n".join(lines).strip("\n") + "\n"


def _same_width(block: Block) -> None:
    assert len({len(row) for row in csv.reader(io.StringIO(block.text)) if row}) == 1, (
        f"{block.place}: rows differ in width"
    )
