"""Trials: the file format of their eligibility, and three-valued matching."""
