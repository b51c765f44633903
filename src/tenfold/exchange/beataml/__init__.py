"""Beat AML 2.0 as it was released: a folder with the clinical workbook and the table of mutations. Read, not written.

Bottomly et al., Cancer Cell 2022;40:850-864; release biodev/beataml2.0_data, CC BY 4.0.
"""

from tenfold.exchange.beataml.reader import read_records
from tenfold.exchange.beataml.release import recognises

__all__ = ["read_records", "recognises"]
