"""A centre's settings: its own TOML file, kept in the store, with who changed it."""

from __future__ import annotations

import tomllib
from typing import Any

from sqlalchemy import update

from tenfold.service.store import schema
from tenfold.service.store.centre import Centre
from tenfold.service.store.outcome import Conflict, Refused
from tenfold.settings import DEFAULTS


def save_settings(centre: Centre, text: str, revision: int) -> None:
    """Keep a centre's settings file. Refused in words for what cannot be set; Conflict if it was changed since `revision`."""
    try:
        settings = DEFAULTS.with_sections(tomllib.loads(text), "the centre's settings")
    except tomllib.TOMLDecodeError as error:
        raise Refused(f"this is no TOML: {error}") from None
    except (KeyError, ValueError) as error:
        raise Refused(str(error.args[0])) from None
    changed: dict[str, Any] = {
        name: entry.value for name, entry in settings.entries.items() if entry.value != DEFAULTS[name]
    }
    table = schema.centre
    with centre.writing() as connection:
        mine = update(table).where(table.c.id == centre.id, table.c.settings_revision == revision)
        if connection.execute(mine.values(settings=text, settings_revision=revision + 1)).rowcount != 1:
            raise Conflict("somebody else has changed the settings since this page was opened")
        centre.told(connection, "settings changed", None, alignments=len(settings.alignments), **changed)
