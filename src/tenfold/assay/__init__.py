"""From a laboratory run to an MRD value: standard curves, copies, verdicts, uncertainty."""
