"""The worklist: what needs attention in a registry, one row an entry, and what closes it."""

from tenfold.worklist.entries import COLUMNS, UNDECIDED_COLUMNS, EntryKind
from tenfold.worklist.listing import undecided, worklist

__all__ = ["COLUMNS", "UNDECIDED_COLUMNS", "EntryKind", "undecided", "worklist"]
