"""A release of Beat AML in miniature: the two files with invented specimens, for what the real one does not hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import xlsxwriter

from tenfold.exchange.beataml.reader import known_fields

WORKBOOK, MUTATIONS = "beataml_invented_clinical.xlsx", "beataml_invented_mutations.txt"
AML = "ACUTE MYELOID LEUKAEMIA (AML) AND RELATED PRECURSOR NEOPLASMS"
PLAIN: Mapping[str, object] = {
    "dbgap_subject_id": 1.0,
    "dbgap_dnaseq_sample": "BA1D",
    "consensus_sex": "Female",
    "ageAtDiagnosis": 61.0,
    "isDenovo": "TRUE",
    "isTransformed": "FALSE",
    "dxAtSpecimenAcquisition": AML,
    "timeOfSampleCollectionRelativeToInclusion": 0.0,
    "diseaseStageAtSpecimenCollection": "Initial Diagnosis",
    "exomeSeq": "y",
    "cumulativeTreatmentTypes": "Standard Chemotherapy",
    "cumulativeTreatmentRegimens": "7+3 (Cytarabine, Idarubicin)",
    "cumulativeTreatmentStages": "Induction",
    "responseToInductionTx": "Complete Response",
    "typeInductionTx": "Standard Chemotherapy",
    "vitalStatus": "Dead",
    "overallSurvival": 365.0,
    "causeOfDeath": "Dead-Disease",
    "karyotype": "46,XX[20]",
    "FLT3-ITD": "negative",
    "NPM1": "negative",
}
"""A specimen of the diagnosis, treated, followed to the death."""
DNMT3A = {
    "dbgap_sample_id": "BA1D",
    "t_vaf": "0.4",
    "variant_classification": "missense_variant",
    "hgvsp_short": "p.R882H",
    "symbol": "DNMT3A",
    "hgvsc": "c.2645G>A",
}


def specimen(**cells: object) -> dict[str, object]:
    """The plain specimen with some cells changed."""
    return {**PLAIN, **cells}


def write_release(
    folder: Path, specimens: Sequence[Mapping[str, object]], mutations: Sequence[Mapping[str, str]] = (DNMT3A,)
) -> Path:
    """The folder of a release with these specimens and mutations."""
    folder.mkdir(exist_ok=True)
    columns = list(known_fields()["summary"])
    with xlsxwriter.Workbook(str(folder / WORKBOOK)) as book:
        sheet = book.add_worksheet("summary")
        sheet.write_row(0, 0, columns)
        for line, one in enumerate(specimens, start=1):
            for at, name in enumerate(columns):
                if one.get(name) is not None:
                    sheet.write(line, at, one[name])
    header = list(known_fields()["mutations"])
    rows = ["\t".join(header), *("\t".join(one.get(name, "") for name in header) for one in mutations)]
    (folder / MUTATIONS).write_text("\n".join(rows) + "\n", "utf-8")
    return folder
