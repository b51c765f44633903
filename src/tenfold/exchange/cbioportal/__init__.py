"""cBioPortal study folders, in and out.

Traps: a study says nothing of what it does not list, so no table that is read from another's study is complete; days are
counted from a day zero that few studies name; a sample without a gene panel counts in cBioPortal as wholly sequenced, and
is not taken so here.

Format: https://docs.cbioportal.org/file-formats/
"""

from tenfold.exchange.cbioportal.reading import read_records
from tenfold.exchange.cbioportal.study import recognises
from tenfold.exchange.cbioportal.writing import write_records

__all__ = ["read_records", "recognises", "write_records"]
