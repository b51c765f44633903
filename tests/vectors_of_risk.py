"""The worked cases of genetic risk, prognostic indices and VEN-PRS."""

from __future__ import annotations

import re
from typing import Any

import polars as pl

from tenfold.catalogue import find
from tenfold.genetics.picture import genetic_picture
from tenfold.logic.decision import Question
from tenfold.risk.published import published_for
from vector_answers import Fields, area, ask

VENPRS_FIELDS = {"EMD": "extramedullary", "HMA": "prior_hma"}


def venprs_scores(present: list[str], not_tested: list[str] = (), *, scope: Fields | None = None) -> Fields:
    result: Fields = {}
    for endpoint in ("OS", "EFS"):
        [question] = find(f"VEN-PRS-{endpoint}")
        named = {c.name for c in question.criteria}
        tested = {VENPRS_FIELDS.get(name, name) for name in not_tested}
        there = {VENPRS_FIELDS.get(name, name) for name in present}
        known = {name: name in there for name in named - tested}
        said = ask(question, outside_scope="compute", **known, **(scope or {}))
        result[endpoint] = said
    return result


def as_venprs(scores: Fields) -> Fields:
    return {
        f"{field}_{endpoint}": said[key]
        for endpoint, said in scores.items()
        for field, key in (("S", "low"), ("group", "answer"))
    }


@area("venprs")
def _venprs(given: Fields) -> Fields:
    return as_venprs(venprs_scores(given["present"]))


@area("venprs.missing")
def _venprs_missing(given: Fields) -> Fields:
    said = venprs_scores(given["present"], given["not_tested"])
    result: Fields = {}
    for endpoint, answered in said.items():
        result[f"S_{endpoint}_range"] = [answered["low"], answered["high"]]
        result[f"possible_groups_{endpoint}"] = answered["possible"]
    result["possible_groups"] = result["possible_groups_OS"]
    result["status"] = "INCOMPLETE" if said["OS"]["answer"] is None else "COMPLETE"
    return result


KARYOTYPES = {"NK": "46,XX[20]", "complex": "complex karyotype", "-7": "45,XX,-7[20]"}
GROUPS = {"favourable": "favorable"}


def picture_of(given: Fields) -> Fields:
    """The genetic picture of a patient in whom everything that the vector does not name was looked at and not found."""
    written = given.get("karyotype", "NK")
    iscn = KARYOTYPES.get(written) or _iscn(written)
    genes = {gene for gene, value in given.items() if value in (0, 1) and gene.isupper() and gene != "FLT3_ITD"}
    found = {gene for gene in genes if given[gene]}
    if "TP53_VAF" in given:
        found.add("TP53")
    rows = [{"gene": gene, "hgvs_p": "W288Cfs*12" if gene == "NPM1" else None} for gene in sorted(found)]
    ratio = given.get("FLT3_ITD_AR")
    if ratio is not None or given.get("FLT3_ITD"):
        rows.append({"gene": "FLT3", "kind": "ITD", "allelic_ratio": ratio})
    columns = {
        **dict.fromkeys(("gene", "hgvs_c", "hgvs_p", "kind"), pl.String),
        **dict.fromkeys(("vaf", "allelic_ratio"), pl.Float64),
        **dict.fromkeys(("in_frame_bzip", "germline", "pathogenic"), pl.Boolean),
    }
    vaf = given.get("TP53_VAF", 0.4)
    variants = pl.DataFrame(
        [{**dict.fromkeys(columns), **row, "vaf": vaf if row["gene"] == "TP53" else None} for row in rows], columns
    ).with_columns(patient_id=pl.lit("p"), dated=pl.lit(True))
    every = sorted(
        {item.name for q in (find("ELN-2022") + find("ELN-2024")) for item in q.inputs if item.name.isupper()}
    )
    panel = [*every, "NPM1", "FLT3", "CEBPA", "TP53", "KMT2A", "IDH1", "IDH2", "KMT2D"]
    tested = pl.DataFrame({"patient_id": "p", "gene": panel, "method": "NGS panel", "dated": True})
    karyotypes = pl.DataFrame({"patient_id": ["p"], "iscn": [iscn], "dated": [True]})
    fusions = pl.DataFrame(
        schema={
            "patient_id": pl.String,
            "fusion": pl.String,
            "method": pl.String,
            "result": pl.Boolean,
            "dated": pl.Boolean,
        }
    )
    [row] = genetic_picture(karyotypes, fusions, variants, tested).to_dicts()
    row["FLT3_ITD_allelic_ratio"] = row["FLT3_ITD_allelic_ratio_low"]
    return row


def _iscn(words: str) -> str:
    """ISCN of a vector's list of abnormalities, such as "-7,del(12p)" or "hyperdiploid: +8,+13,+21 no structural"."""
    parts = [part for part in re.split(r"[:, ]+", words) if part[:1] in "+-" or "(" in part]
    written = ",".join(part.replace("(12p)", "(12)(p13)") for part in parts)
    count = 46 + sum((part[0] == "+") - (part[0] == "-") for part in parts)
    sex = "X" if "-X" in parts else "XX"
    return f"{count},{sex},{written}[20]"


def grouped(question: Question, picture: Fields, **more: Any) -> str | None:
    known = {item.name: picture[item.name] for item in question.inputs if item.name in picture}
    said = ask(question, outside_scope="compute", **{**known, **more})
    return GROUPS.get(said["answer"] or "", said["answer"])


@area("eln2022")
def _eln2022(given: Fields) -> Fields:
    picture = picture_of(given)
    [eln2022], [eln2017], [icc] = find("ELN-2022"), find("ELN-2017"), find("ICC-2022-class")
    risk = grouped(eln2022, picture)
    said = grouped(icc, picture, diagnostic_blasts_pct=30.0)
    return {
        "eln2022": f"{risk} (-7)" if given.get("karyotype") == "-X,-7" and picture["loss_7"] else risk,
        "eln2017": grouped(eln2017, picture),
        "icc2022": f"{said} (>=20% blasts)",
        "complex_karyotype": picture["complex_eln2022"],
        "monosomal": picture["monosomal"],
    }


@area("eln2024_li")
def _eln2024(given: Fields) -> Fields:
    named = {**given, "IDH1": given.get("IDH1", 0), "FLT3_ITD": given.get("FLT3_ITD", 0)}
    [question] = find("ELN-2024")
    picture = picture_of(named)
    facts = {item.name: picture[item.name] for item in question.inputs if item.name in picture}
    prior = {"prior_hma": bool(given["prior_HMA"])} if "prior_HMA" in given else {}
    said = ask(question, azacitidine_ivosidenib=given.get("regimen") == "AZA+IVO", **prior, **facts)
    return {"risk": "NOT_APPLICABLE" if said["scope"] == "no" else GROUPS.get(said["answer"] or "", said["answer"])}


@area("mprs")
def _mprs(given: Fields) -> Fields:
    [question] = find("mPRS")
    said = grouped(question, picture_of(given))
    published = published_for(question)[0].groups[said]
    return {"benefit": said.removesuffix(" benefit"), "viale_a_mOS": float(published.split()[0])}


@area("breems")
def breems_index(given: Fields) -> Fields:
    words = {"inv16": "inv(16)", "t821": "t(8;21)", "other": "other"}
    said = ask(
        find("Breems-index")[0],
        outside_scope="compute",
        relapse_free_months=given["rfi_months"],
        breems_cytogenetics=words[given["cytogenetics"]],
        prior_transplant=given["prior_sct"],
        age_at_relapse=given["age_at_relapse"],
    )
    letters = {"favourable": "A_favourable", "intermediate": "B_intermediate", "adverse": "C_poor"}
    return {"points": int(said["low"]), "group": letters[said["answer"]]}


@area("goelams")
def goelams_index(given: Fields) -> Fields:
    [question] = find("GOELAMS-index")
    months = {"relapse_free_months": given["relapse_months"]} if "relapse_months" in given else {}
    said = ask(
        question,
        never_in_remission=bool(given.get("refractory", 0)),
        FLT3_ITD=bool(given["FLT3_ITD"]),
        high_risk_cytogenetics=bool(given["high_risk_cyto"]),
        **months,
    )
    survival, event_free = (int(one.groups[said["answer"]].split()[0]) for one in published_for(question))
    group = "poor" if said["answer"] == "adverse" else said["answer"]
    return {"factors": int(said["low"]), "group": group, "OS2y": survival, "EFS2y": event_free}
