"""Tenfold: decision support and registry analytics for MRD-guided, venetoclax-based treatment of AML.

`tenfold.read`, `tenfold.assess`, `tenfold.Registry` and `tenfold.published` are loaded when first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_EXPORTS = {
    "Registry": "tenfold.records",
    "read": "tenfold.records",
    "Assessment": "tenfold.assessment",
    "assess": "tenfold.assessment",
    "published": "tenfold.exchange.published",
}

__all__ = [*_EXPORTS, "__version__"]

if TYPE_CHECKING:
    from tenfold.assessment import Assessment as Assessment
    from tenfold.assessment import assess as assess
    from tenfold.exchange.published import published as published
    from tenfold.records import Registry as Registry
    from tenfold.records import read as read


def __getattr__(name: str) -> Any:
    if name not in _EXPORTS:
        raise AttributeError(f"module 'tenfold' has no attribute {name!r}")
    return getattr(import_module(_EXPORTS[name]), name)
