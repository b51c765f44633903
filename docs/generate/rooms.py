"""The rooms and the arrows between them, from the imports as they are."""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from xml.sax.saxutils import escape

import grimp

from generate.markdown import page, table

ROOT = Path(__file__).resolve().parents[2]
ROW, BOX, LEFT, TOP = 30, 168, 8, 8
PICTURE = "pictures/rooms.svg"


@dataclass(frozen=True)
class Rooms:
    """The rooms from the first to the last, the number of imports between them, and the modules of each."""

    names: tuple[str, ...]
    imports: Counter[tuple[str, str]]
    modules: Counter[str]

    def of(self, room: str) -> list[str]:
        """The rooms that a room imports from, in their order."""
        return [other for other in self.names if (room, other) in self.imports]

    @property
    def arrows(self) -> list[tuple[str, str]]:
        """The imports that no other way leads to: what is drawn."""
        reach: dict[str, set[str]] = {}
        drawn = []
        for room in self.names:
            direct = self.of(room)
            further = set().union(*(reach[other] for other in direct)) if direct else set()
            drawn += [(room, other) for other in direct if other not in further]
            reach[room] = further | set(direct)
        return drawn


@cache
def rooms() -> Rooms:
    """The rooms in the order that the import contract keeps, read from the code. ValueError where a room is in no layer."""
    [contract] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    layers = [name.strip() for layer in contract["layers"] for name in layer.split("|")]
    names = tuple(name.removeprefix("tenfold.") for name in reversed(layers))
    graph = grimp.build_graph("tenfold", cache_dir=None)
    imports: Counter[tuple[str, str]] = Counter()
    modules: Counter[str] = Counter()
    for module in sorted(graph.modules - {"tenfold"}):
        room = module.split(".")[1]
        modules[room] += 1
        for other in graph.find_modules_directly_imported_by(module) - {"tenfold"}:
            if other.split(".")[1] != room:
                imports[room, other.split(".")[1]] += 1
    if missing := set(modules) - set(names):
        raise ValueError(f"in no layer of the import contract: {', '.join(sorted(missing))}")
    return Rooms(names, imports, modules)


def rooms_svg() -> str:
    """The rooms from top to bottom with an arrow from each to those it imports from, but for those reached another way."""
    found = rooms()
    at = {name: TOP + k * ROW for k, name in enumerate(found.names)}
    right, half = LEFT + BOX, (ROW - 8) / 2
    widest = max(at[a] - at[b] for a, b in found.arrows)
    width, height = right + widest * 0.42 + 30, TOP * 2 + len(at) * ROW
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" role="img" '
        'font-family="system-ui, sans-serif" font-size="14">',
        "<title>The rooms of Tenfold in their order; each arrow leads from a room to one that it imports from</title>",
        f'<rect width="{width:.0f}" height="{height}" fill="#ffffff"/>',
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0 8 4 0 8z" fill="#31688e"/></marker></defs>',
    ]
    for room, other in found.arrows:
        start, end = at[room] + half - 3, at[other] + half + 3
        reach = right + 14 + (start - end) * 0.42
        parts.append(
            f'<path d="M{right} {start:.0f}C{reach:.0f} {start:.0f} {reach:.0f} {end:.0f} {right + 1} {end:.0f}"'
            ' fill="none" stroke="#31688e" stroke-width="1.3" stroke-opacity="0.75" marker-end="url(#tip)"/>'
        )
    for name, top in at.items():
        parts.append(
            f'<rect x="{LEFT}" y="{top}" width="{BOX}" height="{ROW - 8}" rx="4" fill="#eef3f7" stroke="#31688e"/>'
            f'<text x="{LEFT + 9}" y="{top + half + 5:.0f}" fill="#102a3c">{escape(name)}</text>'
        )
    return "".join([*parts, "</svg>\n"])


def rooms_section() -> str:
    """The picture, and the whole list of arrows."""
    found = rooms()
    rows = [
        (f"`{name}`", _told(name), found.modules[name], ", ".join(f"`{other}`" for other in found.of(name)))
        for name in found.names
    ]
    return page(
        f"![The {len(found.names)} rooms in their order, with arrows to the rooms that each imports from](../{PICTURE})",
        f"Drawn from the {sum(found.imports.values())} imports between rooms in the code of this version"
        f" ({sum(found.modules.values())} modules). An arrow that another way leads to is left out of the picture; the table"
        " has all of them.",
        table(("room", "what it is", "modules", "imports from"), rows),
    ).rstrip()


def _told(room: str) -> str:
    told = (import_module(f"tenfold.{room}").__doc__ or "").strip().split("\n\n")[0]
    return " ".join(told.split())
