"""The source of the site put together: the pages that people write, with what is generated in their places, and the rest.

A page marks a place with a comment of its own line: `<!-- generated: NAME -->`, NAME being one of `SECTIONS`.
"""

from __future__ import annotations

import re
import shutil
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath
from posixpath import normpath

from generate import definitions, knowledge, surfaces
from generate.evidence_of_tests import published_numbers_section, r_section, tests_section, verdict_line
from generate.markdown import page
from generate.rooms import PICTURE, ROOT, rooms_section, rooms_svg
from generate.unverified import errata_section, unverified_section
from tenfold.exchange.formats import FORMATS

DOCS = ROOT / "docs"
COPIED = {".md", ".png", ".svg", ".csv", ".toml"}


def tutorials_section() -> str:
    """The tutorials that there are, by their own headings."""
    found = sorted((DOCS / "tutorials").glob("*.md"))
    lines = [
        f"* [{path.read_text('utf-8').partition(chr(10))[0].lstrip('# ')}](tutorials/{path.name})" for path in found
    ]
    return page("**Tutorials**, from the first command on:", "\n".join(lines)).rstrip() if lines else ""


SECTIONS: dict[str, Callable[[], str]] = {
    "rooms": rooms_section,
    "errata": errata_section,
    "unverified": unverified_section,
    "published-numbers": published_numbers_section,
    "r": r_section,
    "tests": tests_section,
    "verdicts": verdict_line,
    "tutorials": tutorials_section,
}
PLACE = re.compile(r"^<!-- generated: ([a-z-]+) -->$", re.M)
LINK = re.compile(r"(?<!!)\[((?:[^\[\]]|\[[^\[\]]*\])+)\]\(([^()\s]+)\)")


def assemble(to: Path) -> None:
    """Write the whole source of the site into a folder, which is emptied first. ValueError names what is out of place."""
    shutil.rmtree(to, ignore_errors=True)
    written: set[str] = set()

    def write(name: str, text: str) -> None:
        place = to / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, "utf-8")
        if name.endswith(".md"):
            written.add(name.removesuffix(".md"))

    for source in sorted(DOCS.rglob("*")):
        name = source.relative_to(DOCS).as_posix()
        if source.suffix not in COPIED or name.startswith("generate/") or not source.is_file():
            continue
        if source.suffix == ".md":
            write(name, _linked(_filled(source.read_text("utf-8")), PurePosixPath(name)))
        else:
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, to / name)
    # The repository's own page for contributors, whose links lead from its root.
    contributing = (ROOT / "CONTRIBUTING.md").read_text("utf-8").replace("](docs/", "](")
    write("contributing.md", _linked(contributing, PurePosixPath("contributing.md")))
    for name, text in (*definitions.pages(), *knowledge.pages(), *surfaces.pages()):
        write(name, text)
    write(PICTURE, rooms_svg())
    _with_navigation(to, written, write)


def _filled(text: str) -> str:
    def section(found: re.Match[str]) -> str:
        if found[1] not in SECTIONS:
            raise ValueError(f"nothing is generated under the name {found[1]}; there are {', '.join(SECTIONS)}")
        return SECTIONS[found[1]]()

    return PLACE.sub(section, text)


def _linked(text: str, at: PurePosixPath) -> str:
    """The text with each link to a file of the repository that is no page of the site as that file's name."""

    def link(found: re.Match[str]) -> str:
        words, target = found[1], found[2].partition("#")[0]
        if not target or "://" in target or target.startswith("mailto:"):
            return found[0]
        place = normpath(str(PurePosixPath("docs") / at.parent / target))
        whole = ROOT / place
        if whole.is_dir() and (whole / "README.md").is_file() and place.startswith("docs/"):
            return f"[{words}]({target.rstrip('/')}/README.md)"
        if place.startswith("docs/") and not whole.is_dir() and whole.suffix in COPIED | {""}:
            return found[0]
        return f"{words} (`{place}`)" if place.rpartition("/")[2] not in words else f"`{place}`"

    return LINK.sub(link, text)


def _toctree(pages: Iterable[str], caption: str = "") -> str:
    options = [":hidden:", ":maxdepth: 1", *([f":caption: {caption}"] if caption else [])]
    return "\n".join(["```{toctree}", *options, "", *pages, "```"])


def _with_navigation(to: Path, written: set[str], write: Callable[[str, str], None]) -> None:
    """Add the navigation to the front page and to the pages that lead to others. Every page has one place."""
    groups = tomllib.loads(Path(__file__).with_name("navigation.toml").read_text("utf-8"))["group"]
    python = [f"reference/python/{name.replace('.', '-')}" for name in surfaces.MODULES]
    rows = "\n".join(f"* [{name}]({name.replace('.', '-')}.md): {said}" for name, said in surfaces.MODULES.items())
    write("reference/python/index.md", page("# Python", "What programs may rest on, by module.", rows))
    below = {
        "reference/formats/index": [f"reference/formats/{one.name}" for one in FORMATS],
        "reference/python/index": python,
    }
    trees, placed = [], {"index", *(name for names in below.values() for name in names)}
    # The definitions are reached from their own list and by searching: a hundred more lines beside each page would help nobody.
    placed |= {name for name in written if name.startswith(f"{definitions.FOLDER}/")}
    for group in groups:
        pages = list(group["pages"])
        if "folder" in group:
            inside = sorted(name for name in written if name.startswith(f"{group['folder']}/"))
            pages = [*(name for name in pages if name in inside), *(name for name in inside if name not in pages)]
        if missing := [name for name in pages if name not in written]:
            raise ValueError(f"navigation.toml names pages that are not there: {', '.join(missing)}")
        placed |= set(pages)
        if pages:
            trees.append(_toctree((f"/{name}" for name in pages), group["caption"]))
    # A README beside an example belongs to the page that links it.
    if left := sorted(name for name in written - placed if not name.endswith("/README")):
        raise ValueError(f"in no group of docs/generate/navigation.toml: {', '.join(left)}")
    for name, pages in {**below, "index": []}.items():
        text = (to / f"{name}.md").read_text("utf-8")
        write(f"{name}.md", page(text, *([_toctree(f"/{one}" for one in pages)] if pages else trees)))
    for name in sorted(name for name in written if name.endswith("/README")):
        write(f"{name}.md", page("---\norphan: true\n---", (to / f"{name}.md").read_text("utf-8")))
