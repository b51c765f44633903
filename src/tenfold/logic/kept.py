"""What an object works out once and keeps, under a lock of that object alone.

`functools.cached_property` has, up to Python 3.11, one lock for all objects of a class: one patient's page would wait for
whatever registry is being assessed; and from 3.12 on it has none, and two who ask at once work the same out twice.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import RLock
from typing import Any, Generic, TypeVar, overload

T = TypeVar("T")
_LOCK = "_kept_lock"


class kept(Generic[T]):  # noqa: N801
    """A property that is worked out when it is first asked for."""

    def __init__(self, work: Callable[[Any], T]) -> None:
        self.work, self.name, self.__doc__ = work, work.__name__, work.__doc__

    @overload
    def __get__(self, held: None, owner: type) -> kept[T]: ...
    @overload
    def __get__(self, held: object, owner: type) -> T: ...
    def __get__(self, held: Any, owner: type) -> kept[T] | T:
        """The value; once it is there Python finds it in the object's own dictionary, before it looks here."""
        if held is None:
            return self
        values = vars(held)
        with values.setdefault(_LOCK, RLock()):
            if self.name not in values:
                values[self.name] = self.work(held)
            value: T = values[self.name]
            return value
