"""A laboratory run as read from an instrument's file, whatever the instrument: wells, curves, partitions.

Every reader gives this one shape; nothing in it is judged. A threshold cycle that the file prints as "Undetermined" is
`ct_status` "undetermined" with a null `ct`; a well for which the file says nothing at all is "missing".
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from datetime import datetime

import polars as pl

from tenfold.vocabulary import CtStatus, WellRole

WELLS: dict[str, pl.DataType] = {
    "well": pl.String(),
    "sample": pl.String(),
    "target": pl.String(),
    "role": pl.Enum([role.value for role in WellRole]),
    "copies": pl.Float64(),
    "ct": pl.Float64(),
    "ct_status": pl.Enum([status.value for status in CtStatus]),
    "left_out": pl.Boolean(),
    "remark": pl.String(),
}
"""One row for each well and target: `copies` are the known copies of a standard, per reaction; `left_out` is the
operator's own exclusion; `role` is null where neither the file nor a plate map tells.
"""

CURVES: dict[str, pl.DataType] = {
    "well": pl.String(),
    "target": pl.String(),
    "cycle": pl.Float64(),
    "fluorescence": pl.Float64(),
}
"""One row for each cycle of an amplification curve."""

PARTITIONS: dict[str, pl.DataType] = {
    "well": pl.String(),
    "sample": pl.String(),
    "target": pl.String(),
    "role": pl.Enum([role.value for role in WellRole]),
    "positive": pl.Int64(),
    "total": pl.Int64(),
    "partition_nl": pl.Float64(),
    "left_out": pl.Boolean(),
    "remark": pl.String(),
}
"""One row for each well and target of a digital PCR run: partitions positive and accepted, and their volume in nL."""


@dataclass(frozen=True)
class Run:
    """What one file tells of one run.

    `notes`: what the reader had to guess or leave, in plain words. `curves` and `partitions` are empty where the file
    has none; a digital run has no wells but partitions. `started` at midnight is a day whose hour is not known.
    """

    name: str
    format: str
    instrument: str | None = None
    software: str | None = None
    started: datetime | None = None
    wells: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=WELLS))
    curves: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=CURVES))
    partitions: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=PARTITIONS))
    notes: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """What the wells gave, in short: two runs with the same digest are the same run, whatever their names say."""
        cycles = self.wells.select("well", "ct", "ct_status").rows()
        counts = self.partitions.select("well", "positive", "total").rows()
        return hashlib.sha256(json.dumps(sorted(map(str, [*cycles, *counts]))).encode()).hexdigest()[:16]

    def dated(self, day: str) -> Run:
        """The run with the day that somebody gives for it, where its file says none.

        ValueError for what is no date, or not the day that the file tells.
        """
        try:
            given = datetime.fromisoformat(day).replace(tzinfo=None)
        except ValueError:
            raise ValueError(
                f"{day} is no date of a run: write it as 2026-05-20, or with the hour as 2026-05-20T14:30"
            ) from None
        if self.started is None:
            return replace(self, started=given)
        if self.started.date() != given.date():
            raise ValueError(
                f"the date of the run is given as {day}, but the file says {self.started:%Y-%m-%d}: correct one of them"
            )
        return self


def moment(started: datetime) -> str:
    """When a run started: 2026-05-20T14:30:00, or 2026-05-20 where the hour is not known."""
    return started.isoformat(timespec="seconds").removesuffix("T00:00:00")


class RunNotUnderstood(ValueError):
    """A file that cannot be read as a run: says what was expected, what was found, and where."""
