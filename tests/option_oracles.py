"""Independent plain-Python readings of where Thol, Doehner and Ganser put each option, from raw values and their sentences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Raw = dict[str, Any]
NO = "not in this situation"


def _fails(v: Raw) -> bool:
    """By MRD alone, and more than low-level persistence."""
    if v["overt"]:
        return False
    if v["mrd_relapse"] or v["molecular_progression"]:
        return True
    return v["molecular_persistence"] and not v["persistence_below_2"]


def _rr(v: Raw) -> bool:
    return v["overt"] or _fails(v)


def situation(v: Raw) -> str:
    if v["overt"]:
        if v["prior_transplant"]:
            return "relapse after transplant"
        if v["prior_hma_venetoclax"]:
            return "relapsed or refractory after a hypomethylating agent and venetoclax"
        if v["prior_intensive"]:
            return "relapsed or refractory after intensive treatment"
        return "relapsed or refractory after other treatment"
    if _fails(v):
        return "molecular failure"
    if v["molecular_persistence"]:
        return "molecular persistence below 2 %"
    return "no relapse and no molecular failure"


def repeat_genetics(v: Raw) -> str:
    if not (v["overt"] or v["mrd_relapse"]):
        return NO
    return "done" if v["genetics_repeated"] else "now"


def donor_search(v: Raw) -> str:
    if not _rr(v):
        return NO
    if v["prior_transplant"]:
        return "done"
    return "now" if v["transplant_eligible"] else NO


def _seen_once(v: Raw) -> bool:
    """Progression or persistence of which one sample tells."""
    if not _fails(v) or v["mrd_relapse"]:
        return False
    high = v["molecular_persistence"] and not v["persistence_below_2"] and v["npm1_followed"]
    return not v["failure_confirmed"] or (high and not v["level_confirmed"])


def confirm(v: Raw) -> str:
    if v["overt"]:
        return NO
    waiting = v["confirmation_open"] and not v["mrd_relapse_confirmed"]
    return "now" if waiting or _seen_once(v) else NO


def sample_marrow(v: Raw) -> str:
    return "now" if v["blood_only_at_trigger"] and not v["overt"] else NO


def watch(v: Raw) -> str:
    return "now" if situation({**v, **OVERT_DETAILS}) == "molecular persistence below 2 %" else NO


OVERT_DETAILS = {"prior_transplant": False, "prior_hma_venetoclax": False, "prior_intensive": False}


def goals(v: Raw) -> str:
    poor = v["prior_hma_venetoclax"] or not v["transplant_eligible"]
    return "now" if v["overt"] and poor else NO


def trial(v: Raw) -> str:
    return "first" if _rr(v) else NO


def supportive(v: Raw) -> str:
    if not v["overt"]:
        return NO
    if v["prior_hma_venetoclax"]:
        return "second"
    return NO if v["transplant_eligible"] else "third"


def _inhibitor(target: str) -> Callable[[Raw], str]:
    def placed(v: Raw) -> str:
        if not v["overt"] or not v[target]:
            return NO
        return "third" if v["prior_transplant"] else "second"

    return placed


NEWER = "newer than the source, not ranked by it"


def revumenib(v: Raw) -> str:
    if not v["overt"]:
        return NO
    if v["NPM1"] and v["revumenib_for_NPM1"]:
        return NEWER
    if v["KMT2A_rearranged"] and v["revumenib_for_KMT2A"]:
        return NEWER
    return "under study" if v["NPM1"] or v["KMT2A_rearranged"] else NO


def ziftomenib(v: Raw) -> str:
    if not v["overt"]:
        return NO
    if v["NPM1"]:
        return NEWER if v["ziftomenib_for_NPM1"] else "under study"
    return "under study" if v["KMT2A_rearranged"] else NO


def salvage(v: Raw) -> str:
    if not v["overt"]:
        return NO
    if v["prior_hma_venetoclax"]:
        return "not favoured"
    if not v["fit_for_intensive"]:
        return NO
    if v["prior_transplant"] or v["FLT3"] or v["IDH1"] or v["IDH2"]:
        return "third"
    return "second"


def salvage_venetoclax(v: Raw) -> str:
    return "under study" if v["overt"] and v["fit_for_intensive"] and not v["prior_venetoclax"] else NO


def sequential(v: Raw) -> str:
    grafted = v["prior_transplant"] or v["transplanted_since"]
    return "under study" if v["overt"] and v["transplant_eligible"] and not grafted else NO


def hma_venetoclax(v: Raw) -> str:
    if not v["overt"] or v["prior_venetoclax"]:
        return NO
    if v["prior_transplant"]:
        return "named, not ranked"
    return "under study" if v["fit_for_intensive"] else "second"


def gemtuzumab(v: Raw) -> str:
    return "named, not ranked" if v["overt"] and v["CD33"] else NO


def transplant(v: Raw) -> str:
    if v["prior_transplant"] or v["transplanted_since"] or not v["transplant_eligible"]:
        return NO
    if v["overt"]:
        return "first"
    if not _fails(v):
        return NO
    if not v["npm1_followed"]:
        return "second"
    if v["npm1_per_1e4_low"] < 200:
        return "not yet"
    return "first" if v["level_confirmed"] else "once confirmed"


def _preemptive(*needs: str) -> Callable[[Raw], str]:
    def placed(v: Raw) -> str:
        if not _fails(v) or not all(v[need] for need in needs):
            return NO
        waiting = v["confirmation_open"] and not v["mrd_relapse_confirmed"]
        return "once confirmed" if waiting or _seen_once(v) else "second"

    return placed


def venetoclax(v: Raw) -> str:
    """Not again what the relapse came on."""
    return "not favoured" if _fails(v) and v["venetoclax_now"] else _preemptive()(v)


def taper(v: Raw) -> str:
    if not (v["overt"] and v["prior_transplant"] and v["on_immunosuppression"]):
        return NO
    return "contraindicated or specialist decision" if v["gvhd_active"] else "second"


def lymphocytes(v: Raw) -> str:
    if not (v["overt"] and v["prior_transplant"]):
        return NO
    return "contraindicated or specialist decision" if v["gvhd_active"] else "third"


def second_transplant(v: Raw) -> str:
    if not (v["overt"] and v["prior_transplant"]):
        return NO
    if v["months_to_relapse"] <= 6 or v["gvhd_ever"]:
        return "not favoured"
    return "named, not ranked" if v["transplant_eligible"] else NO


def sorafenib(v: Raw) -> str:
    if v["in_remission"] and v["prior_transplant"] and v["FLT3_ITD_before"] and not v["long_after_graft"]:
        return "first"
    later = v["overt"] and v["transplant_eligible"] and v["FLT3_ITD"] and not v["prior_transplant"]
    return "after transplant" if later else NO


def gilteritinib_maintenance(v: Raw) -> str:
    if not (v["in_remission"] and v["prior_transplant"] and v["FLT3_ITD_before"]) or v["long_after_graft"]:
        return NO
    return "named, not ranked" if v["mrd_positive_around_graft"] else "not favoured"


def azacitidine_maintenance(v: Raw) -> str:
    return "not favoured" if v["in_remission"] and v["prior_transplant"] and not v["mrd_relapse"] else NO


OPTION_ORACLES: dict[str, Callable[[Raw], str]] = {
    "Thol-situation": situation,
    "Step: repeat the molecular analysis": repeat_genetics,
    "Step: search for a donor": donor_search,
    "Step: confirm by a second sample of the same tissue": confirm,
    "Step: sample the marrow, too": sample_marrow,
    "Step: watch: repeat the sample, no treatment for this alone": watch,
    "Step: talk about goals, quality of life and symptom control": goals,
    "Option: clinical trial": trial,
    "Option: allogeneic transplant": transplant,
    "Option: pre-emptive venetoclax": venetoclax,
    "Option: pre-emptive azacitidine": _preemptive(),
    "Option: pre-emptive chemotherapy": _preemptive("fit_for_intensive"),
    "Option: pre-emptive FLT3 inhibitor": _preemptive("FLT3_at_diagnosis"),
    "Option: gilteritinib": _inhibitor("FLT3"),
    "Option: ivosidenib": _inhibitor("IDH1"),
    "Option: olutasidenib": _inhibitor("IDH1"),
    "Option: enasidenib": _inhibitor("IDH2"),
    "Option: revumenib": revumenib,
    "Option: ziftomenib": ziftomenib,
    "Option: salvage chemotherapy": salvage,
    "Option: salvage chemotherapy with venetoclax": salvage_venetoclax,
    "Option: sequential conditioning": sequential,
    "Option: hypomethylating agent with venetoclax": hma_venetoclax,
    "Option: gemtuzumab ozogamicin": gemtuzumab,
    "Option: best supportive care": supportive,
    "Option: taper immunosuppression": taper,
    "Option: donor lymphocytes": lymphocytes,
    "Option: second allogeneic transplant": second_transplant,
    "Option: sorafenib maintenance": sorafenib,
    "Option: gilteritinib maintenance": gilteritinib_maintenance,
    "Option: azacitidine maintenance after transplant": azacitidine_maintenance,
}
OPTION_STRADDLED: dict[str, tuple[float, ...]] = {
    "npm1_per_1e4_low": (0, 199, 200, 201, 40_000),
    "months_to_relapse": (0.5, 5.9, 6, 6.1, 30),
}
OPTION_UPPER_OF = {"npm1_per_1e4_high": "npm1_per_1e4_low"}
