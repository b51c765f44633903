"""RDML of every version, real and hand-written, and files made to do harm."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from run_files import RUNS, written

from tenfold.exchange.instruments import rdml_document, read_run
from tenfold.exchange.instruments.plausible import HIGHEST_CYCLE
from tenfold.exchange.run import RunNotUnderstood


def document(reacts: str, samples: str, version: str = "1.3", runs: int = 1, layout: str = "8 12 ABC 123") -> str:
    """A small RDML file, each of its runs with the same reactions."""
    rows, columns, row_label, column_label = layout.split()
    run = "".join(
        f'<run id="Run {i}"><instrument>Cycler</instrument><dataCollectionSoftware><name>Soft</name><version>2</version>'
        f"</dataCollectionSoftware><pcrFormat><rows>{rows}</rows><columns>{columns}</columns><rowLabel>{row_label}"
        f"</rowLabel><columnLabel>{column_label}</columnLabel></pcrFormat><runDate>2026-03-02T10:00:00</runDate>"
        f"{reacts}</run>"
        for i in range(1, runs + 1)
    )
    return (
        f'<?xml version="1.0"?><rdml xmlns="http://www.rdml.org" version="{version}">{samples}'
        f'<target id="NPM1"><type>toi</type></target><experiment id="MRD">{run}</experiment></rdml>'
    )


def zipped(xml: str, member: str = "rdml_data.xml") -> bytes:
    """The XML as the member of an archive."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member, xml)
    return memory.getvalue()


def react(number: str, sample: str, inner: str, target: str = "NPM1") -> str:
    return f'<react id="{number}"><sample id="{sample}"/><data><tar id="{target}"/>{inner}</data></react>'


PATIENT = '<sample id="P1"><type>unkn</type></sample>'


def test_the_standards_of_a_stepone_give_the_efficiency_that_the_instrument_printed() -> None:
    run = read_run(RUNS / "stepone_std.rdml")
    assert (run.format, run.wells.height, run.curves.height) == ("RDML 1.0", 24, 960)
    standards = run.wells.filter(pl.col("role") == "standard")
    slope, _ = np.polyfit(np.log10(standards["copies"]), standards["ct"], 1)
    assert 100 * (10 ** (-1 / slope) - 1) == pytest.approx(93.91181, abs=5e-3)  # as printed in the file
    assert any("names no unit" in note for note in run.notes)
    assert run.wells.filter(pl.col("role") == "no template").height == 3


@pytest.mark.parametrize(
    ("file", "run", "version", "wells", "standards"),
    [
        ("BioRad_qPCR_melt.rdml", "Amp Step 3_FAM", "1.1", 30, 0),
        ("test_mca_1_raw_data.rdml", None, "1.3", 50, 0),
        ("shifted_baseline.rdml", None, "1.4", 144, 144),
        ("experiment_OC_3.rdml", None, "1.4", 42, 0),
    ],
)
def test_real_files_are_read_whole(file: str, run: str | None, version: str, wells: int, standards: int) -> None:
    found = read_run(RUNS / file, run)
    assert found.format == f"RDML {version}"
    assert found.wells.height == wells
    assert found.wells["copies"].drop_nulls().len() == standards
    assert found.wells["well"].is_not_null().all()


def test_a_cq_of_minus_one_is_undetermined_and_no_cq_is_missing() -> None:
    wells = read_run(RUNS / "experiment_OC_3.rdml").wells
    assert dict(wells["ct_status"].value_counts().iter_rows()) == {"undetermined": 33, "measured": 9}
    assert wells.filter(pl.col("ct_status") == "undetermined")["ct"].null_count() == 33
    missing = read_run(RUNS / "test_mca_1_raw_data.rdml").wells
    assert missing["ct_status"].unique().to_list() == ["missing"]


def test_a_file_of_several_runs_is_refused_with_their_names_until_one_is_named() -> None:
    with pytest.raises(RunNotUnderstood, match="holds 2 runs; name one of them: 'All Wells / Amp Step 3_FAM'"):
        read_run(RUNS / "BioRad_qPCR_melt.rdml")
    assert read_run(RUNS / "BioRad_qPCR_melt.rdml", "All Wells / Amp Step 3_Cy5").name == "All Wells / Amp Step 3_Cy5"
    with pytest.raises(RunNotUnderstood, match="no run is called 'Monday'"):
        read_run(RUNS / "BioRad_qPCR_melt.rdml", "Monday")


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2", "1.3", "1.4"])
@pytest.mark.parametrize("member", ["rdml_data.xml", "Run of Monday.xml"])
def test_every_version_is_read_plain_and_from_an_archive(tmp_path: Path, version: str, member: str) -> None:
    xml = document(react("13", "P1", "<cq>27.5</cq>"), PATIENT, version)
    plain = read_run(written(tmp_path, xml, "plain.rdml"))
    (tmp_path / "packed.rdml").write_bytes(zipped(xml, member))
    packed = read_run(tmp_path / "packed.rdml")
    assert plain.wells.rows() == packed.wells.rows()
    assert plain.wells.select("well", "sample", "role", "ct").rows() == [("B1", "P1", "patient", 27.5)]
    assert (plain.instrument, plain.software, str(plain.started)) == ("Cycler", "Soft 2", "2026-03-02 10:00:00")


@pytest.mark.parametrize(
    ("kind", "role", "remark"),
    [
        ("unkn", "patient", None),
        ("std", "standard", "no quantity"),
        ("ntc", "no template", None),
        ("nac", "no template", "no amplification control"),
        ("nrt", "no template", "no reverse transcription control"),
        ("ntp", "no template", "no target present control"),
        ("pos", "control", "positive control"),
        ("opt", "control", "optical calibrator"),
        ("mystery", None, "the type 'mystery' is not one of RDML"),
    ],
)
def test_every_control_that_must_stay_empty_is_a_well_without_template_and_says_what_it_is(
    tmp_path: Path, kind: str, role: str | None, remark: str | None
) -> None:
    quantity = "<quantity><value>0</value><unit>cop</unit></quantity>" if kind == "std" else ""
    samples = f'<sample id="S"><type>{kind}</type>{quantity}</sample>'
    (well,) = read_run(written(tmp_path, document(react("1", "S", "<cq>20</cq>"), samples))).wells.to_dicts()
    assert (well["role"], well["remark"]) == (role, remark)


def test_types_and_quantities_belong_to_their_target(tmp_path: Path) -> None:
    samples = (
        '<sample id="S"><type targetId="NPM1">std</type><type targetId="ABL1">pos</type>'
        '<quantity targetId="NPM1"><value>1000</value><unit>cop</unit></quantity></sample>'
    )
    reacts = react("1", "S", "<cq>20</cq>") + react("2", "S", "<cq>21</cq>", "ABL1")
    wells = read_run(written(tmp_path, document(reacts, samples, "1.4"))).wells
    assert wells.select("role", "copies").rows() == [("standard", 1000.0), ("control", None)]


def test_a_quantity_that_is_not_copies_gives_no_copies(tmp_path: Path) -> None:
    samples = '<sample id="S"><type>std</type><quantity><value>5</value><unit>ng</unit></quantity></sample>'
    (well,) = read_run(written(tmp_path, document(react("1", "S", "<cq>20</cq>"), samples))).wells.to_dicts()
    assert (well["copies"], well["remark"]) == (None, "the quantity 5 ng is not a number of copies")


def test_an_excluded_well_is_left_out_with_its_reason_and_kept(tmp_path: Path) -> None:
    xml = document(react("1", "P1", "<cq>20</cq><excl>bubble in the well</excl>"), PATIENT)
    (well,) = read_run(written(tmp_path, xml)).wells.to_dicts()
    assert (well["left_out"], well["ct"], well["remark"]) == (True, 20.0, "left out: bubble in the well")


def test_partitions_are_counted_as_positive_and_accepted(tmp_path: Path) -> None:
    counts = "<pos>120</pos><neg>19880</neg><undef>3</undef><excl>7</excl><conc>7.1</conc>"
    reacts = (
        '<react id="1"><sample id="P1"/><partitions><volume>0.85</volume><endPtTable>A1.tsv</endPtTable>'
        f'<data><tar id="NPM1"/>{counts}</data></partitions></react>'
    )
    run = read_run(written(tmp_path, document(reacts, PATIENT)))
    assert run.wells.is_empty()
    (row,) = run.partitions.to_dicts()
    assert (row["positive"], row["total"], row["partition_nl"], row["role"]) == (120, 20000, 0.85, "patient")


def test_a_sample_with_a_random_identifier_is_called_by_its_description(tmp_path: Path) -> None:
    identifier = "9c93d5da-1797-44c1-b46c-05d501af4e22"
    samples = f'<sample id="{identifier}"><description>P-0417</description><type>unkn</type></sample>'
    run = read_run(written(tmp_path, document(react("1", identifier, "<cq>20</cq>"), samples)))
    assert run.wells["sample"].to_list() == ["P-0417"]


def test_wells_of_a_rotor_stay_numbers_and_those_of_384_are_counted_along_24_columns(tmp_path: Path) -> None:
    reacts = react("25", "P1", "<cq>20</cq>")
    rotor = read_run(written(tmp_path, document(reacts, PATIENT, layout="72 1 123 123"), "rotor.rdml"))
    plate = read_run(written(tmp_path, document(reacts, PATIENT, layout="16 24 ABC 123"), "plate.rdml"))
    assert (rotor.wells["well"].item(), plate.wells["well"].item()) == ("25", "B1")


@given(
    cq=st.one_of(st.floats(allow_nan=True, allow_infinity=True).map(str), st.text("0123456789.,eE-+nai ", max_size=8))
)
def test_a_cq_is_a_cycle_that_a_programme_runs_to_or_null_whatever_is_written(
    tmp_path_factory: pytest.TempPathFactory, cq: str
) -> None:
    folder = tmp_path_factory.getbasetemp()
    (well,) = read_run(
        written(folder, document(react("1", "P1", f"<cq>{cq}</cq>"), PATIENT), "cq.rdml")
    ).wells.to_dicts()
    if well["ct_status"] == "measured":
        assert well["ct"] == float(cq)
        assert 0 < well["ct"] <= HIGHEST_CYCLE
    else:
        assert well["ct"] is None


ATTACKS = {
    "billion laughs": '<!DOCTYPE rdml [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>',
    "a file of the machine": '<!DOCTYPE rdml [<!ENTITY c SYSTEM "file:///etc/passwd">]>',
    "a page of the network": '<!DOCTYPE rdml [<!ENTITY c SYSTEM "http://127.0.0.1:9/c">]>',
    "an outside document type": '<!DOCTYPE rdml SYSTEM "http://127.0.0.1:9/rdml.dtd">',
    "an outside parameter": '<!DOCTYPE rdml [<!ENTITY % c SYSTEM "http://127.0.0.1:9/c"> %c;]>',
}


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("packed", [False, True])
def test_an_attack_through_the_document_type_is_refused(tmp_path: Path, attack: str, packed: bool) -> None:
    content = "" if "outside" in attack else "&c;"
    xml = f'<?xml version="1.0"?>{ATTACKS[attack]}<rdml version="1.2"><sample id="{content}"/></rdml>'
    path = tmp_path / "attack.rdml"
    path.write_bytes(zipped(xml) if packed else xml.encode())
    with pytest.raises(RunNotUnderstood, match="declares a document type or entities"):
        read_run(path)


def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rdml_document, "LARGEST_XML", 1024 * 1024)
    bomb = zipped("<rdml>" + " " * 3_000_000 + "</rdml>")
    path = tmp_path / "bomb.rdml"
    path.write_bytes(bomb)
    assert len(bomb) < 10_000
    with pytest.raises(RunNotUnderstood, match="unpacks to more than 1 MB"):
        read_run(path)


def test_an_archive_that_lies_about_its_size_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rdml_document, "LARGEST_XML", 1024 * 1024)
    bomb = zipped("<rdml>" + " " * 3_000_000 + "</rdml>")
    size = (3_000_013).to_bytes(4, "little")
    assert bomb.count(size) == 2
    path = tmp_path / "liar.rdml"
    path.write_bytes(bomb.replace(size, (100).to_bytes(4, "little")))
    with pytest.raises(RunNotUnderstood, match=r"unpacks to more than|damaged"):
        read_run(path)


@pytest.mark.parametrize("file", ["stepone_std.rdml", "shifted_baseline.rdml"])
@pytest.mark.parametrize("kept", [0.2, 0.5, 0.9, 0.999])
def test_a_file_cut_off_is_refused_and_never_read_in_part(tmp_path: Path, file: str, kept: float) -> None:
    data = (RUNS / file).read_bytes()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        xml = archive.read("rdml_data.xml")
    for name, whole in (("packed.rdml", data), ("plain.rdml", xml)):
        path = tmp_path / name
        path.write_bytes(whole[: int(len(whole) * kept)])
        with pytest.raises(RunNotUnderstood, match="damaged or cut off"):
            read_run(path)


def test_other_xml_and_rdml_without_runs_say_what_was_found(tmp_path: Path) -> None:
    with pytest.raises(RunNotUnderstood, match="expected RDML, found XML whose root is <plate>"):
        read_run(written(tmp_path, "<plate><well/></plate>", "plate.xml"))
    with pytest.raises(RunNotUnderstood, match="found an RDML file without any"):
        read_run(written(tmp_path, '<rdml version="1.2"/>', "none.rdml"))
    with pytest.raises(RunNotUnderstood, match="has no reactions with data"):
        read_run(written(tmp_path, document("", PATIENT), "empty.rdml"))
