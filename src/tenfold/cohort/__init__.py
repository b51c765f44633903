"""A registry's patients together: survival curves, follow-up, quantiles."""
