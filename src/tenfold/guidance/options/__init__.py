"""Relapsed or refractory AML and molecular failure: where each option stands, and what stands beside it."""
