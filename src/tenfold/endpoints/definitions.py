"""The endpoints: what each clock starts at, which events end it, what competes, and until when others are followed.

Traps: the clock is part of the endpoint (FILO counts from the molecular relapse, ELN from diagnosis or remission); a
second MRD relapse exists only after the first one responded; event-free survival has variants whose medians never
compare (failure at day 1, or on its date); a censored time ends at the last document of the kind that the rule names,
which for some is the last day known to be alive and for others the last assessment of the disease.

ELN 2022: Döhner et al., Blood 2022;140:1345-1377, Table 9. ELN 2017: Döhner et al., Blood 2017;129:424-447, Table 7.
FILO's venetoclax-azacitidine series (2025).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tenfold.vocabulary import Clock, Endpoint, Happening

ELN_2022 = "Döhner et al., Blood 2022;140:1345-1377, Table 9"
ELN_2017 = "Döhner et al., Blood 2017;129:424-447, Table 7"
FILO = "FILO venetoclax-azacitidine series, 2025, methods"
OURS = "Tenfold's definition"
LANDMARK_DAYS = 180
"""ELN 2022, Table 9: "180 d for non-intensive therapy"; also used after intensive therapy unless a study says otherwise."""
EXAMINED = (Happening.RESPONSE_ASSESSMENT, Happening.MARROW, Happening.MRD_SAMPLE)
"""What shows that a patient was examined for leukaemia on a day. A blood count alone, or a letter, is no examination."""
MOLECULAR = (Happening.MRD_SAMPLE, Happening.MARROW)

Failure = Literal["day 1", "when documented"]


@dataclass(frozen=True)
class EndpointRule:
    """An endpoint: its own clock, the events that end it, and where patients without one are censored.

    `censored_at`: the kinds of row of the history of which the last one ends a patient's time without an event.
    `in_remission`: only of patients in remission when the clock starts. `competing`: ends that make the event
    impossible. `stops_at`: ends of follow-up that are neither. `horizon_days`: nothing counts later than this after the
    start. `failure`: a treatment that brings no CR, CRh or CRi within `landmark_days` of its first dose has failed, and
    when that is counted (None: failure is no event). `entry`: what a patient must have reached to be under observation
    (delayed entry). `censoring`: the rule of censoring in words.
    """

    name: Endpoint | str
    meaning: str
    clock: Clock
    events: tuple[Happening, ...]
    censored_at: tuple[Happening, ...]
    citation: str
    in_remission: bool = False
    competing: tuple[Happening, ...] = ()
    stops_at: tuple[Happening, ...] = ()
    horizon_days: int | None = None
    failure: Failure | None = None
    landmark_days: int = LANDMARK_DAYS
    entry: Clock | None = None
    censoring: str = ""

    @property
    def ends(self) -> tuple[Happening, ...]:
        """Every kind of row that ends a patient's time."""
        return (*self.events, *self.competing, *self.stops_at)


RELAPSE_OR_DEATH = (Happening.RELAPSE, Happening.DEATH)
ALIVE = "on the last day known to be alive"
AT_EXAMINATION = "at the last response assessment, marrow or MRD sample"
AT_ASSESSMENT = (
    "patients in remission at the last assessment of response; patients alive who were never assessed, at day 1"
)

OVERALL_SURVIVAL = EndpointRule(
    Endpoint.OS, "alive", Clock.DIAGNOSIS, (Happening.DEATH,), (Happening.CONTACT,), ELN_2022, censoring=ALIVE
)
RELAPSE_FREE_SURVIVAL = EndpointRule(
    Endpoint.RFS,
    "alive without haematological relapse",
    Clock.REMISSION,
    RELAPSE_OR_DEATH,
    (Happening.CONTACT,),
    ELN_2022,
    in_remission=True,
    censoring=ALIVE,
)
RELAPSE_FREE_SURVIVAL_ELN2017 = EndpointRule(
    Endpoint.RFS_ELN2017,
    "alive without haematological relapse",
    Clock.REMISSION,
    RELAPSE_OR_DEATH,
    EXAMINED,
    ELN_2017,
    in_remission=True,
    censoring=AT_EXAMINATION,
)
RELAPSE_FREE_SURVIVAL_MRD = EndpointRule(
    Endpoint.RFS_MRD,
    "alive without haematological relapse or a second confirmed MRD relapse",
    Clock.MRD_RELAPSE,
    (Happening.RELAPSE, Happening.MRD_RELAPSE, Happening.DEATH),
    MOLECULAR,
    FILO,
    in_remission=True,
    censoring="at the last MRD sample or marrow (FILO does not say; ours). Asymmetric: who never responded has no "
    "second MRD relapse",
)
RELAPSE_FREE_SURVIVAL_MRD_SYMMETRIC = EndpointRule(
    Endpoint.RFS_MRD_SYMMETRIC,
    "alive without haematological relapse, second confirmed MRD relapse, MRD progression or MRD non-response",
    Clock.MRD_RELAPSE,
    (Happening.RELAPSE, Happening.MRD_RELAPSE, Happening.MRD_NON_RESPONSE, Happening.DEATH),
    MOLECULAR,
    f"{OURS}, beside FILO's",
    in_remission=True,
    censoring="at the last MRD sample or marrow",
)
RELAPSE_FREE_SURVIVAL_MRD_ELN2022 = EndpointRule(
    Endpoint.RFS_MRD_ELN2022,
    "alive without haematological or confirmed MRD relapse",
    Clock.REMISSION,
    (Happening.RELAPSE, Happening.MRD_RELAPSE, Happening.DEATH),
    (Happening.CONTACT,),
    f"{ELN_2022} (MRD relapse added to RFS)",
    in_remission=True,
    censoring=f"{ALIVE}; an MRD relapse is found only by sampling, so say how densely samples were taken",
)
EVENT_FREE_SURVIVAL_ELN2022 = EndpointRule(
    Endpoint.EFS_ELN2022,
    "alive in remission: no treatment failure, haematological relapse or death; failure counts at day 1",
    Clock.DIAGNOSIS,
    (Happening.TREATMENT_FAILURE, Happening.RELAPSE, Happening.DEATH),
    (Happening.RESPONSE_ASSESSMENT,),
    ELN_2022,
    failure="day 1",
    censoring=AT_ASSESSMENT,
)
EVENT_FREE_SURVIVAL_FAILURE_DATE = EndpointRule(
    Endpoint.EFS_FAILURE_DATE,
    "alive in remission: no treatment failure, haematological relapse or death; failure counts when documented",
    Clock.DIAGNOSIS,
    (Happening.TREATMENT_FAILURE, Happening.RELAPSE, Happening.DEATH),
    (Happening.RESPONSE_ASSESSMENT,),
    f"{OURS}: failure on the day refractory disease is documented, else at the landmark",
    failure="when documented",
    censoring=AT_ASSESSMENT,
)
EVENT_FREE_SURVIVAL_ELN2017 = EndpointRule(
    Endpoint.EFS_ELN2017,
    "alive without primary refractory disease, haematological relapse or death",
    Clock.DIAGNOSIS,
    (Happening.TREATMENT_FAILURE, Happening.RELAPSE, Happening.DEATH),
    EXAMINED,
    f"{ELN_2017} (CRh, not yet a category, is part of CRi; no landmark is printed there, ours applies)",
    failure="when documented",
    censoring=AT_EXAMINATION,
)
EVENT_FREE_SURVIVAL_MRD = EndpointRule(
    Endpoint.EFS_MRD,
    "alive in remission without MRD relapse; failure counts at day 1",
    Clock.DIAGNOSIS,
    (Happening.TREATMENT_FAILURE, Happening.RELAPSE, Happening.MRD_RELAPSE, Happening.DEATH),
    (Happening.RESPONSE_ASSESSMENT,),
    f"{ELN_2022} (MRD relapse added to EFS)",
    failure="day 1",
    censoring=AT_ASSESSMENT,
)
INCIDENCE_OF_RELAPSE = EndpointRule(
    Endpoint.CIR,
    "haematological relapse, death without relapse competing",
    Clock.REMISSION,
    (Happening.RELAPSE,),
    EXAMINED,
    ELN_2017,
    in_remission=True,
    competing=(Happening.DEATH,),
    censoring=AT_EXAMINATION,
)
INCIDENCE_OF_RELAPSE_MRD = EndpointRule(
    Endpoint.CIR_MRD,
    "haematological or confirmed MRD relapse, death without either competing",
    Clock.REMISSION,
    (Happening.RELAPSE, Happening.MRD_RELAPSE),
    EXAMINED,
    f"{ELN_2022} (MRD relapse added to CIR)",
    in_remission=True,
    competing=(Happening.DEATH,),
    censoring=AT_EXAMINATION,
)
REMISSION_DURATION = EndpointRule(
    Endpoint.REMISSION_DURATION,
    "in remission without haematological relapse; a death without relapse ends the observation",
    Clock.REMISSION,
    (Happening.RELAPSE,),
    EXAMINED,
    f"{OURS}; CIR is preferred, in which death competes",
    in_remission=True,
    stops_at=(Happening.DEATH,),
    censoring=f"at death without relapse, else {AT_EXAMINATION}",
)
TREATMENT_FREE_REMISSION = EndpointRule(
    Endpoint.TFR,
    "alive in remission without treatment, MRD relapse or haematological relapse",
    Clock.VENETOCLAX_STOP,
    (Happening.RELAPSE, Happening.MRD_RELAPSE, Happening.RESTART, Happening.DEATH),
    MOLECULAR,
    f"{OURS}, after Chua et al., Blood Adv 2022;6:3879",
    in_remission=True,
    stops_at=(Happening.TRANSPLANT, Happening.FURTHER_TREATMENT),
    censoring="at a transplant or further treatment in remission, else at the last MRD sample or marrow",
)
TREATMENT_FREE_REMISSION_RELAPSE_ONLY = EndpointRule(
    Endpoint.TFR_RELAPSE_ONLY,
    "MRD relapse, haematological relapse or treatment for it after stopping; death without either competing",
    Clock.VENETOCLAX_STOP,
    (Happening.RELAPSE, Happening.MRD_RELAPSE, Happening.RESTART),
    MOLECULAR,
    OURS,
    in_remission=True,
    competing=(Happening.DEATH,),
    stops_at=(Happening.TRANSPLANT, Happening.FURTHER_TREATMENT),
    censoring="at a transplant or further treatment in remission, else at the last MRD sample or marrow",
)
TIME_TO_MRD_NEGATIVITY = EndpointRule(
    Endpoint.TIME_TO_MRD_NEGATIVITY,
    "first adequate MRD-negative sample in remission, with no positive one that day; relapse and death competing",
    Clock.TREATMENT,
    (Happening.MRD_NEGATIVITY,),
    (Happening.MRD_SAMPLE,),
    OURS,
    competing=RELAPSE_OR_DEATH,
    censoring="at the last MRD sample",
)


def _early_death(name: Endpoint, days: int) -> EndpointRule:
    """Death up to and on day `days` after the first dose, which is day 0."""
    return EndpointRule(
        name,
        f"death from any cause within {days} days of the first treatment",
        Clock.TREATMENT,
        (Happening.DEATH,),
        (Happening.CONTACT,),
        ELN_2022,
        horizon_days=days,
        censoring=f"{ALIVE}, at most {days} days after the start",
    )


EARLY_DEATH_30 = _early_death(Endpoint.EARLY_DEATH_30, 30)
EARLY_DEATH_60 = _early_death(Endpoint.EARLY_DEATH_60, 60)

ENDPOINTS = (OVERALL_SURVIVAL, RELAPSE_FREE_SURVIVAL, RELAPSE_FREE_SURVIVAL_MRD)
"""The endpoints of FILO's paper, which a cohort's report shows unless asked for others."""
EVERY_ENDPOINT = {
    str(rule.name): rule
    for rule in (
        *ENDPOINTS,
        EVENT_FREE_SURVIVAL_ELN2022,
        EVENT_FREE_SURVIVAL_FAILURE_DATE,
        EVENT_FREE_SURVIVAL_ELN2017,
        EVENT_FREE_SURVIVAL_MRD,
        RELAPSE_FREE_SURVIVAL_ELN2017,
        RELAPSE_FREE_SURVIVAL_MRD_SYMMETRIC,
        RELAPSE_FREE_SURVIVAL_MRD_ELN2022,
        INCIDENCE_OF_RELAPSE,
        INCIDENCE_OF_RELAPSE_MRD,
        REMISSION_DURATION,
        TREATMENT_FREE_REMISSION,
        TREATMENT_FREE_REMISSION_RELAPSE_ONLY,
        TIME_TO_MRD_NEGATIVITY,
        EARLY_DEATH_30,
        EARLY_DEATH_60,
    )
}
"""Every endpoint by name."""
