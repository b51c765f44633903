"""The plain table: one row for each well and target, for any laboratory whose instrument has no reader here.

Threshold cycles: ``well, sample, target, role, copies, ct`` and, if there is one, ``left_out``. Digital PCR:
``well, sample, target, role, positive, total`` and, if it is known, ``partition_nl`` (nL). Only ``well`` and the measures
are needed. Separated by commas, semicolons or tabs; a decimal point or comma; headers in any case, and by their usual
other names (below). ``role`` is patient, standard, control or no template, or another word for one of them
(``layout.ROLES``): a ``negative control`` and an ``nrt`` are wells without template, and must stay empty.
``copies`` are the known copies of a standard, per reaction.
"""

from __future__ import annotations

from tenfold.exchange.instruments.layout import Layout
from tenfold.exchange.instruments.text_file import tables_run

_SHARED = {
    "well": ("well", "well position", "pos", "position"),
    "sample": ("sample", "sample name", "sample id", "name"),
    "target": ("target", "target name", "gene", "detector", "assay"),
    "role": ("role", "type", "sample type", "task", "content"),
    "left_out": ("left_out", "left out", "omit", "excluded"),
    "comment": ("remark", "comment", "comments"),
}

CYCLES = Layout(
    format="plain CSV",
    fields=_SHARED | {"copies": ("copies", "copies per reaction", "known copies"), "ct": ("ct", "cq", "cp")},
    needed=frozenset({"well", "ct"}),
    ends_at_blank=False,
    standards_only=False,
    notes_other_columns=True,
)

COUNTS = Layout(
    format="plain CSV, digital",
    fields=_SHARED
    | {
        "positive": ("positive", "positives", "positive partitions"),
        "total": ("total", "partitions", "accepted partitions", "total partitions"),
        "partition_nl": ("partition_nl", "partition nl", "partition volume (nl)"),
    },
    needed=frozenset({"well", "positive", "total"}),
    ends_at_blank=False,
    notes_other_columns=True,
)

read_plain = tables_run
