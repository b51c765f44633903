"""What is known about patients: the tables, their admission in plain words, and the registry that bundles
them.
"""

from tenfold.records.faults import Fault
from tenfold.records.reading import read
from tenfold.records.registry import Registry
from tenfold.records.schema import TABLES, Column, Kind, Table

__all__ = ["TABLES", "Column", "Fault", "Kind", "Registry", "Table", "read"]
