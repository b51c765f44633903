"""Developing a model of who responds: outcome and intercept in place of times and a baseline; else as for survival."""
