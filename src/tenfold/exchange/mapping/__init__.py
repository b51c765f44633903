"""Any other table by a mapping file: which columns of which files become which columns of our tables."""

from tenfold.exchange.mapping.plan import FileMapping, MappingError
from tenfold.exchange.mapping.plan_file import mapping_of, read_mapping
from tenfold.exchange.mapping.reading import MAPPING, read_records, read_with, recognises

__all__ = [
    "MAPPING",
    "FileMapping",
    "MappingError",
    "mapping_of",
    "read_mapping",
    "read_records",
    "read_with",
    "recognises",
]
