"""GA4GH Phenopackets, version 2, in JSON: one packet a file, a folder of them, or a Cohort of many in one file.

Packets that Tenfold wrote come back as they were. Of others' packets only what is certainly meant is read.

Schema: https://phenopacket-schema.readthedocs.io; Jacobsen et al., Nat Biotechnol 2022; 40: 817-820.
"""

from tenfold.exchange.phenopackets.packets import recognises
from tenfold.exchange.phenopackets.reading import read_records
from tenfold.exchange.phenopackets.writing import write_records

__all__ = ["read_records", "recognises", "write_records"]
