"""FHIR R4 (4.0.1), with the codes of mCODE and Genomics Reporting where they have any, and our own where they have none."""

from tenfold.exchange.fhir.read import read_records, read_resources
from tenfold.exchange.fhir.sources import recognises
from tenfold.exchange.fhir.write import write_records

__all__ = ["read_records", "read_resources", "recognises", "write_records"]
