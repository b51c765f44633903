"""Looking at an uploaded file before anything of it is stored: read, held against what is on record, and searched for faults.

That may take minutes, so it is done in the background: a page asks how far it is. What was found is kept in memory for the
last few files only, and made anew from the file where it is gone.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any

import polars as pl

from tenfold.exchange.converted import Converted
from tenfold.exchange.formats import open_records, read_as, recognised
from tenfold.exchange.mapping.draft import draft
from tenfold.exchange.unrecognised import reason
from tenfold.records.reading import DELIMITED
from tenfold.records.tables import TABLES
from tenfold.reports.impossible import impossible_in, impossible_view
from tenfold.service.answers import Kept, settings_of
from tenfold.service.discreet import where
from tenfold.service.jobs import Job, Jobs
from tenfold.service.store.centre import Centre
from tenfold.service.store.completing import NOTHING_WHOLE
from tenfold.service.store.imports import Planned, plan
from tenfold.service.store.outcome import Refused
from tenfold.service.store.pending import Pending, content_of
from tenfold.service.uploads import unpacked

log = logging.getLogger("tenfold.service")
MOST_KEPT, MOST_TOLD = 4, 100
OURS = "the reader failed on this file in a way that we did not foresee; nothing was stored, and the fault was written down"


@dataclass(frozen=True)
class Looked:
    """What was found in a file. `refused`: why it cannot be stored, in words; the rest is None as far as it was not reached.

    `impossible`: the histories that cannot be, as `reports.impossible` shows them.
    """

    found: Converted | None = None
    planned: Planned | None = None
    impossible: dict[str, Any] | None = None
    refused: str | None = None

    @property
    def faults(self) -> pl.DataFrame:
        """The faults of the file, and of what cannot stand beside what is on record."""
        assert self.found is not None
        mine = self.found.registry.check()
        return mine if self.planned is None else pl.concat([mine, self.planned.faults])


class Looks:
    """The files that are being looked at, and those looked at last."""

    def __init__(self) -> None:
        self._jobs: Jobs[Looked] = Jobs(MOST_KEPT)
        self._read = Kept(MOST_KEPT)
        self._stored: OrderedDict[Hashable, Planned] = OrderedDict()
        self._lock = Lock()

    def at(self, centre: Centre, one: Pending, about: dict[str, Any]) -> Job[Looked]:
        """A look at a file beside the centre's present records; it begins now if there is none."""
        key = (centre.id, one.id, one.format, about["revision"], about["settings_revision"])
        return self._jobs.at(key, lambda said: self._at(said, centre, one, about))

    def note(self, centre: int, key: str, done: Planned) -> None:
        """Keep for a while what was stored, to say it on the next page."""
        with self._lock:
            self._stored[centre, key] = replace(done, changes=[], _steps=[])
            while len(self._stored) > MOST_TOLD:
                self._stored.popitem(last=False)

    def stored(self, centre: int, key: str) -> Planned | None:
        """What was stored of a file, as far as it is still known."""
        return self._stored.get((centre, key))

    def _at(self, said: Callable[[str], None], centre: Centre, one: Pending, about: dict[str, Any]) -> Looked:
        try:
            found = self._read.get((centre.id, one.id, one.format), lambda: read_upload(centre, one, said))
        except (OSError, ValueError, LookupError) as error:
            return Looked(refused=_in_words(error))
        except BaseException as error:  # a reader's panic is no Exception
            log.error("an uploaded file could not be read: %s", where(error))
            return Looked(refused=OURS)
        if not found.registry.patient_ids().height:
            return Looked(
                found, refused=f"it was read as {found.format}, and no row of a patient that can be used is in it"
            )
        try:
            said("it is held against what is on record")
            # Nothing is taken for complete that the file does not state: that is for whoever stores it to say.
            planned = plan(centre, found.registry, NOTHING_WHOLE)
            said("histories that cannot be are looked for")
            return Looked(found, planned, impossible_view(impossible_in(found.registry, settings_of(about))))
        except Refused as error:
            return Looked(found, refused=str(error))
        except BaseException as error:
            log.error("an uploaded file could not be looked at: %s", where(error))
            return Looked(found, refused=OURS)


def read_upload(centre: Centre, one: Pending, said: Callable[[str], None]) -> Converted:
    """Read an uploaded file. ValueError, OSError or LookupError in words, without a path of this machine."""
    with TemporaryDirectory(prefix="tenfold-") as temporary:
        folder = Path(temporary)
        try:
            said("it is unpacked")
            place = unpacked(one.filename, content_of(centre, one.id), folder)
            said("it is read")
            return _read(place, one.format)
        except (OSError, ValueError, LookupError) as error:
            raise ValueError(_without(_in_words(error), folder)) from error


def draft_of(centre: Centre, one: Pending) -> str:
    """The draft of a mapping for an uploaded file, for a person to correct. ValueError where no table can be read."""
    with TemporaryDirectory(prefix="tenfold-") as temporary:
        folder = Path(temporary)
        try:
            text = draft(unpacked(one.filename, content_of(centre, one.id), folder))
        except (OSError, ValueError, LookupError) as error:
            raise ValueError(_without(_in_words(error), folder)) from error
    if "[[table]]" not in text:
        raise ValueError("no table could be read from this file, so that there is nothing to draft a mapping of")
    return text


def _read(place: Path, format: str | None) -> Converted:
    if format is not None:
        folder = place.parent if format in ("tables", "parquet") and place.is_file() else place
        return read_as(folder, format)
    if place.is_dir() or recognised(place) is not None:
        return open_records(place)
    if place.stem in TABLES and place.suffix.lower() in (*DELIMITED, ".parquet"):
        return open_records(place.parent)
    raise ValueError(f"{place.name} is of no format that is recognised: {reason(place)}")


def _in_words(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"a file in it cannot be read ({error.strerror})"
    return str(error.args[0] if error.args else type(error).__name__)


def _without(said: str, folder: Path) -> str:
    """What was said, without the place on this machine where the file was looked at."""
    for place in (f"{folder}/unpacked/", f"{folder}/"):
        said = said.replace(place, "")
    return said.replace(str(folder / "unpacked"), "the archive").replace(str(folder), "the upload")
