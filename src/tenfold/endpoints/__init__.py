"""Time-to-event endpoints, read from each patient's history: definitions, clocks, times."""

from tenfold.endpoints.definitions import (
    ENDPOINTS,
    EVERY_ENDPOINT,
    OVERALL_SURVIVAL,
    RELAPSE_FREE_SURVIVAL,
    RELAPSE_FREE_SURVIVAL_MRD,
    EndpointRule,
)
from tenfold.endpoints.times import times

__all__ = [
    "ENDPOINTS",
    "EVERY_ENDPOINT",
    "OVERALL_SURVIVAL",
    "RELAPSE_FREE_SURVIVAL",
    "RELAPSE_FREE_SURVIVAL_MRD",
    "EndpointRule",
    "times",
]
