"""The fenced blocks of the pages, and what a comment before a block says about running it.

A comment is not seen by who reads the page. Before a block may stand:

    <!-- not run: WHY -->         it needs what tests do not have (a cluster, another's server, an hour)
    <!-- file: NAME -->           it is the content of this file, which commands of the page read
    <!-- run: COMMAND -->         what reads that file, where the page says it in its text only
    <!-- output of: COMMAND -->   it shows what the command prints; "the block above" is what Python printed there
    <!-- with: A -> B, C -> D --> run with B in the place of A: fewer patients, or a name that the reader fills in
    <!-- ends with: 1 -->         how its last command ends, where that is not 0

`python tests/docs/page_blocks.py` lists the blocks that are not run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
LANGUAGES = ("python", "sh", "console", "toml", "json", "csv", "text")
MARKS = ("not run", "file", "run", "output of", "with", "ends with")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, the page and line where it stands, and its marks."""

    page: Path
    line: int
    language: str
    text: str
    marks: dict[str, str] = field(default_factory=dict)

    @property
    def place(self) -> str:
        """Where a person finds it."""
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    @property
    def not_run(self) -> str | None:
        """Why it is not run, if it is not."""
        return self.marks.get("not run")


def blocks_of(page: Path) -> list[Block]:
    """Every fenced block of a page, in order; refuses one whose language or mark is not known."""
    blocks, comments = [], ""
    for token in MarkdownIt().parse(page.read_text("utf-8")):
        if token.type == "html_block":
            comments += token.content
        elif token.type == "fence":
            assert token.map is not None
            block = Block(page, token.map[0] + 1, token.info.strip(), token.content, dict(_marks(comments)))
            assert block.language in LANGUAGES, f"{block.place}: write one of {', '.join(LANGUAGES)} behind the fence"
            assert set(block.marks) <= set(MARKS), f"{block.place}: a comment says none of {', '.join(MARKS)}"
            blocks.append(block)
            comments = ""
        else:
            comments = ""
    return blocks


def _marks(comments: str) -> Iterator[tuple[str, str]]:
    for said in re.findall(r"<!--\s*(.*?)\s*-->", comments, re.S):
        name, _, value = said.partition(":")
        yield name.strip(), value.strip()


if __name__ == "__main__":
    found = [block for page in PAGES for block in blocks_of(page)]
    left = [block for block in found if block.not_run]
    print(*(f"{block.place}: {block.not_run}" for block in left), sep="\n")
    print(f"{len(left)} of {len(found)} blocks are not run.")
