"""Characters of a karyotype: what typing, printing and copying did to them, undone one for one, and a reader over them.

ISCN has no meaning in its spaces ("psu dic", "c p18", "4 7,idem" broken by a line end), so they are dropped once free text
has been set aside; every character remembers where it stood, so that a fault can be pointed at in the text as it came.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, field

_ALIKE = {
    "-": "–—−‐‑‒",
    "~": "≈∼",
    "x": "×",
    "'": "’‘´`",
    "(": "{（",
    ")": "}）",
    ",": "，",
    ";": "；",
    " ": '\r\n\t\f\v\xa0\u2007\u2009\u202f\u200b\ufeff"“”„*',
    ">": "→",
    "<": "‹",
}
ALIKE = str.maketrans({odd: plain for plain, odds in _ALIKE.items() for odd in odds})
DIGITS = frozenset("0123456789")


def cleaned(text: str) -> str:
    """Return the text with look-alike characters made plain; its length and positions stay."""
    return text.translate(ALIKE)


@dataclass(slots=True)
class Reader:
    """Reads squeezed text from left to right. `at` gives each character's position in the text as it came."""

    text: str
    at: Sequence[int]
    pos: int = 0
    lower: str = field(init=False)

    def __post_init__(self) -> None:
        self.lower = self.text.lower()

    @property
    def done(self) -> bool:
        """Whether everything has been read."""
        return self.pos >= len(self.text)

    def peek(self, ahead: int = 0) -> str:
        """Return the character `ahead` of the next one, in lower case; empty past the end."""
        where = self.pos + ahead
        return self.lower[where] if where < len(self.lower) else ""

    def starts(self, word: str) -> bool:
        """Whether the text goes on with `word` (lower case)."""
        return self.lower.startswith(word, self.pos)

    def take(self, word: str) -> bool:
        """Step over `word` if the text goes on with it."""
        if self.starts(word):
            self.pos += len(word)
            return True
        return False

    def run(self, letters: Container[str]) -> str:
        """Step over all characters that are among `letters` and return them in lower case."""
        start = self.pos
        while self.pos < len(self.lower) and self.lower[self.pos] in letters:
            self.pos += 1
        return self.lower[start : self.pos]

    def number(self) -> int | None:
        """Step over a whole number and return it; `None` if there is none."""
        digits = self.run(DIGITS)
        return int(digits) if digits and len(digits) <= 4 else None

    def where(self, pos: int | None = None) -> int:
        """Return the position in the text as it came."""
        pos = self.pos if pos is None else pos
        if pos < len(self.at):
            return self.at[pos]
        return self.at[-1] + 1 if self.at else 0


def squeezed(text: str, offset: int = 0, keep: Container[int] | None = None) -> Reader:
    """Return a reader over the text without its spaces; `offset` is where the text stood. `keep`: positions to read."""
    kept = [at for at, letter in enumerate(text) if letter != " " and (keep is None or at in keep)]
    return Reader("".join(text[at] for at in kept), [offset + at for at in kept])
