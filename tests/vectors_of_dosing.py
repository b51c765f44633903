"""The worked cases of venetoclax's ramp-up and steady dose beside other medicines."""

from __future__ import annotations

from tenfold.guidance.venetoclax.dosing import ELN_2022_DOSE, REVIEW, US_LABEL, ramp_up
from vector_answers import Fields, area

PARTNERS = {"AZA": "azacitidine", "LDAC": "low-dose cytarabine"}
TAKEN: dict[str, Fields] = {
    "none": {},
    "posaconazole": {"posaconazole": True},
    "moderate_or_Pgp": {"moderate_cyp3a4_inhibitor": True},
}


@area("ven.dose")
def _dose(given: Fields) -> Fields:
    partner = {"venetoclax_partner": PARTNERS[given["partner"]]}
    liver = {"child_pugh": given["hepatic"][-1]} if "hepatic" in given else {}
    facts = {**partner, **TAKEN[given["cyp"]], **liver}
    label, consensus = ramp_up(US_LABEL, **facts), ramp_up(ELN_2022_DOSE, **facts)
    result: Fields = {"alert": "MANUAL_PHARMACIST_REVIEW" if label.alert == REVIEW else None}
    full, steady = ramp_up(US_LABEL, **partner).steady, label.steady
    if full is not None and steady is not None:
        result |= {
            "ramp": [dose.mg for dose in label.ramp],
            "steady": steady.mg,
            "steady_us_label": steady.mg,
            "steady_max_pct_of_full": 100 * steady.mg / full.mg if steady.bound == "at most" else None,
        }
    if consensus.steady is not None:
        result["steady_eln_tiong"] = consensus.steady.mg
    return result
