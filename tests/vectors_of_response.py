"""The worked cases of haematological response and of refractory disease."""

from __future__ import annotations

from tenfold.catalogue import find
from tenfold.vocabulary import Response
from vector_answers import Fields, NotYet, area, ask

SHORT = {Response.NO_RESPONSE: "NR", Response.NOT_EVALUABLE: "NE"}


@area("eln2022.response")
def _response(given: Fields) -> Fields:
    names = {
        "bm_blasts": "marrow_blasts_pct",
        "anc": "neutrophils_e9_l",
        "plt": "platelets_e9_l",
        "pb_blasts": "blood_blasts_pct",
        "emd": "extramedullary",
        "pretreat_blasts": "pretreatment_blasts_pct",
        "cellularity": "cellularity_pct",
        "cells_counted": "cells_counted",
        "spicules": "spicules",
        "evaluable": "marrow_evaluable",
    }
    # As for records: a reported blast percentage is of a marrow that could be evaluated, after treatment began.
    known: Fields = {"marrow_evaluable": True, "treated": True}
    for name, value in given.items():
        if name not in names:
            raise NotYet(name)
        known[names[name]] = value
    # Only the stricter reading asks about the quality of the marrow; the vectors mean a good one.
    quality = {
        name: known.pop(name, good)
        for name, good in (("spicules", True), ("cells_counted", 200), ("cellularity_pct", None))
    }
    either = ask(find("ELN-2022-response")[0], **known)
    one = ask(find("ELN-2022-response-one-recovered")[0], **known, **quality)
    said = [SHORT.get(a["answer"], a["answer"]) for a in (either, one)]
    return {"response": said[0], "response_literal_or": said[0], "response_conservative": said[1]}


@area("ferguson")
def _ferguson(given: Fields) -> Fields:
    said = ask(
        find("Ferguson-refractory")[0],
        marrow_blasts_pct=given["bm_after_C1"],
        pretreatment_blasts_pct=given["bm_pre"],
    )
    return {"refractory_ferguson": said["answer"] == Response.REFRACTORY}
