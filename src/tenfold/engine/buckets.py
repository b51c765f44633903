"""The work on one bucket: read it, assess it in batches of whole patients, write its answers, leave a receipt.

Every engine calls `Task.run` with a bucket's name and nothing else; what goes wrong within a bucket comes back in its
receipt and concerns no other bucket.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from tenfold.assessment import assess
from tenfold.engine.answers import Written, answer_frames, take_away
from tenfold.engine.memory import Batches, begin_anew, peak
from tenfold.engine.receipts import Receipt, asked_of, forget, keep, kept
from tenfold.engine.sources import Source
from tenfold.records.registry import Registry
from tenfold.settings import Settings

OWN = (KeyboardInterrupt, SystemExit, GeneratorExit)
"""What ends the run, and is no fault of a bucket."""


@dataclass(frozen=True)
class Task:
    """What is asked of every bucket: records, place for answers, settings, day, memory in bytes; `asked`: digest of settings
    and day; `batch`: patients assessed at once, learnt from the memory they need if None. No answer depends on it.
    """

    source: Source
    out: str
    settings: Settings
    on: int | None
    memory: int
    asked: str
    batch: int | None = None

    def run(self, bucket: str) -> Receipt:
        """Do one bucket, unless an earlier run finished it, and return its receipt."""
        out, began = Path(self.out), time.monotonic()
        begin_anew()
        fingerprint = ""
        try:
            if asked_of(self.settings, self.on) != self.asked:
                raise ValueError(
                    "this worker has another Tenfold or Polars than the one that asks: ship the same to all"
                )
            fingerprint = hashlib.sha256(f"{self.asked} {self.source.digest(bucket)}".encode()).hexdigest()
            earlier = kept(bucket, out)
            if earlier is not None and earlier.fingerprint == fingerprint:
                return replace(earlier, again=False)
            forget(bucket, out)
            receipt = replace(self._done(bucket, out), fingerprint=fingerprint)
        # Polars' panics are no Exception, and sink one bucket only.
        except BaseException as error:
            if isinstance(error, OWN):
                raise
            forget(bucket, out)
            take_away(out, bucket)
            receipt = Receipt(bucket, fingerprint, quarantined=_in_words(error))
        receipt = replace(receipt, seconds=round(time.monotonic() - began, 3))
        keep(receipt, out)
        return receipt

    def _done(self, bucket: str, out: Path) -> Receipt:
        self.source.within(bucket, self.memory)
        registry = self.source.read(bucket)
        most = peak()
        written, batches = Written(out, bucket), Batches(self.memory)
        ids = registry.patient_ids()["patient_id"]
        try:
            start = 0
            while start < len(ids) or written.parts == 0:
                learnt = batches.begin()
                some = ids.slice(start, self.batch or learnt)
                written.add(self._answers(registry, some))
                batches.end(len(some))
                most = max(most or 0, peak() or 0) or None
                start += len(some) or 1
            written.add_faults(registry.check())
            rows = written.finish()
        finally:
            written.give_up()
        return Receipt(
            bucket,
            "",
            patients=len(ids),
            rows=rows,
            faults=registry.check().height,
            set_aside=registry.set_aside.height,
            batches=written.parts,
            peak_mib=None if most is None else most // 2**20,
            simulated=registry.simulated,
        )

    def _answers(self, registry: Registry, ids: pl.Series) -> dict[str, pl.DataFrame]:
        try:
            return answer_frames(assess(registry.select(ids), self.settings, self.on))
        except BaseException as error:
            if len(ids):
                error.add_note(f"among the patients {ids[0]} to {ids[-1]}")
            raise


def _in_words(error: BaseException) -> str:
    """What went wrong, in a line."""
    told = next((line for line in str(error).splitlines() if line.strip()), "")
    kind = "" if isinstance(error, (ValueError, OSError)) and told else f"{type(error).__name__}: "
    notes = "".join(f", {note}" for note in getattr(error, "__notes__", []))
    return f"{kind}{told}{notes}"
