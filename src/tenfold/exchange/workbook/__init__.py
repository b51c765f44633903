"""Workbooks (xlsx, xlsm, ods) whose sheets are named after our tables, read like a folder of them, and written as xlsx."""

from tenfold.exchange.workbook.reading import read_records, recognises
from tenfold.exchange.workbook.writing import write_records

__all__ = ["read_records", "recognises", "write_records"]
