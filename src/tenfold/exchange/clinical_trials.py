"""Studies as ClinicalTrials.gov gives them for download: the study JSON of its version 2, one study or several.

Nothing is asked of the network: a file that somebody downloaded is read. Eligibility is free text there and stays so;
only the limits of age and sex are structured.

Traps: the status was verified in a *month*, and the first day of it is taken, the earliest that it can mean; "65 Years" as
a maximum means completed years, so that 65 and a half is within it; "N/A" is no limit. A study that cannot be used is set
aside with the reason, and the others are read.

Source: ClinicalTrials.gov, study data structure of its version 2 (modules of the protocol section).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

LARGEST = 256 * 1024 * 1024
"""Bytes of the largest file that is read."""
REGISTER = "ClinicalTrials.gov"
STATUSES = {
    "RECRUITING": "recruiting",
    "NOT_YET_RECRUITING": "not yet recruiting",
    "ENROLLING_BY_INVITATION": "enrolling by invitation",
    "ACTIVE_NOT_RECRUITING": "active, not recruiting",
    "SUSPENDED": "suspended",
    "COMPLETED": "completed",
    "TERMINATED": "terminated",
    "WITHDRAWN": "withdrawn",
    "UNKNOWN": "unknown",
}
PHASES = {"EARLY_PHASE1": "early 1", "NA": "not applicable"} | {f"PHASE{n}": str(n) for n in range(1, 5)}
PER_YEAR = {"year": 1.0, "month": 12.0, "week": 365.25 / 7, "day": 365.25, "hour": 8766.0, "minute": 525_960.0}
SEXES = {"FEMALE": "women", "MALE": "men"}


@dataclass(frozen=True)
class AgeLimit:
    """A limit of age as registered: `text` ("18 Years"), `number` and `unit` ("year", "month" ...)."""

    text: str
    number: int
    unit: str

    @property
    def years(self) -> float:
        """The age in years at which `number` units are completed."""
        return self.number / PER_YEAR[self.unit]

    @property
    def years_until(self) -> float:
        """The age in years below which no more than `number` units are completed."""
        return (self.number + 1) / PER_YEAR[self.unit]


@dataclass(frozen=True)
class Study:
    """One registered study. `status_date`: from when the status is, None where the file does not tell.

    `sex`: "women" or "men" where the study is limited to them. `notes`: what was odd or had to be left, in plain words.
    """

    id: str
    title: str
    official_title: str
    phase: str
    status: str
    status_date: date | None
    conditions: tuple[str, ...]
    interventions: tuple[str, ...]
    eligibility_text: str
    minimum_age: AgeLimit | None
    maximum_age: AgeLimit | None
    sex: str | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Studies:
    """What one file holds: its studies, and in plain words what of it was set aside or is missing."""

    file: str
    studies: tuple[Study, ...]
    set_aside: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def read_studies(path: Path | str) -> Studies:
    """Read a downloaded file. OSError if it cannot be opened; ValueError in plain words if it is no study JSON."""
    path = Path(path)
    if path.stat().st_size > LARGEST:
        raise ValueError(f"{path}: larger than {LARGEST // 1024**2} MB; download fewer studies at a time")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: not UTF-8 text (byte {error.start}); download the study as JSON again") from None
    return parse_studies(text, str(path))


def parse_studies(text: str, file: str) -> Studies:
    """Read the text of a file: one study, a list of studies, or a page {"studies": [...]}. ValueError as `read_studies`."""
    try:
        data = json.loads(text)
    except RecursionError:
        raise ValueError(f"{file}: nested too deeply to be a study; download it as JSON again") from None
    except json.JSONDecodeError as error:
        raise ValueError(
            f"{file}: not JSON at line {error.lineno}, column {error.colno} ({error.msg});"
            " download the study as JSON, not as text, CSV or XML"
        ) from None
    except ValueError as error:
        raise ValueError(f"{file}: a number in it cannot be read ({error}); download it again") from None
    found = _listed(data, file)
    studies: list[Study] = []
    set_aside: list[str] = []
    ids: set[str] = set()
    for position, item in enumerate(found, 1):
        where = f"{file}: study {position}" if len(found) > 1 else file
        try:
            study = _Reader(item).study()
        except ValueError as error:
            set_aside.append(f"{where}: {error}")
            continue
        if study.id in ids:
            set_aside.append(f"{where}: {study.id} stands in the file twice; the first is used")
            continue
        ids.add(study.id)
        studies.append(study)
    more = isinstance(data, dict) and data.get("nextPageToken")
    notes = (f"{file}: the search found more studies than this page holds; download the next page too",) if more else ()
    return Studies(file, tuple(studies), tuple(set_aside), notes)


def _listed(data: Any, file: str) -> list[Any]:
    """The studies of a file of any of the three shapes."""
    if isinstance(data, dict) and "protocolSection" in data:
        return [data]
    found = data.get("studies") if isinstance(data, dict) else data
    if isinstance(found, list):
        if not found:
            raise ValueError(f"{file}: holds no study; the search found none")
        return found
    if isinstance(data, dict) and any(key.endswith("Response") or key == "FullStudy" for key in data):
        raise ValueError(f"{file}: of the register's former version; download the study as JSON anew")
    raise ValueError(
        f'{file}: no study JSON: neither a "protocolSection" nor a list of "studies" in it;'
        " download the study from the register as JSON"
    )


class _Reader:
    """Reads one study, and collects notes on the way; ValueError where it cannot be used."""

    def __init__(self, item: Any) -> None:
        self._protocol = _typed(_typed(item, dict, "the study").get("protocolSection"), dict, "protocolSection")
        self._notes: list[str] = []

    def study(self) -> Study:
        named = self._module("identificationModule")
        number = _clean(named.get("nctId"))
        if not re.fullmatch(r"NCT[0-9]{8}", number):
            said = repr(number[:40]) if number else "missing"
            raise ValueError(f"nctId is {said}; a register's number is NCT and eight digits")
        eligibility = self._module("eligibilityModule")
        text = _clean(eligibility.get("eligibilityCriteria"))
        if not text:
            self._notes.append("the file holds no eligibility text")
        title = _clean(named.get("briefTitle")) or _clean(named.get("officialTitle"))
        status, day = self._status()
        sex = _clean(eligibility.get("sex")).upper()
        if sex and sex not in {*SEXES, "ALL"}:
            self._notes.append(f"sex is {sex!r}, which the register does not use; look it up")
        return Study(
            number,
            _line(title) or number,
            _line(_clean(named.get("officialTitle"))),
            self._phase(),
            status,
            day,
            self._names("conditionsModule", "conditions"),
            self._names("armsInterventionsModule", "interventions"),
            text,
            self._age(eligibility, "minimumAge"),
            self._age(eligibility, "maximumAge"),
            SEXES.get(sex),
            tuple(self._notes),
        )

    def _module(self, name: str) -> dict[str, Any]:
        found = self._protocol.get(name)
        return {} if found is None else _typed(found, dict, f"protocolSection.{name}")

    def _status(self) -> tuple[str, date | None]:
        module = self._module("statusModule")
        word = _clean(module.get("overallStatus"))
        if word and word not in STATUSES:
            self._notes.append(
                f"status {word!r} is none of those that the register uses for trials; it is kept as it stands"
            )
        status = STATUSES.get(word, word.replace("_", " ").lower() or "not stated")
        posted = module.get("lastUpdatePostDateStruct")
        days = (
            module.get("statusVerifiedDate"),
            module.get("lastUpdateSubmitDate"),
            posted.get("date") if isinstance(posted, dict) else None,
        )
        for text in map(_clean, days):
            day = _day(text)
            if day is not None:
                if len(text) == len("2024-05"):
                    self._notes.append(f"the status was verified in {text}; the first of that month is written")
                return status, day
            if text:
                self._notes.append(f"{text!r} is no date and is not used")
        self._notes.append("from when the status is, the file does not tell")
        return status, None

    def _phase(self) -> str:
        found = self._module("designModule").get("phases")
        words = [_clean(word) for word in _list(found, "designModule.phases")]
        return "/".join(PHASES.get(word, word.lower()) for word in words if word) or "not stated"

    def _names(self, module: str, key: str) -> tuple[str, ...]:
        found = _list(self._module(module).get(key), f"{module}.{key}")
        names = (_line(_clean(item.get("name") if isinstance(item, dict) else item)) for item in found)
        return tuple(name for name in names if name)

    def _age(self, module: dict[str, Any], key: str) -> AgeLimit | None:
        text = _clean(module.get(key))
        if not text or text.upper() == "N/A":
            return None
        number, _, unit = text.partition(" ")
        unit = unit.strip().lower().removesuffix("s")
        # More digits than an age can have would only be kept as a wrong number.
        if not (number.isascii() and number.isdigit() and len(number) <= 6) or unit not in PER_YEAR:
            self._notes.append(f"{key} {text[:40]!r} is no age such as 18 Years; write the limit by hand")
            return None
        return AgeLimit(text, int(number), unit)


def _typed(found: Any, kind: type, name: str) -> Any:
    if isinstance(found, kind):
        return found
    said = "missing" if found is None else f"a {type(found).__name__}"
    wanted = {"dict": "an object", "list": "a list"}[kind.__name__]
    raise ValueError(f"{name} is {said}, not {wanted}; download the study as JSON again")


def _list(found: Any, name: str) -> Iterable[Any]:
    return () if found is None else _typed(found, list, f"protocolSection.{name}")


def _clean(found: Any) -> str:
    """The text without characters that steer a terminal or cannot be written; nothing for what is no text."""
    if not isinstance(found, str):
        return ""
    text = found.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(character for character in text if character in "\n\t" or _is_plain(character))
    return kept.strip()


def _is_plain(character: str) -> bool:
    code = ord(character)
    steers = code < 0x20 or 0x7F <= code < 0xA0 or 0x202A <= code <= 0x202E or 0x2066 <= code <= 0x2069
    return not steers and not 0xD800 <= code <= 0xDFFF


def _line(text: str) -> str:
    return " ".join(text.split())


def _day(text: str) -> date | None:
    """A day from "2024-05-17" or, of a month, its first."""
    whole = f"{text}-01" if re.fullmatch(r"\d{4}-\d{2}", text) else text
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", whole):
        return None
    try:
        return date.fromisoformat(whole)
    except ValueError:
        return None
