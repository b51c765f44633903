"""Reads a line of notation from left to right, one piece at a time; what is left over is never guessed at."""

from __future__ import annotations

from collections.abc import Callable


class NotUnderstood(ValueError):
    """A notation that cannot be read; the message says in plain words what was met and where."""


class Scanner:
    """A place in a text, and the pieces that can be taken from there."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    @property
    def rest(self) -> str:
        """What has not been taken yet."""
        return self.text[self.at :]

    @property
    def done(self) -> bool:
        """Whether everything has been taken."""
        return self.at >= len(self.text)

    def take(self, *words: str) -> str | None:
        """The first of the words that stands here, in whatever case, or None."""
        for word in words:
            if self.rest[: len(word)].casefold() == word.casefold():
                self.at += len(word)
                return word
        return None

    def take_while(self, allowed: Callable[[str], bool]) -> str:
        """The longest run of allowed letters from here, perhaps empty."""
        start = self.at
        while not self.done and allowed(self.text[self.at]):
            self.at += 1
        return self.text[start : self.at]

    def number(self) -> int | None:
        """The whole number that stands here, or None."""
        digits = self.take_while(lambda letter: letter in "0123456789")
        return int(digits) if digits else None

    def end(self) -> None:
        """Nothing may follow."""
        if not self.done:
            raise NotUnderstood(f'"{self.rest}" in "{self.text}" is not understood')


def tidied(text: str) -> str:
    """The notation without blanks, with the percent signs of a VCF decoded (``%3D`` is the equals sign)."""
    return "".join(text.split()).replace("%3D", "=").replace("%3d", "=").replace("\u2212", "-").replace("\u2192", ">")


def unwrapped(text: str) -> str:
    """The notation without brackets around the whole of it: ``p.(Trp288fs)`` is a predicted change."""
    pairs = {"(": ")", "[": "]"}
    while len(text) > 1 and pairs.get(text[0]) == text[-1] and not set(text[1:-1]) & set("()[]"):
        text = text[1:-1]
    return text


def without_transcript(text: str) -> str:
    """The notation without what follows it in brackets: ``p.Trp288fs(NM_002520.6)``, ``c.860_863dup(p.Trp288fs)``."""
    for opening in ("(NM_", "(NP_", "(ENS", "(p."):
        before, found, _ = text.partition(opening)
        if found and before and not before.endswith((":", ".")):
            text = before
    return text


def split_reference(text: str) -> tuple[str | None, str]:
    """``NM_002520.6(NPM1):c.860_863dup`` -> (``NM_002520.6``, ``c.860_863dup``); no reference is None."""
    reference, colon, change = text.rpartition(":")
    if not colon:
        return None, text
    return reference.split("(")[0] or None, change
