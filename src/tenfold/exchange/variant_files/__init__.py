"""Variant files: MAF and MAF-like tables, and VCF whose consequences are annotated, read into the variants table."""

from tenfold.exchange.variant_files.maf import read_maf
from tenfold.exchange.variant_files.report import Report, VariantFileNotUnderstood
from tenfold.exchange.variant_files.vcf import read_vcf

__all__ = ["Report", "VariantFileNotUnderstood", "read_maf", "read_vcf"]
