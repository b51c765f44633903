"""Exports that are one table and nothing more: Bio-Rad CFX and QuantaSoft, Qiagen QIAcuity, Absolute Q, Agilent MxPro.

Traps: CFX writes ``NaN`` for a threshold never crossed and the fluorophore in place of a target that was not named; its
quantities are given for standards and computed for all others. QuantaSoft adds rows for merged wells, which repeat the
droplets of single ones. QIAcuity leaves the header of its wells empty. Absolute Q repeats a group of columns for each
dye below a merged header, and adds rows that sum up a group. No digital export here gives the volume of a partition.
"""

from __future__ import annotations

from tenfold.exchange.instruments.layout import NOT_AVAILABLE, UNDETERMINED, Layout

CFX = Layout(
    format="Bio-Rad CFX",
    fields={
        "well": ("well",),
        "sample": ("sample", "sample name", "identifier"),
        "target": ("target",),
        "dye": ("fluor",),
        "role": ("content",),
        "copies": ("starting quantity (sq)", "sq", "starting quantity"),
        "ct": ("cq", "c(t)", "threshold cycle (c(t))"),
        "comment": ("well note",),
    },
    needed=frozenset({"well", "ct"}),
    signature=frozenset({"fluor", "content"}),
    undetermined=UNDETERMINED | NOT_AVAILABLE | {"none"},
)

QUANTASOFT = Layout(
    format="Bio-Rad QuantaSoft",
    fields={
        "well": ("well",),
        "sample": ("sample", "sample description 1"),
        "sample_2": ("sample description 2",),
        "sample_3": ("sample description 3",),
        "sample_4": ("sample description 4",),
        "target": ("target",),
        "dye": ("dyename(s)",),
        "role": ("sampletype", "targettype", "type"),
        "positive": ("positives",),
        "total": ("accepted droplets", "accepteddroplets"),
        "merged": ("mergedwells",),
    },
    needed=frozenset({"well", "positive", "total"}),
)

QIACUITY = Layout(
    format="Qiagen QIAcuity",
    fields={
        "well": ("well", ""),
        "sample": ("sample/ntc/control",),
        "target": ("target (name)", "target"),
        "role": ("type",),
        "positive": ("partitions (positive)",),
        "total": ("partitions (valid)",),
    },
    needed=frozenset({"well", "positive", "total"}),
    instrument="QIAcuity",
)

ABSOLUTE_Q = Layout(
    format="Applied Biosystems Absolute Q",
    fields={
        "well": ("well",),
        "sample": ("name", "sample"),
        "target": ("target",),
        "dye": ("dye",),
        "positive": ("positives",),
        "total": ("total",),
    },
    needed=frozenset({"well", "target", "positive", "total"}),
    signature=frozenset({"group"}),
    summaries=frozenset({"average", "pooled", ""}),
)

MXPRO = Layout(
    format="Agilent MxPro",
    fields={
        "well": ("well",),
        "sample": ("well name",),
        "target": ("assay", "target"),
        "dye": ("dye",),
        "role": ("well type",),
        "copies": ("quantity (",),
        "ct": ("ct (drn)", "ct (dr)", "ct (r)", "ct (rn)", "ct"),
    },
    needed=frozenset({"well", "ct"}),
    signature=frozenset({"well name", "well type"}),
    lists_empty_wells=True,
)

SINGLE_TABLES = (CFX, QUANTASOFT, QIACUITY, ABSOLUTE_Q, MXPRO)
