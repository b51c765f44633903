"""The three patients of Thol, Doehner and Ganser: the parts that these rooms answer."""

from __future__ import annotations

import polars as pl

import tenfold
import vectors_of_guidance as guidance
from tenfold.catalogue import find
from vector_answers import Fields, area, ask
from vectors_of_mrd import STATUS, assessed, written_sample
from vectors_of_risk import as_venprs, breems_index, goelams_index, grouped, picture_of, venprs_scores


@area("thol.patient3.dx")
def _thol3_diagnosis(given: Fields) -> Fields:
    picture = picture_of({**given, "TP53_VAF": 0.1})
    blasts = {"diagnostic_blasts_pct": float(given["bm_blasts"])}
    who = grouped(find("WHO-2022-class")[0], picture, **blasts)
    return {
        "eln2022": grouped(find("ELN-2022")[0], picture),
        "icc": grouped(find("ICC-2022-class")[0], picture, **blasts),
        "who": who,
        "alloHCT_CR1": guidance.transplant_in_first_remission(grouped(find("ELN-2022")[0], picture)),
    }


@area("thol.patient1.mrd")
def _thol1(given: Fields) -> Fields:
    samples = [
        {**written_sample("NEG", 0, 0)},
        {**written_sample("PB NEG", 1, 0)},
        {**written_sample("POS", 2, 365), "value": given["bm_per_1e4"], "scale": "per_1e4_abl1"},
        {**written_sample("PB POS", 3, 365), "value": given["pb_per_1e4"], "scale": "per_1e4_abl1"},
    ]
    assessment = assessed(samples)
    rows = {row["sample_id"]: row for row in assessment.molecular.filter(pl.col("row") == "sample").to_dicts()}
    [state] = assessment.patients["molecular_state"].to_list()
    return {
        "pct_abl_bm": rows["s2"]["level"],
        "pct_abl_pb": rows["s3"]["level"],
        "status": STATUS[state],
        "above_200": rows["s2"]["level"] >= 2,
        "actions": guidance.actions(given),
    }


@area("thol.patient1.relapse")
def _thol1_relapse(given: Fields) -> Fields:
    present = [
        name
        for name, there in (("FLT3", "FLT3_ITD_AR" in given), ("HMA", given["prior_hma"]), ("EMD", given["emd"]))
        if there
    ]
    picture = picture_of(given)
    # What the paper tells of her first remission: a transplant was to follow, none had; 52 years old at diagnosis.
    breems = {"cytogenetics": "other", "prior_sct": False, "age_at_relapse": 53}
    goelams = goelams_index({"relapse_months": 12, "FLT3_ITD": 1, "high_risk_cyto": 0})
    return {
        "venprs": as_venprs(venprs_scores(present)),
        "mprs": grouped(find("mPRS")[0], picture).removesuffix(" benefit"),
        "goelams_if_relapse_ge_12mo": {name: goelams[name] for name in ("factors", "group")},
        "breems_if_rfi_7_18": breems_index({**breems, "rfi_months": 12}),
        "breems_if_rfi_gt_18": breems_index({**breems, "rfi_months": 24}),
        "clonal_evolution": _evolution_of("thol-1"),
        "recommend": guidance.after_intensive(given),
    }


def _evolution_of(patient: str) -> list[str]:
    """What the published patient's assessment says became of the driver mutations between diagnosis and relapse."""
    steps = tenfold.assess(tenfold.published().patient(patient)).evolution.to_dicts()
    said = []
    for step in steps:
        if step["measure"] == "allelic ratio":
            said.append(f"{step['change']} AR {step['measure_from']:g}->{step['measure_to']:g}")
        elif step["what"] in ("gained", "not tested then"):
            # The paper calls it new; whether it was looked for at diagnosis is not printed.
            said.append(f"{step['gene']} new")
    return said


@area("thol.patient2.relapse")
def _thol2(given: Fields) -> Fields:
    present = [gene for gene in ("TP53", "NF1") if given.get(gene)] + ["HMA"] * bool(given["prior_hma"])
    forced = as_venprs(venprs_scores(present))
    refused = ask(find("VEN-PRS-OS")[0], prior_venetoclax=given["prior_ven"])
    return {
        "venprs": {
            "applicable": refused["scope"] != "no",
            "reason": "prior venetoclax excluded" if refused["scope"] == "no" else None,
            "S_OS_if_forced": forced["S_OS"],
            "S_EFS_if_forced": forced["S_EFS"],
        },
        "mprs": grouped(find("mPRS")[0], picture_of(given)).removesuffix(" benefit"),
        **guidance.after_both_drugs(given),
    }


@area("thol.patient3.relapse")
def _thol3(given: Fields) -> Fields:
    present = ["TP53"] * bool(given["TP53"]) + ["HMA"] * bool(given["prior_hma"])
    return {"venprs": as_venprs(venprs_scores(present)), **guidance.after_graft(given)}


area("thol.trigger")(guidance.trigger)
