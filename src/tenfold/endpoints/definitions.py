"""The endpoints: what each clock starts at, which events end it, and until when others are followed.

Traps: the clock is part of the endpoint (FILO counts from the molecular relapse, ELN from diagnosis or remission); a
second MRD relapse exists only after the first one responded.

ELN 2022: Döhner et al., Blood 2022;140:1345-1377, Table 9. FILO's venetoclax-azacitidine series (2025).
"""

from __future__ import annotations

from dataclasses import dataclass

from tenfold.vocabulary import Clock, Endpoint, Happening

ELN_2022 = "Döhner et al., Blood 2022;140:1345-1377, Table 9"
FILO = "FILO venetoclax-azacitidine series, 2025, methods"


@dataclass(frozen=True)
class EndpointRule:
    """An endpoint: its own clock, the events that end it, and where patients without one are censored.

    `censored_at`: the kinds of row of the history of which the last one ends a patient's time without an event.
    `in_remission`: only of patients in remission when the clock starts.
    """

    name: Endpoint
    meaning: str
    clock: Clock
    events: tuple[Happening, ...]
    censored_at: tuple[Happening, ...]
    citation: str
    in_remission: bool = False


OVERALL_SURVIVAL = EndpointRule(
    Endpoint.OS, "alive", Clock.DIAGNOSIS, (Happening.DEATH,), (Happening.CONTACT,), ELN_2022
)
RELAPSE_FREE_SURVIVAL = EndpointRule(
    Endpoint.RFS,
    "alive without haematological relapse",
    Clock.REMISSION,
    (Happening.RELAPSE, Happening.DEATH),
    (Happening.CONTACT,),
    ELN_2022,
    in_remission=True,
)
RELAPSE_FREE_SURVIVAL_MRD = EndpointRule(
    Endpoint.RFS_MRD,
    "alive without haematological relapse or a second confirmed MRD relapse",
    Clock.MRD_RELAPSE,
    (Happening.RELAPSE, Happening.MRD_RELAPSE, Happening.DEATH),
    (Happening.MRD_SAMPLE, Happening.MARROW),
    FILO,
    in_remission=True,
)
ENDPOINTS = (OVERALL_SURVIVAL, RELAPSE_FREE_SURVIVAL, RELAPSE_FREE_SURVIVAL_MRD)
