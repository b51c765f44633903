"""Facts that tests write by hand, and the record that became of one."""

from __future__ import annotations

from tenfold.service.store.centre import Centre
from tenfold.service.store.entry import records_of

COUNT = {"sample_date": "2024-03-01", "platelets_e9_l": "120"}
SAMPLE = {"sample_id": "m1", "sample_date": "2024-03-01", "marker": "NPM1", "tissue": "marrow", "value": "0.25",
          "scale": "percent_abl1"}  # fmt: skip


def one_of(centre: Centre, key: str, kind: str) -> int:
    return next(row["id"] for row in records_of(centre, key) if row["kind"] == kind)
