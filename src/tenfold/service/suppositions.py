"""What can be supposed on a page, as lists to choose from; what is chosen becomes the words that `what_if` understands."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from tenfold.mrd.markers import MARKERS
from tenfold.records.names import FLOW
from tenfold.vocabulary import EventKind, Tissue
from tenfold.what_if.words import NUMBERS, events, markers, medicines, responses

UNITS = {
    "ecog": "0 to 4",
    "marrow blasts": "%",
    "blood blasts": "%",
    "neutrophils": "10⁹/L",
    "platelets": "10⁹/L",
    "leucocytes": "10⁹/L",
    "haemoglobin": "g/dL",
}
RESULTS = {
    "negative adequate": "negative, adequate sample",
    "negative": "negative, adequacy not known",
    "negative not adequate": "negative, sample not adequate",
    "below quantification": "positive, below quantification",
    "positive": "positive, level not known",
    "level": "a level:",
}
SCALES = {
    "% ABL1": "% of ABL1",
    "/10^4": "copies per 10⁴ ABL1",
    "/10^5": "copies per 10⁵ ABL1",
    "% of diagnosis": "% of the diagnostic level",
    "% VAF": "% VAF",
    "% CD45": "% of CD45+ cells",
}
JUDGEMENTS = ("fit for intensive", "unfit for intensive", "transplant eligible", "not eligible for transplant")


class Chosen(BaseModel):
    """The form: what is supposed already, and what was chosen beside it; an empty part supposes nothing."""

    model_config = ConfigDict(str_strip_whitespace=True, str_max_length=1000)

    on: str = ""
    supposed: list[str] = Field(default_factory=list, alias="if")
    marker: str = ""
    tissue: str = ""
    result: str = ""
    level: str = ""
    scale: str = ""
    days: str = ""
    gene: str = ""
    gene_is: str = ""
    occasion: str = ""
    finding: str = ""
    finding_is: str = ""
    course: str = ""
    judgement: str = ""
    medicine: str = ""
    medicine_is: str = ""
    quantity: str = ""
    number: str = ""
    words: str = ""


@cache
def choices() -> dict[str, Any]:
    """The lists of the form."""
    listed = set(events())
    return {
        "markers": [name for name, rule in MARKERS.items() if rule.suitable and "/" not in name],
        "tissues": [str(tissue) for tissue in Tissue],
        "results": RESULTS,
        "scales": SCALES,
        "genes": sorted(set(markers().values()) - set(FLOW)),
        "findings": ["GVHD", *(str(kind) for kind in EventKind if kind.lower() in listed)],
        "courses": ["relapse", *dict.fromkeys(str(one) for one in responses().values())],
        "judgements": JUDGEMENTS,
        "medicines": sorted(medicines()),
        "quantities": {name: UNITS[name] for name in NUMBERS if name in UNITS},
    }


def texts_of(one: Chosen) -> list[str]:
    """What was chosen, in the words in which it may be written. ValueError for a part that was begun and not finished."""
    texts = []
    if one.result:
        texts.append(_sample(one))
    elif one.level:
        raise ValueError("a level was given: choose “a level” as the result of the sample")
    if one.gene:
        texts.append(_spaced(one.gene, one.gene_is or "mutated", one.occasion))
    if one.finding:
        texts.append(_spaced(one.finding, one.finding_is or "present"))
    texts += filter(None, (one.course, one.judgement))
    if one.medicine:
        texts.append(_spaced(one.medicine, one.medicine_is))
    if one.number and not one.quantity:
        raise ValueError("a number was given: choose of what")
    if one.quantity:
        texts.append(_spaced(one.quantity, one.number))
    return [*texts, *(line.strip() for line in one.words.splitlines() if line.strip())]


def _sample(one: Chosen) -> str:
    if not one.marker:
        raise ValueError("choose the marker of the next sample")
    result = one.result
    if result == "level":
        if not one.level:
            raise ValueError("give the level of the next sample")
        if not one.scale:
            raise ValueError("choose the scale of the level: without it a level says nothing")
        result = f"{one.level}{one.scale}"
    return _spaced(one.marker, one.tissue, "next", result, f"in {one.days} days" if one.days else "")


def _spaced(*parts: str) -> str:
    return " ".join(filter(None, parts))
