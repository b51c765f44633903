"""Files that are no FHIR, damaged or made to do harm: refused in plain words, and the rest is read."""

from __future__ import annotations

import json
import tempfile
from copy import deepcopy
from pathlib import Path

import pytest
from fhir_files import amount, component, concept, diagnosis, gene, medicine, observation, patient, variant, written
from hypothesis import given
from hypothesis import strategies as st

from tenfold.exchange.fhir import read_records, recognises
from tenfold.exchange.published import published

SPECIMEN = {"resourceType": "Specimen", "id": "s", "type": concept("http://snomed.info/sct", "119297000")}
SOUND = [
    *[one for one in written(published()) if one["resourceType"] != "Basic"][::9],
    *[one | {"extension": one["extension"][:20]} for one in written(published()) if one["resourceType"] == "Basic"],
    patient(),
    diagnosis(onsetDateTime="2024-01-02"),
    observation("26464-8", contained=[SPECIMEN], specimen={"reference": "#s"}, **amount(4, "10*9/L")),
    variant(gene("NPM1"), component("81258-6", **amount(0.4, "1"))),
    medicine("MedicationAdministration", "venetoclax", effectivePeriod={"start": "2024-05-03"}),
]
WHOLLY_REFUSED = ("on the axis", "keep the two apart", "read each by itself")
junk = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=5),
    st.just([]),
    st.just({}),
    st.just([[]]),
    st.just([None, {"url": 3, "extension": "x", "coding": [{"code": {}}]}]),
    st.just({"coding": {"code": 1}, "reference": 5, "value": "many", "text": []}),
)


def places(value, path=()):
    """The path of every node of a resource."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from places(inner, (*path, key))


@st.composite
def damaged(draw):
    """A sound resource with something else in one or two places of it."""
    resource = deepcopy(draw(st.sampled_from(SOUND)))
    for _ in range(draw(st.integers(1, 2))):
        path = draw(st.sampled_from([path for path in places(resource) if path and path != ("resourceType",)]))
        inner = resource
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = deepcopy(draw(junk))
    return resource


@given(st.lists(damaged(), min_size=1, max_size=3))
def test_no_damage_to_a_resource_stops_the_reading_of_the_others(resources):
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "resources.ndjson"
        file.write_text(
            "\n".join(json.dumps(one) for one in [{"resourceType": "Patient", "id": "sound"}, *resources]), "utf-8"
        )
        assert recognises(file)
        try:
            found = read_records(file)
        except ValueError as refusal:
            assert any(words in str(refusal) for words in WHOLLY_REFUSED)  # noqa: PT017
            return
        assert "sound" in found.registry.patient_ids()["patient_id"].to_list()


@given(st.binary(max_size=60))
def test_recognising_never_raises(data):
    with tempfile.TemporaryDirectory() as folder:
        for name in ("a.json", "a.ndjson"):
            (Path(folder) / name).write_bytes(data)
            assert recognises(Path(folder) / name) is (b'"resourceType"' in data and data.strip()[:1] == b"{")


@pytest.mark.parametrize(
    "text",
    [
        '{"id": "phenopacket", "subject": {}}',
        '[{"resourceType": "Patient"}]',
        "patient_id,sex\n",
        '{"hookInstance": 1, "resourceType": 2}',
    ],
)
def test_what_is_not_fhir_is_not_claimed(tmp_path, text):
    (tmp_path / "a.json").write_text(text)
    assert not recognises(tmp_path / "a.json")
    assert not recognises(tmp_path)
    assert not recognises(tmp_path / "is-not-there.json")


def test_a_damaged_line_is_a_fault_with_its_line_and_the_others_are_read(tmp_path):
    file = tmp_path / "Patient.ndjson"
    file.write_text(
        '{"resourceType": "Patient", "id": "a"}\n{"resourceType": \n\n{"resourceType": "Patient", "id": "b"}\n'
    )
    found = read_records(file)
    assert found.registry.patient_ids()["patient_id"].to_list() == ["a", "b"]
    fault = found.registry.check().row(0, named=True)
    assert (fault["file"], fault["line"]) == ("Patient.ndjson", 2)
    assert "not JSON" in fault["rule"]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ('{"resourceType": "Patient", "id": "a", "x": ' + "[" * 100_000, "too deeply nested"),
        ('{"resourceType": "Patient", "multipleBirthInteger": ' + "9" * 5000 + "}", "not JSON"),
        ('{"resourceType": "Observation", "valueQuantity": {"value": NaN}}', "NaN is not a number"),
        ('{"resourceType": "Bundle", "type": "history", "entry": []}', "old versions"),
        ('{"resourceType": "Bundle", "type": "collection"}', "no FHIR resource"),
        ('{"resourceType": 5}', "resourceType is missing"),
        ('<Patient xmlns="http://hl7.org/fhir"/>', "export JSON"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(tmp_path, text, word):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(ValueError, match=word):
        read_records(tmp_path / "a.json")


def test_bundles_in_bundles_without_end_are_refused(tmp_path):
    inner: dict = {"resourceType": "Patient", "id": "a"}
    for _ in range(5):
        inner = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": inner}]}
    (tmp_path / "a.json").write_text(json.dumps(inner))
    with pytest.raises(ValueError, match="Bundles stand in Bundles"):
        read_records(tmp_path / "a.json")


def test_a_path_that_is_not_there_is_said(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_records(tmp_path / "nothing.json")
