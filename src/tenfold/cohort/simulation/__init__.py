"""Simulated registries with known truth, labelled simulated: to develop and to test on, never to learn from."""

from tenfold.cohort.simulation.simulated import Simulated, simulate_registry
from tenfold.cohort.simulation.streaming import stream

__all__ = ["Simulated", "simulate_registry", "stream"]
