"""Patients who are drawn for tests, and the marks of a chart with their rows, panel by panel."""

from __future__ import annotations

from typing import Any

import pytest

from registries import line, remission, sample
from tenfold.assessment import assess
from tenfold.figures import style
from tenfold.figures.timeline import timeline
from tenfold.records import Registry
from tenfold.settings import DEFAULTS

Row = dict[str, Any]
WIDTHS = (style.WIDE, style.NARROW)


class Layer:
    """One mark of a chart with its rows."""

    def __init__(self, panel: Any, made: Any, data: dict[str, list[Row]]) -> None:
        self.panel = panel
        self.mark: Row = {"type": made["mark"]} if isinstance(made["mark"], str) else made["mark"]
        self.encoding: Row = {**panel.get("encoding", {}), **made.get("encoding", {})}
        source = made.get("data") or panel.get("data")
        self.rows: list[Row] = data[source["name"]] if "name" in source else source["values"]

    @property
    def type(self) -> str:
        return str(self.mark["type"])


def panels(chart: Any) -> list[list[Layer]]:
    """The marks of each panel, from the top."""
    made = chart.to_dict(validate=False)
    data = made.get("datasets", {})
    found = []
    for panel in made.get("vconcat", [made]):
        panel.setdefault("data", made.get("data"))
        found.append([Layer(panel, one, data) for one in panel.get("layer", [panel])])
    return found


def layers(chart: Any) -> list[Layer]:
    return [one for panel in panels(chart) for one in panel]


def titles(panel: list[Layer]) -> set[Any]:
    return {one.encoding["y"].get("title") for one in panel if "y" in one.encoding}


def drawn(made: Registry, width: int = style.WIDE, **changed: Any) -> Any:
    return timeline(assess(made, DEFAULTS.changed(**changed) if changed else DEFAULTS), "p", width)


def level_panels(chart: Any) -> list[list[Layer]]:
    return [panel for panel in panels(chart) if any(title and title.startswith("MRD") for title in titles(panel))]


def of_diagnosis(day: int, level: float, **more: Any) -> Row:
    return sample(day, level, **{"scale": "percent_of_diagnosis", **more})


PLAIN = {"responses": [remission(0)], "treatments": [line(50, end_day=80)]}
EMPTY_DAYS = [
    {"patient_id": "p"},
]
IN_ORDER = {
    "patients": EMPTY_DAYS,
    "treatments": [{"start_day": None, "regimen": "aza-ven", "drugs": "azacitidine+venetoclax", "sequence": 2}],
    "responses": [{"response_day": None, "reported_response": "CR", "sequence": 1}],
    "mrd_samples": [
        sample(None, level, name=f"s{k}", sequence=k + 3) for k, level in enumerate([0.1, "neg", "det", 0.5])
    ],
}
CHARTS: dict[str, dict[str, Any]] = {
    "one sample": {"mrd_samples": [sample(5, 0.1)]},
    "one negative": {"mrd_samples": [sample(5, "neg")]},
    "two tissues": {**PLAIN, "mrd_samples": [sample(5, "neg"), sample(5, "neg", tissue="blood"), sample(60, 0.1)]},
    "forty samples": {
        **PLAIN,
        "mrd_samples": [sample(10 * k, [0.1, "neg", "det", 3.0][k % 4]) for k in range(40)],
    },
    "two scales": {**PLAIN, "mrd_samples": [sample(5, 0.1), of_diagnosis(20, 14.0, name="d")]},
    "in order only": IN_ORDER,
    "undated sample alone": {
        "patients": EMPTY_DAYS,
        "mrd_samples": [sample(None, "neg", name="a", sequence=1)],
    },
    "ended": {**PLAIN, "patients": [{"patient_id": "p", "diagnosis_day": -100, "death_day": 500}]},
    "everything": {
        **PLAIN,
        "mrd_samples": [sample(5, "neg"), sample(40, 0.05), sample(45, 0.2), sample(300, 250.0)],
        "transplants": [{"transplant_day": 100, "donor": "matched unrelated"}],
        "events": [{"event_day": 290, "kind": "relapse"}, {"event_day": 400, "kind": "death"}],
    },
}
EVERY_CHART = pytest.mark.parametrize("name", CHARTS)
BARE: Row = {"control_copies": None, "control_gene": None, "scale": None, "value": None}
