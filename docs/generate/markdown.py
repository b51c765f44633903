"""Small pieces of Markdown: tables, code, links."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def cell(value: object) -> str:
    """A value inside a table: one line, no bar that would end the cell."""
    return " ".join(str(value).split()).replace("|", "\\|").replace("<", "&lt;")


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table; no text at all where there are no rows. Columns that are empty in every row are left out."""
    filled = [[cell(value) for value in row] for row in rows]
    if not filled:
        return ""
    keep = [k for k in range(len(head)) if any(row[k] for row in filled)]
    lines = [[head[k] for k in keep], ["---"] * len(keep), *([row[k] for k in keep] for row in filled)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def code(text: str, language: str = "text") -> str:
    """A block of code, fenced so that no fence inside ends it."""
    return f"````{language}\n{text.rstrip()}\n````"


def page(*parts: str) -> str:
    """Parts, one blank line apart; empty ones are left out."""
    return "\n\n".join(part for part in parts if part) + "\n"


def yes_or_no(value: bool) -> str:
    """A truth in words."""
    return "yes" if value else "no"
