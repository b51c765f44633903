"""What somebody asks of a cohort on the page, as a study file: the page shows what the file gives, and the file can be kept."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tenfold.cohort.describe import GENES
from tenfold.endpoints import EVERY_ENDPOINT
from tenfold.service.store.outcome import Refused
from tenfold.vocabulary import Ontogeny, Risk, Sex

USUAL = ("OS", "RFS")
MOST_ENDPOINTS = 6
YESNO = ("yes", "no")
AGE_CUTS = (60, 75)
BY: dict[str, str] = {
    "": "nothing: all patients in one curve",
    "ELN-2022": "ELN 2022 risk",
    "ELN-2017": "ELN 2017 risk",
    "ELN-2024": "ELN 2024 risk (less intensive treatment)",
    "VEN-PRS-OS": "VEN-PRS for survival",
    "VEN-PRS-EFS": "VEN-PRS for event-free survival",
    "mPRS": "mPRS",
    "Mayo-2025": "Mayo 2025",
    "sex": "sex",
    "ontogeny": "origin",
    "age_years": f"age, cut at {AGE_CUTS[0]} and {AGE_CUTS[1]} years",
    "treatments.regimen": "regimen at time zero",
    **{f"diagnosis.{gene}": f"{gene.replace('_', '-')} at diagnosis" for gene in GENES},
}
"""What curves may be split by, and how that is called."""
NAMES = (
    "sex", "age_from", "age_to", "ontogeny", "eln", "regimen", "marker", "gene", "mutated", "year_from", "year_to", "by",
)  # fmt: skip
PLAIN = " +-_/.()"
"""Signs, beside letters and digits, that a regimen or marker may have here: none of those that a subgroup is written with."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What is asked for: the fields of the form by name, empty where nothing is asked, and the endpoints."""

    values: Mapping[str, str]
    endpoints: tuple[str, ...]

    @property
    def population(self) -> str | None:
        """The patients who are asked for, as a study file says them."""
        given = self.values
        said = [
            given["sex"] and f"sex={given['sex']}",
            given["age_from"] and f"age_years>={given['age_from']}",
            given["age_to"] and f"age_years<={given['age_to']}",
            given["ontogeny"] and f"patients.ontogeny={given['ontogeny']}",
            given["eln"] and f"ELN-2022={given['eln']}",
            given["regimen"] and f"treatments.regimen={given['regimen']}",
            given["marker"] and f"mrd_samples.marker={given['marker']}",
            given["gene"] and f"diagnosis.{given['gene']}={given['mutated'] or 'yes'}",
            given["year_from"] and f"diagnosis_year>={given['year_from']}",
            given["year_to"] and f"diagnosis_year<={given['year_to']}",
        ]
        return ",".join(one for one in said if one) or None

    def study(self, title: str, about: Sequence[str] = ()) -> str:
        """The study file. `about`: lines that stand above it as remarks."""
        by = self.values["by"]
        lines = [*(f"# {' '.join(one.split())}" for one in about), f"title = {_quoted(title)}"]
        lines += [f"population = {_quoted(self.population)}"] if self.population else []
        lines += ["describe = true"]
        lines += [f"describe_by = {_quoted(by)}"] if by and by != "age_years" else []
        for name in self.endpoints:
            lines += ["", "[[endpoint]]", f"name = {_quoted(name)}"]
        if by:
            lines += ["", "[[groups]]", f"by = {_quoted(by)}"]
            lines += [f"cuts = [{', '.join(map(str, AGE_CUTS))}]"] if by == "age_years" else []
        return "\n".join(lines) + "\n"


def read_filters(given: Mapping[str, str], endpoints: Sequence[str]) -> Filters:
    """The filters of an address. Refused in words for what the form would not have sent."""
    values = {name: given.get(name, "").strip() for name in NAMES}
    choices: dict[str, Sequence[str]] = {
        "sex": list(Sex), "ontogeny": list(Ontogeny), "eln": list(Risk), "gene": GENES, "mutated": YESNO, "by": list(BY),
    }  # fmt: skip
    for name, allowed in choices.items():
        if values[name] and values[name] not in allowed:
            raise Refused(f"{name} cannot be {values[name][:40]}; there are {', '.join(filter(None, allowed))}")
    for name, most in (("age_from", 120), ("age_to", 120), ("year_from", 2200), ("year_to", 2200)):
        if values[name] and not (values[name].isascii() and values[name].isdigit() and int(values[name]) <= most):
            raise Refused(f"{name.replace('_', ' ')} must be a whole number up to {most}, not {values[name][:40]}")
    for name in ("regimen", "marker"):
        strange = [letter for letter in values[name] if not (letter.isalnum() or letter in PLAIN + ":")]
        if strange or len(values[name]) > 100:
            raise Refused(f"{name} {values[name][:40]} cannot be asked for here: ask by a study file")
    wanted = tuple(dict.fromkeys(endpoints)) or USUAL
    unknown = [name for name in wanted if name not in EVERY_ENDPOINT]
    if unknown or len(wanted) > MOST_ENDPOINTS:
        raise Refused(
            f"there is no endpoint {unknown[0][:40]}; there are {', '.join(EVERY_ENDPOINT)}"
            if unknown
            else f"ask for at most {MOST_ENDPOINTS} endpoints at once"
        )
    return Filters(values, wanted)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
