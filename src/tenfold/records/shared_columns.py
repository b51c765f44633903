"""Columns that many tables have."""

from tenfold.records.shape import Column, Kind

PATIENT = Column("patient_id", Kind.TEXT, "the patient, by the centre's own pseudonym", required=True)
SAMPLED = Column("sample_date", Kind.DATE, "day the sample was taken")
REPORTED = Column("reported_date", Kind.DATE, "day the result was known, where it is not the day of the fact")
SEQUENCE = Column(
    "sequence",
    Kind.COUNT,
    "place of the fact among all the facts of the patient, where days are not known",
    low=0,
)
