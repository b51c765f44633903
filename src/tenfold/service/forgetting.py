"""Forgets, while the service runs, the uploaded files that nobody stored within a day."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from tenfold.service.store.engine import empty_log
from tenfold.service.store.pending import forget_old
from tenfold.service.store.store import Store

EVERY = 900.0
"""Seconds."""
log = logging.getLogger("tenfold.service")


def forgetting(store: Store, every: float = EVERY) -> Callable[[Any], AbstractAsyncContextManager[None]]:
    """What goes on beside the requests from the start of the service to its end."""

    @asynccontextmanager
    async def beside(_app: Any) -> AsyncIterator[None]:
        task = asyncio.create_task(_again_and_again(store, every))
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    return beside


async def _again_and_again(store: Store, every: float) -> None:
    while True:
        try:
            await asyncio.to_thread(forget, store)
        except SQLAlchemyError as error:  # tried again the next time
            log.error("old uploads could not be forgotten: %s", type(error).__name__)
        await asyncio.sleep(every)


def forget(store: Store) -> None:
    """Forget the files that are too old, and what SQLite's log still holds of them and of others that were discarded."""
    forget_old(store)
    empty_log(store.engine)
