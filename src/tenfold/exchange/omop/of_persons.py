"""Some persons of a CDM, and a CDM in PostgreSQL cut into ranges of persons.

Trap: METADATA counts the notes that Tenfold wrote for everybody. Of a range of persons they look like too few, so that nothing
of it is taken as complete: answers from a range are sound, and may be wider than those from all notes at once.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import polars as pl

from tenfold.exchange.omop.cdm import cdm_tables
from tenfold.exchange.omop.concepts import concept_map
from tenfold.exchange.omop.sources import Only, Source, is_url, settings_of

BY_PERSON = frozenset(
    name for name, columns in cdm_tables().items() if any(column.name == "person_id" for column in columns)
)


class OfPersons:
    """A source of which only the rows of some persons are read; the vocabulary is everybody's."""

    def __init__(self, source: Source, persons: range) -> None:
        self.source, self.only = source, ("person_id", persons)
        self.title = source.title

    def names(self) -> tuple[str, ...]:
        """The CDM tables that it holds."""
        return self.source.names()

    def table(self, name: str, only: Only | None = None) -> pl.DataFrame:
        """A table as text, of these persons; what links their episodes goes with the episodes."""
        if only is not None:
            return self.source.table(name, only)
        if name in BY_PERSON:
            return self.source.table(name, self.only)
        if name == "episode_event":
            episodes = self.table("episode")
            if "episode_id" not in episodes.columns:
                return self.source.table(name, ("episode_id", []))
            numbers = episodes["episode_id"].cast(pl.Int64, strict=False).drop_nulls()
            return self.source.table(name, ("episode_id", numbers.to_list()))
        return self.source.table(name)

    def file(self, name: str) -> str:
        """What a table is called in a fault."""
        return self.source.file(name)

    def close(self) -> None:
        """Let go of the source."""
        self.source.close()


def ranges_of_persons(path: Path, persons_to_a_range: int) -> tuple[list[range], bool] | None:
    """Ranges of persons that together hold all, and whether those with AML are a cohort; None for what is no PostgreSQL.

    ValueError, with what to do, where the database cannot be read.
    """
    from tenfold.exchange.omop.reading import anybody_diagnosed

    settings = settings_of(path)
    if not is_url(settings.database):
        return None
    from tenfold.exchange.omop.postgresql import PostgresSource

    source = PostgresSource(settings.database, settings.schema)
    try:
        numbers = source.persons()
        if not numbers:
            return [range(0, 1)], False
        firsts = [*numbers[::persons_to_a_range], numbers[-1] + 1]
        ranges = [range(first, after) for first, after in pairwise(firsts)]
        known = concept_map(settings.concepts)
        return ranges, any(anybody_diagnosed(OfPersons(source, one), known) for one in ranges)
    finally:
        source.close()
