"""The measurements of a CDM: blood counts, chemistry, performance status, residual disease, genes and fusions."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tenfold.exchange.converted import Fate
from tenfold.exchange.mapping.units import says_another
from tenfold.exchange.omop.concepts import Concept
from tenfold.exchange.omop.harvest import NO_CONCEPT, Gathered, Lookup, day_of
from tenfold.exchange.omop.sources import LINE
from tenfold.exchange.omop.standard_rows import PREFIX
from tenfold.records.shape import Kind
from tenfold.records.tables import TABLES
from tenfold.vocabulary import Scale, Tissue

Row = dict[str, Any]
SOURCE = "measurement"
OWN_TABLES = ("variants", "fusions", "karyotypes")


@dataclass
class Measurements:
    """Reads rows of MEASUREMENT into the records. `tissues`: the tissue of the specimens of a person and day, where one."""

    gathered: Gathered
    lookup: Lookup
    file: str
    tissues: dict[tuple[str, str], str]

    def read(self, rows: list[Row]) -> None:
        """Read the rows. Several numbers of one person, day and table become one row of the records."""
        together: dict[tuple[str, str, str | None, int], tuple[int, Row]] = {}
        met: Counter[tuple[str, str | None, str]] = Counter()
        for row in rows:
            cells = self._cells(row)
            if cells is None:
                continue
            table, filled = cells
            whose, on = row["person_id"], day_of(row.get("measurement_date"))
            dated = {"patient_id": whose, TABLES[table].dated_by or "": on}
            if table in ("mrd_samples", *OWN_TABLES):
                self.gathered.row(table, self.file, row[LINE], {**dated, **filled})
                continue
            for name, value in filled.items():
                # Two haemoglobins of one day are two blood counts: neither is dropped, and nothing is averaged.
                nth = met[(whose, on, f"{table}.{name}")]
                met[(whose, on, f"{table}.{name}")] += 1
                together.setdefault((table, whose, on, nth), (row[LINE], dict(dated)))[1][name] = value
        for (table, *_), (line, filled) in together.items():
            self.gathered.row(table, self.file, line, filled)

    def _cells(self, row: Row) -> tuple[str, Row] | None:
        """The table and the cells that a measurement fills; None where it is left, and said to be."""
        concept, source = row.get("measurement_concept_id"), row.get("measurement_source_value")
        label = self.lookup.label(concept, source, "measurement")
        if (source or "").startswith(PREFIX):
            return self._own(row, str(source).removeprefix(PREFIX), label)
        found, fate, note = self.lookup.find("measurement", concept, source)
        if found is None:
            self.gathered.tell(SOURCE, label, fate, note=note)
            return None
        if found.table == "mrd_samples" and self._is_test_of_a_gene(row, found):
            self._gene(row, found, label, fate, note)
            return None
        if found.table == "mrd_samples":
            self.gathered.tell(SOURCE, label, fate, found.into, note)
            return "mrd_samples", self._mrd(row, found)
        return self._number(row, found, label, fate, note)

    def _own(self, row: Row, said: str, label: str) -> tuple[str, Row] | None:
        """A measurement in our own source vocabulary whose note is gone."""
        into, _, marker = said.partition(":")
        table, _, column = into.partition(".")
        if table == "mrd_samples" and marker and column in ("", *Tissue):
            self.gathered.tell(SOURCE, label, Fate.MAPPED, "mrd_samples")
            told = {"marker": marker, "tissue": column} if column else {"marker": marker}
            return table, self._mrd(row, Concept(0, constant=told))
        if table in OWN_TABLES:
            found = self._laboratory(row, table, marker)
            note = "" if found else "it may have been cut, or does not say that anything was found"
            self.gathered.tell(SOURCE, label, Fate.MAPPED if found else Fate.LEFT, table if found else "", note)
            return (table, found) if found else None
        numbers = (Kind.NUMBER, Kind.COUNT)
        if not marker and table in TABLES and column in TABLES[table] and TABLES[table][column].kind in numbers:
            units = next((one.units for one in self.lookup.map.of("measurement").values() if one.into == into), "")
            return self._number(row, Concept(0, into=into, units=units), label, Fate.MAPPED, "")
        self.gathered.tell(SOURCE, label, Fate.LEFT, note="without its note it stands for no row of the records")
        return None

    def _laboratory(self, row: Row, table: str, marker: str) -> Row | None:
        word = self.lookup.map.word_of("value", row.get("value_as_concept_id"))
        if table == "karyotypes":
            said = row.get("value_source_value")
            # A text as long as the column may have been cut, and half a karyotype is not a karyotype.
            return {"iscn": said} if said is not None and len(said) < 50 else None
        if table == "fusions":
            return {"fusion": marker, "result": {"positive": "yes", "negative": "no"}.get(word or "")}
        return {"gene": marker, "vaf": row.get("value_as_number")} if word == "positive" else None

    def _number(self, row: Row, found: Concept, label: str, fate: Fate, note: str) -> tuple[str, Row] | None:
        number = row.get("value_as_number")
        if number is None:
            self.gathered.tell(SOURCE, label, Fate.LEFT, note="without a number")
            return None
        sign = self.lookup.map.word_of("operator", row.get("operator_concept_id"))
        if row.get("operator_concept_id") not in NO_CONCEPT and sign != "=":
            self.gathered.tell(
                SOURCE, label, Fate.LEFT, note="less or more than a number, which the column cannot hold"
            )
            return None
        own_unit = TABLES[found.table][found.column].unit
        factor = self._factor(row, found, own_unit)
        words = (row.get("unit_source_value") or "").strip()
        if factor is not None and own_unit is not None and says_another(found.column, words, Decimal(str(factor))):
            by_code = f"concept {row.get('unit_concept_id')}"
            self.gathered.tell(
                SOURCE, label, Fate.LEFT, note=f'its unit is "{words}" in words, and another by its {by_code}'
            )
            return None
        if factor is None:
            stated = row.get("unit_source_value") or row.get("unit_concept_id")
            said = f"its unit {stated} is not known for {own_unit}" if stated not in NO_CONCEPT else "without a unit"
            self.gathered.tell(SOURCE, label, Fate.LEFT, note=said)
            return None
        self.gathered.tell(SOURCE, label, fate, found.into, note)
        return found.table, {found.column: number if factor == 1 else _times(number, factor)}

    def _factor(self, row: Row, found: Concept, own_unit: str | None) -> float | None:
        """What a number is to be multiplied by; None where its unit is not stated, or not one that is known."""
        if own_unit is None:
            return 1.0 if row.get("unit_concept_id") in NO_CONCEPT and row.get("unit_source_value") is None else None
        if (row.get("measurement_source_value") or "").startswith(PREFIX) and row.get("unit_source_value") == own_unit:
            return 1.0
        unit = self.lookup.map.unit(found.units, row.get("unit_concept_id"), row.get("unit_source_value"))
        return None if unit is None else unit.factor

    def _mrd(self, row: Row, found: Concept) -> Row:
        """A measurement of residual disease. A number whose scale is not stated is a fault of admission, not a guess."""
        on, number = day_of(row.get("measurement_date")), row.get("value_as_number")
        unit = (row.get("unit_source_value") or "").strip()
        scale = unit if unit in set(Scale) else self.lookup.map.scales.get(unit.casefold()) or found.scale or None
        word = self.lookup.map.word_of("value", row.get("value_as_concept_id"))
        said = row.get("value_source_value")
        detected = {"positive": "yes", "negative": "no"}.get(word or "")
        if (row.get("measurement_source_value") or "").startswith(PREFIX) and said == "below_quantification":
            detected = said
        tissue = found.constant.get("tissue") or self.tissues.get((row["person_id"], on or ""))
        return {
            "sample_id": f"measurement {row.get('measurement_id') or row[LINE]}",
            "value": number,
            "scale": scale if number is not None else None,
            "qualifier": self._sign(row) if number is not None else None,
            "detected": detected,
            **found.constant,
            "tissue": tissue if tissue in set(Tissue) else None,
        }

    def _is_test_of_a_gene(self, row: Row, found: Concept) -> bool:
        """Whether a result is a yes or no on no scale: a test for a mutation, which need not be one of residual disease."""
        unit = (row.get("unit_source_value") or "").strip()
        scaled = unit in set(Scale) or unit.casefold() in self.lookup.map.scales or bool(found.scale)
        return row.get("value_as_number") is None and not scaled and found.state != "site"

    def _gene(self, row: Row, found: Concept, label: str, fate: Fate, note: str) -> None:
        """A gene that was tested, and a variant of it where the test was positive."""
        word = self.lookup.map.word_of("value", row.get("value_as_concept_id"))
        gene, on = found.constant.get("marker"), day_of(row.get("measurement_date"))
        if gene is None or word not in ("positive", "negative"):
            why = "without a number, and its value is neither positive nor negative in the concept map"
            self.gathered.tell(SOURCE, label, Fate.LEFT, note=why)
            return
        into = "genes_tested and variants" if word == "positive" else "genes_tested"
        said = "; ".join(filter(None, ("a yes or no on no scale is a test for the mutation", note)))
        self.gathered.tell(SOURCE, f"{label}, {word}", fate, into, said)
        cells = {"patient_id": row["person_id"], "sample_date": on, "gene": gene}
        self.gathered.row("genes_tested", self.file, row[LINE], cells)
        if word == "positive":
            self.gathered.row("variants", self.file, row[LINE], cells)

    def _sign(self, row: Row) -> str | None:
        concept = row.get("operator_concept_id")
        if concept in NO_CONCEPT:
            return None
        # A sign that the map does not have must not be lost: admission sets the row aside and says why.
        return self.lookup.map.word_of("operator", concept) or f"concept {concept}"


def _times(number: str, factor: float) -> str:
    """A number in another unit; as it is where it is no number, which admission then says."""
    try:
        return f"{float(number) * factor:.12g}"
    except ValueError:
        return number
