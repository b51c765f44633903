"""Writing plain data as TOML (the standard library reads it only): tables, lists of tables, and values in lists."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

Plain = Mapping[str, Any]


def toml_text(data: Plain) -> str:
    """Return the text of nested mappings. Null values are left out. TypeError for what TOML cannot hold."""
    lines: list[str] = []
    _table((), data, lines)
    return "\n".join(lines).strip() + "\n"


def _table(path: tuple[str, ...], data: Plain, lines: list[str]) -> None:
    inner = {k: v for k, v in data.items() if isinstance(v, Mapping) or _is_tables(v)}
    lines.extend(f"{_key(k)} = {_value(v)}" for k, v in data.items() if k not in inner and v is not None)
    for name, value in inner.items():
        here = (*path, name)
        shown = ".".join(map(_key, here))
        if isinstance(value, Mapping):
            lines.extend(["", f"[{shown}]"])
            _table(here, value, lines)
        else:
            for each in value:
                lines.extend(["", f"[[{shown}]]"])
                _table(here, each, lines)


def _is_tables(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str) and bool(value) and isinstance(value[0], Mapping)


def _key(name: str) -> str:
    plain = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    return name if plain else json.dumps(name, ensure_ascii=False)


def _value(value: Any) -> str:
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, str):
        # A JSON string is a TOML one, but for the delete character, which TOML wants escaped.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, (int, np.integer)):
        return str(int(value))
    if isinstance(value, (float, np.floating)):
        number = float(value)
        return (
            "nan" if math.isnan(number) else ("inf" if number > 0 else "-inf") if math.isinf(number) else repr(number)
        )
    if isinstance(value, np.ndarray):
        return _value(value.tolist())
    if isinstance(value, Sequence):
        return f"[{', '.join(_value(each) for each in value)}]"
    raise TypeError(f"TOML cannot hold {type(value).__name__}")
