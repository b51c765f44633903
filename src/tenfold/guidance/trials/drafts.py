"""A study of the register drafted as an entry of a centre's own file of trials.

The limits of age come over as criteria; the eligibility text comes over as it stands, for a person to structure. Nothing is
read out of the text: a criterion that was guessed would decide like one that was read.
"""

from __future__ import annotations

import json
import math

from tenfold.exchange.clinical_trials import REGISTER, AgeLimit, Study

DECIMALS = 6
"""To which an age limit of months or days is written in years."""


def draft(study: Study) -> str:
    """Return a study of the register as an entry of a centre's file: ages structured, the rest to be written by hand."""
    read = f"{REGISTER}, {study.id}"
    rest = ["only the limits of age are structured; write the other criteria by hand from criteria_text"]
    rest += [f"limited to {study.sex}, which the picture does not carry"] if study.sex else []
    lines = ["[[trial]]", f"id = {_quoted(study.id)}", f"title = {_quoted(study.title)}"]
    lines += [f"official_title = {_quoted(study.official_title)}"] if study.official_title else []
    lines += [f"phase = {_quoted(study.phase)}", f"status = {_quoted(study.status)}"]
    lines += [f"status_date = {study.status_date}"] if study.status_date else []
    lines += [f"source = {_quoted(read)}"]
    lines += [
        f"{name} = [{', '.join(map(_quoted, getattr(study, name)))}]"
        for name in ("conditions", "interventions")
        if getattr(study, name)
    ]
    lines += ["complete = false", f"left_out = {_quoted('; '.join(rest))}", *(f"# {note}" for note in study.notes)]
    lines += ['criteria_text = """', *(_escaped(line) for line in study.eligibility_text.split("\n")), '"""']
    for limit, field in ((study.minimum_age, "minimumAge"), (study.maximum_age, "maximumAge")):
        if limit is not None:
            lines += ["[[trial.criterion]]", 'kind = "inclusion"', 'fact = "age_years"']
            relation, wording = _limit(limit, least=field == "minimumAge")
            lines += [relation, f"wording = {_quoted(wording)}", f"source = {_quoted(f'{read}, {field}')}"]
    return "\n".join(lines) + "\n"


def _limit(limit: AgeLimit, *, least: bool) -> tuple[str, str]:
    """The relation and the wording of a limit of age; no more than n units are completed until the next one is."""
    if least:
        return f"at_least = {_number(limit.years)}", f"{limit.text} or older"
    if limit.unit == "year":
        return f"at_most = {limit.number}", f"{limit.text} or younger"
    return f"below = {_number(limit.years_until)}", f"{limit.text} or younger"


def _number(value: float) -> str:
    return str(int(value)) if value == math.floor(value) else repr(round(value, DECIMALS))


def _quoted(text: str) -> str:
    """A text as TOML writes it on one line."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")


def _escaped(line: str) -> str:
    """A line of a long text. One that looks like the head of a trial is written so that nothing takes it for one."""
    return _quoted(line)[1:-1].replace("\\t", "\t").replace("[[trial", "\\u005B[trial")
