"""REDCap: a data dictionary for the records, exports of such a project as files or over its API, and import files.

A project that was made from another dictionary is refused in words: which of its fields is which, its centre must say.
"""

from tenfold.exchange.redcap.dictionary import dictionary, repeating_forms, write_dictionary
from tenfold.exchange.redcap.live import pull, token_from_environment, token_from_file
from tenfold.exchange.redcap.reading import read_records, recognises
from tenfold.exchange.redcap.writing import write_records

__all__ = [
    "dictionary",
    "pull",
    "read_records",
    "recognises",
    "repeating_forms",
    "token_from_environment",
    "token_from_file",
    "write_dictionary",
    "write_records",
]
