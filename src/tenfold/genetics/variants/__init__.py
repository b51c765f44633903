"""Variants: from what a report writes of a gene to the finding that a definition asks for."""

from tenfold.genetics.variants.change import Change, read_change
from tenfold.genetics.variants.findings import Finding, finding_of, found_variants, variant_findings
from tenfold.genetics.variants.npm1 import Npm1Name, Npm1Type, assay_may_miss, npm1_type
from tenfold.genetics.variants.patient import patient_findings, seen_findings

__all__ = [
    "Change",
    "Finding",
    "Npm1Name",
    "Npm1Type",
    "assay_may_miss",
    "finding_of",
    "found_variants",
    "npm1_type",
    "patient_findings",
    "read_change",
    "seen_findings",
    "variant_findings",
]
