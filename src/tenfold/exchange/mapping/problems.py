"""The mistakes of a mapping file, each with its place, gathered so that all of them are named at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tenfold.records.nearest import nearest


class Problems:
    """The mistakes found so far, each with its place."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.found: list[str] = []

    def add(self, place: str, value: Any, rule: str, remedy: str) -> None:
        """Add a mistake: its place, the value that stands there (None for none), what is wrong and what to do."""
        shown = "" if value is None else f" = {value!r}"
        self.found.append(f"{self.file}, {place}{shown}: {rule}. To mend it: {remedy}.")

    def known(self, place: str, keys: Iterable[str], allowed: Iterable[str]) -> None:
        """Name each key that is not one of those allowed."""
        allowed = list(allowed)
        for key in keys:
            if key not in allowed:
                near = nearest(key, allowed)
                self.add(
                    f"{place}{key}",
                    None,
                    f"{key} means nothing here",
                    f'write "{near}" if that is meant' if near else f"the keys are {', '.join(allowed)}",
                )

    def typed(self, place: str, said: Mapping[str, Any], key: str, kind: type, default: Any) -> Any:
        """A value of one kind; a value of another is named, and the default stands."""
        value = said.get(key, default)
        if isinstance(value, kind) and not (kind is int and isinstance(value, bool)):
            return value
        words = {str: "text in quotes", int: "a whole number", bool: "true or false", dict: "a table"}
        self.add(f"{place}{key}", value, "it is of the wrong kind", f"write {words[kind]}")
        return default

    def texts(self, place: str, said: Mapping[str, Any], key: str) -> tuple[str, ...]:
        """Text, or a list of text."""
        value = said.get(key, [])
        value = [value] if isinstance(value, str) else value
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            return tuple(value)
        self.add(f"{place}{key}", value, "it is of the wrong kind", 'write text in quotes, or a list: ["a", "b"]')
        return ()
