"""What the molecular state says: each reason with its citation, and each question that can stay open."""

from tenfold.mrd.molecular_memory import Open, Reason

ELN2021 = "Heuser et al., Blood 2021;138:2753-2767"
THOL = "Thol, Döhner, Ganser, Blood 2024;143:11-20, Table 1"
ELN2018 = "Schuurhuis et al., Blood 2018;131:1275-1291 (not verified here)"
FILO = "FILO venetoclax-azacitidine series, 2025"
TIONG = "Tiong et al., Br J Haematol 2021;192:1026-1030"
READING = "Tenfold's reading; the papers are silent"

REASONS: dict[int, tuple[str, str]] = {
    Reason.AT_DIAGNOSIS: ("taken at or before diagnosis", ELN2021),
    Reason.NOT_IN_REMISSION: ("not in CR, CRh or CRi: haematological response decides, not MRD", ELN2021),
    Reason.NEW_REMISSION: (
        "a remission is documented and taken to last until a relapse is; samples are compared within it",
        READING,
    ),
    Reason.STILL_IN_REMISSION: ("still in the same remission", READING),
    Reason.INADEQUATE: ("sample not adequate to call negative: skipped, repeat it", ELN2021),
    Reason.NEGATIVE: ("below the assay's threshold in an adequate sample", ELN2021),
    Reason.NOT_CONFIRMED: ("the second sample does not confirm the suspected relapse", THOL),
    Reason.FIRST_POSITIVE: ("detectable; no earlier level of this remission to compare with", ELN2021),
    Reason.NO_TENFOLD_RISE: (
        "detectable; less than a tenfold (1 log10) rise over the lowest level",
        THOL,
    ),
    Reason.CONVERSION: ("conversion from MRD negativity to positivity", THOL),
    Reason.TENFOLD_RISE_FROM_LOW_LEVEL: ("rise of at least 1 log10 over a low level", THOL),
    Reason.TENFOLD_RISE_FROM_HIGHER_LEVEL: (
        "rise of at least 1 log10 without earlier negativity or low level (molecular progression, not an ELN 2021 relapse)",
        f"{ELN2018}; Tiong 2021",
    ),
    Reason.CONFIRMED: ("confirmed by a second sample of the same tissue; dated at the first", FILO),
    Reason.CONFIRMED_LATE: (
        "confirmed by a second sample, later than expected; dated at the first",
        FILO,
    ),
    Reason.CONFIRMATION_WAIVED: ("level high enough to need no second sample", TIONG),
    Reason.STILL_POSITIVE: ("still positive", READING),
    Reason.TREATMENT_BEFORE_CONFIRMATION: (
        "treated before a second sample: neither confirmed nor refuted",
        READING,
    ),
    Reason.TREATMENT_OF_RELAPSE: ("treatment of the molecular relapse begins", READING),
    Reason.TENFOLD_FALL: ("fall of at least 1 log10 since treatment began", FILO),
    Reason.TENFOLD_RISE_AFTER_RESPONSE: (
        "rise of at least 1 log10 over the lowest level since treatment",
        FILO,
    ),
    Reason.HAEMATOLOGICAL_RELAPSE: ("haematological relapse", THOL),
    Reason.SUPERSEDED: ("haematological relapse came before a second sample", READING),
    Reason.TRANSPLANTED: ("allogeneic transplant: comparison starts anew", READING),
    Reason.OTHER_THERAPY: ("a therapy that does not bear on a molecular relapse", READING),
    Reason.RECORDS_INCOMPLETE: ("earlier samples may exist that are not recorded", READING),
    Reason.CONVERSION_TO_REPEAT: (
        "conversion from negativity to positivity: repeat within 4 weeks; no relapse until the level rises tenfold",
        ELN2018,
    ),
    Reason.TENFOLD_RISE_AFTER_NEGATIVITY: (
        "rise of at least 1 log10 between two positive samples after negativity",
        ELN2018,
    ),
    Reason.LABORATORY_CHANGED: (
        "detectable; another laboratory measured it: its level is not compared with those before",
        READING,
    ),
    Reason.SAME_DAY: ("another result of the same day and tissue counts instead (the highest)", READING),
}

QUESTIONS: dict[int, str] = {
    Open.CALL: "whether the sample was positive",
    Open.ADEQUACY: "whether the sample was adequate to call negative",
    Open.REMISSION: "whether the patient was in CR, CRh or CRi",
    Open.EARLIER_NEGATIVE: "whether an earlier sample of this remission was negative",
    Open.RISE: "whether the level rose tenfold over the lowest level before it",
    Open.LOW_LEVEL: "whether the lowest level was below 2 % of ABL1",
    Open.THERAPY: "whether treatment began before the second sample",
    Open.DAYS: "how many days passed between the samples",
    Open.FALL: "whether the level fell tenfold under treatment",
    Open.UNSEEN: "whether a sample in between is missing from the records",
    Open.TRANSPLANT: "whether an allogeneic transplant came in between",
    Open.ALIGNMENT: "whether the level rose or fell tenfold (the laboratory changed, without an alignment factor)",
    Open.EDITION: "what the edition in force counts (its thresholds could not be read)",
    Open.WAIVER: "whether the level reached 1 % of diagnosis",
}
