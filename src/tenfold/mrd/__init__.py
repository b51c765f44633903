"""Measurable residual disease: levels and their scales, molecular state over time, molecular response."""
