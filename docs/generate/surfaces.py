"""Pages of the surfaces: the command line, the Python interface, the interface for programs."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import typer.main
from fastapi import FastAPI

from generate.markdown import code, page, table
from tenfold.cli import app
from tenfold.service.rest import ROUTERS

FOLDER = "reference"
DATA = {"TABLES": "Every table of a registry by name, each a `Table`: [all of them](../tables.md)."}
ELSEWHERE = {
    "tenfold.records.registry": "tenfold-records",
    "tenfold.records.reading": "tenfold-records",
    "tenfold.assessment": "tenfold-assessment",
}
"""The page on which a name that the package exports is described."""
WIDTH = 100
MODULES = {
    "tenfold": "What most programs need. Each name is loaded when it is first used.",
    "tenfold.records": "The tables, what may stand in them, and the registry that bundles them.",
    "tenfold.logic": "How a definition is written: criteria, decisions, scores and folds.",
    "tenfold.assessment": "The one function that works everything out, and what it returns.",
}
LOGIC = {
    "criterion": ("Criterion", "yes_no", "any_of", "banded", "certain"),
    "decision": ("Input", "Rule", "Guard", "Decision", "Score", "Group", "below", "upto", "above", "Verdict"),
    "answering": ("answer",),
    "explain": ("explain", "Explanation", "Reading"),
    "fold": ("Fold", "Said", "settle", "tell"),
}
"""The names of `tenfold.logic` that a definition is written with; the package itself exports none."""


def pages() -> Iterator[tuple[str, str]]:
    """Every page of this part, with its place."""
    yield f"{FOLDER}/command-line.md", command_line_page()
    yield f"{FOLDER}/rest.md", rest_page()
    for name in MODULES:
        yield f"{FOLDER}/python/{name.replace('.', '-')}.md", python_page(name)


def commands() -> Iterator[tuple[str, Any, Any]]:
    """Every command by its full name, with the context that its help is printed in."""

    def walk(command: Any, name: str, parent: Any) -> Iterator[tuple[str, Any, Any]]:
        context = command.make_context(name.rpartition(" ")[2], [], parent=parent, resilient_parsing=True)
        context.terminal_width = context.max_content_width = WIDTH
        inner = getattr(command, "commands", {})
        if not inner:
            yield name, command, context
        for key, one in inner.items():
            yield from walk(one, f"{name} {key}", context)

    yield from walk(typer.main.get_command(app), "tenfold", None)


def command_line_page() -> str:
    """Every command with its help as it is printed."""
    found = list(commands())
    rows = [(f"[{name}](#{name.replace(' ', '-')})", command.get_short_help_str(200)) for name, command, _ in found]
    parts = [
        "# The command line",
        "Every command says what it takes with `--help`; what it prints is below. They exit 0, 1 (the records have faults) or 2"
        " (usage). `--json` on any that answers a question prints the answer for a program.",
        table(("command", "does"), rows),
    ]
    for name, command, context in found:
        parts += [f"## {name}", code(command.get_help(context))]
    return page(*parts)


def described() -> dict[str, Any]:
    """The OpenAPI document of the interface for programs, without a store behind it."""
    program = FastAPI(title="Tenfold", version="1")
    for router in ROUTERS:
        program.include_router(router)
    return program.openapi()


def rest_page() -> str:
    """The addresses of the interface for programs."""
    document = described()
    rows = []
    for address, methods in document["paths"].items():
        for method, operation in methods.items():
            taken = [
                f"`{item['name']}`{'' if item['in'] == 'query' else ' (in the address)'}"
                for item in operation.get("parameters", [])
                if item["in"] in ("query", "path")
            ]
            rows.append(
                (
                    f"`{method.upper()} {address}`",
                    _told(operation),
                    ", ".join(taken),
                    _body(operation),
                    _answer(operation),
                )
            )
    shapes = []
    for name, shape in document.get("components", {}).get("schemas", {}).items():
        fields = ", ".join(f"`{field}`" for field in shape.get("properties", {}))
        shapes.append((f"`{name}`", fields, shape.get("description", "")))
    return page(
        "# REST",
        "JSON over HTTP. Tokens, refusals and limits: [the interface for programs](../how-to/service-rest.md). A running service"
        " describes itself at `/api/docs` and `/api/openapi.json`.",
        table(("address", "does", "takes", "body", "answers with"), rows),
        "## Shapes",
        table(("shape", "fields", "what it is"), shapes),
    )


def _told(operation: dict[str, Any]) -> str:
    return str(operation.get("description") or operation.get("summary") or "").split("\n\n")[0]


def _reference(schema: dict[str, Any]) -> str:
    name = schema.get("$ref", "").rpartition("/")[2] or schema.get("items", {}).get("$ref", "").rpartition("/")[2]
    return f"`{name}`" if name else str(schema.get("type", ""))


def _body(operation: dict[str, Any]) -> str:
    content = operation.get("requestBody", {}).get("content", {})
    return ", ".join(dict.fromkeys(_reference(kind.get("schema", {})) for kind in content.values()))


def _answer(operation: dict[str, Any]) -> str:
    content = operation.get("responses", {}).get("200", {}).get("content", {})
    return ", ".join(dict.fromkeys(_reference(kind.get("schema", {})) for kind in content.values()))


def python_page(name: str) -> str:
    """The public names of a module, from their docstrings. What stands on another page too is described there."""
    parts = [f"# {name}", MODULES[name]]
    for module, names in _public(name):
        for one in names:
            made = getattr(import_module(module), one)
            home = getattr(made, "__module__", module)
            if not callable(made):
                parts.append(f"## {one}\n\n{DATA[one]}")
            elif name == "tenfold" and home in ELSEWHERE:
                parts.append(f"## {one}\n\n[{_first_line(made)}]({ELSEWHERE[home]}.md)")
            else:
                parts.append(f"## {one}\n\n{_described_by_autodoc(made, f'{home}.{one}')}")
    return page(*parts)


def _described_by_autodoc(made: object, name: str) -> str:
    kind = "class" if isinstance(made, type) else "function"
    options = "\n   :members:\n   :undoc-members:" if kind == "class" else ""
    return f"```{{eval-rst}}\n.. auto{kind}:: {name}{options}\n```"


def _first_line(made: object) -> str:
    return " ".join((inspect.getdoc(made) or "").split("\n\n")[0].split())


def _public(name: str) -> list[tuple[str, tuple[str, ...]]]:
    if name == "tenfold.logic":
        return [(f"{name}.{module}", names) for module, names in LOGIC.items()]
    if name == "tenfold.assessment":
        return [(name, ("assess", "Assessment", "together", "model_rows"))]
    module = import_module(name)
    return [(name, tuple(one for one in module.__all__ if not one.startswith("__")))]
