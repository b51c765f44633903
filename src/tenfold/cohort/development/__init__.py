"""Developing a score from a cohort, validating it internally, and writing it as an entry that `tenfold score` runs."""
