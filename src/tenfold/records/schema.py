"""The schema of a registry: what a table and a column are (``shape``), and the tables themselves
(``tables``).
"""

from tenfold.records.shape import STORED_AS, Axis, Column, Kind, Table, date_name, day_name
from tenfold.records.tables import TABLES

__all__ = ["STORED_AS", "TABLES", "Axis", "Column", "Kind", "Table", "date_name", "day_name"]
