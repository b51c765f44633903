"""Risk models: one small module each."""
