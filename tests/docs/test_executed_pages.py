"""What the pages tell a reader to do is done here, and prints what they show."""

from __future__ import annotations

from pathlib import Path

import pytest
from page_blocks import PAGES, ROOT, blocks_of
from page_running import Reader


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Reader:
    """A reader in a folder beside which lie the sources of the project, as in a checkout."""
    for name in ("src", "docs", "tests"):
        (tmp_path / name).symlink_to(ROOT / name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    return Reader(tmp_path, monkeypatch.setenv)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_says_can_be_done_and_prints_what_it_shows(page: Path, reader: Reader) -> None:
    blocks = [block for block in blocks_of(page) if not block.not_run]
    reader.prepare(blocks)
    for block in blocks:
        reader.read(block)


def test_few_blocks_are_not_run_and_each_says_why() -> None:
    blocks = [block for page in PAGES for block in blocks_of(page)]
    left = [block for block in blocks if block.not_run is not None]
    assert [block.place for block in left if len(str(block.not_run)) < 8] == []
    assert len(left) <= len(blocks) / 5, [f"{block.place}: {block.not_run}" for block in left]
