"""The field's words, once. A record, an answer and a rule all use these spellings.

Words that carry a definition say here only what they are called; what they mean is written where they are decided.
"""

from enum import StrEnum


class Sex(StrEnum):
    """Sex as recorded by the centre."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"


class Ontogeny(StrEnum):
    """How the leukaemia arose."""

    DE_NOVO = "de novo"
    SECONDARY = "secondary"
    THERAPY_RELATED = "therapy-related"


class Tissue(StrEnum):
    """Where a sample was taken. MRD levels of different tissues are never compared."""

    MARROW = "marrow"
    BLOOD = "blood"


class Method(StrEnum):
    """How residual disease was measured."""

    RT_QPCR = "rt-qpcr"
    DIGITAL_PCR = "digital pcr"
    NGS = "ngs"
    FLOW = "flow"


class Scale(StrEnum):
    """The scale of an MRD value. A value never travels without its scale; different scales never compare."""

    PERCENT_ABL1 = "percent_abl1"
    PER_1E4_ABL1 = "per_1e4_abl1"
    PER_1E5_ABL1 = "per_1e5_abl1"
    PERCENT_OF_DIAGNOSIS = "percent_of_diagnosis"
    PERCENT_VAF = "percent_vaf"
    PERCENT_CD45 = "percent_cd45"


class Detection(StrEnum):
    """What the laboratory saw: nothing, something below its limit of quantification, or a quantified target."""

    NO = "no"
    BELOW_QUANTIFICATION = "below_quantification"
    YES = "yes"


class Qualifier(StrEnum):
    """How a printed value is meant: as it stands, as "more than" or as "less than"."""

    EXACT = "="
    ABOVE = ">"
    BELOW = "<"


class ControlGene(StrEnum):
    """The housekeeping gene that normalises a qPCR result."""

    ABL1 = "ABL1"
    GUSB = "GUSB"
    B2M = "B2M"


class WellRole(StrEnum):
    """What a well of a laboratory run holds."""

    PATIENT = "patient"
    STANDARD = "standard"
    CONTROL = "control"
    NO_TEMPLATE = "no template"


class CtStatus(StrEnum):
    """What a run's file says of a well's threshold cycle: a number, that there was none, or nothing at all."""

    MEASURED = "measured"
    UNDETERMINED = "undetermined"
    MISSING = "missing"


class AssayResult(StrEnum):
    """What a laboratory's measurement of one sample shows."""

    QUANTIFIED = "quantified"
    BELOW_QUANTIFICATION = "detected, below quantification"
    UNQUANTIFIED = "detected, not quantified"
    NOT_DETECTED = "not detected"
    NOT_EVALUABLE = "not evaluable"


class Verdict(StrEnum):
    """Whether a well, a curve, a sample or a run of a laboratory may stand."""

    ACCEPTED = "accepted"
    REMARK = "accepted with remark"
    REPEAT = "repeat"


class Intent(StrEnum):
    """Why a line of treatment was given."""

    CYTOREDUCTION = "cytoreduction"
    INDUCTION = "induction"
    CONSOLIDATION = "consolidation"
    MAINTENANCE = "maintenance"
    PRE_EMPTIVE = "pre-emptive"
    SALVAGE = "salvage"
    BRIDGE = "bridge"
    CONDITIONING = "conditioning"
    TRANSPLANT = "transplant"
    DLI = "DLI"
    PALLIATIVE = "palliative"
    PRIOR_DISORDER = "prior disorder"


class Response(StrEnum):
    """Haematological response."""

    CR = "CR"
    CRH = "CRh"
    CRI = "CRi"
    CRP = "CRp"
    MLFS = "MLFS"
    PR = "PR"
    STABLE = "stable disease"
    NO_RESPONSE = "no response"
    REFRACTORY = "refractory"
    RELAPSE = "relapse"
    NOT_EVALUABLE = "not evaluable"
    DIED = "died before assessment"


class ReportedMRD(StrEnum):
    """The molecular state that the centre itself recorded, in the words of the papers."""

    NEGATIVE = "negative"
    LOW_LEVEL = "low level"
    POSITIVE = "positive"
    PERSISTENCE = "persistence"
    PROGRESSION = "progression"
    RELAPSE = "relapse"


class MolecularState(StrEnum):
    """Where a patient stands after a sample or an event, in one marker and one tissue."""

    OUTSIDE_REMISSION = "outside remission"
    NOT_SAMPLED = "no sample yet that can be read"
    NEGATIVE = "MRD negative"
    DETECTABLE = "MRD detectable"
    PROGRESSION = "molecular progression"
    RELAPSE_UNCONFIRMED = "MRD relapse, unconfirmed"
    RELAPSE_UNCONFIRMED_TREATED = "MRD relapse, treated unconfirmed"
    RELAPSE_CONFIRMED = "MRD relapse, confirmed"
    IN_RELAPSE = "in MRD relapse"
    RELAPSE_SUPERSEDED = "MRD relapse, superseded by haematological relapse"


class LevelBand(StrEnum):
    """How much is there, on the ABL1 scale (NPM1 and core-binding-factor transcripts)."""

    NEGATIVE = "negative"
    LOW = "detectable, below 2 %"
    HIGH = "2 % or more"


class TimePoint(StrEnum):
    """When, relative to the line of treatment that led to remission."""

    BEFORE_TREATMENT = "before treatment"
    ON_TREATMENT = "during treatment"
    END_OF_TREATMENT = "end of treatment"
    FOLLOW_UP = "follow-up"


class MolecularResponse(StrEnum):
    """Molecular response to a treatment, against the value before it (Jimenez-Chillon; used by FILO)."""

    NEGATIVITY = "MRD negativity"
    REDUCTION = "MRD reduction"
    STABLE = "stable MRD"
    PROGRESSION = "MRD progression"
    NOT_EVALUABLE = "not evaluable"


class Risk(StrEnum):
    """Risk group."""

    FAVOURABLE = "favourable"
    INTERMEDIATE = "intermediate"
    ADVERSE = "adverse"


class EventKind(StrEnum):
    """What an event row records."""

    RELAPSE = "relapse"
    EXTRAMEDULLARY = "extramedullary disease"
    PROGRESSION = "progression"
    DEATH = "death"
    INFECTION = "infection"
    ACUTE_GVHD = "acute GVHD"
    CHRONIC_GVHD = "chronic GVHD"
    TRANSFUSION = "transfusion"
    NEUTROPENIA = "neutropenia"
    THROMBOCYTOPENIA = "thrombocytopenia"
    TUMOUR_LYSIS = "tumour lysis"
    TOXICITY = "other toxicity"
    CHIMERISM_LOSS = "loss of donor chimerism"
    OTHER = "other"


class Endpoint(StrEnum):
    """A time-to-event endpoint. EFS without its variant is only what a centre reports: no rule goes by that name."""

    OS = "OS"
    EFS = "EFS"
    RFS = "RFS"
    RFS_MRD = "RFS-MRD"
    TFR = "TFR"
    EFS_ELN2022 = "EFS-ELN2022"
    EFS_FAILURE_DATE = "EFS-failure-date"
    EFS_ELN2017 = "EFS-ELN2017"
    EFS_MRD = "EFS-MRD"
    RFS_ELN2017 = "RFS-ELN2017"
    RFS_MRD_SYMMETRIC = "RFS-MRD-symmetric"
    RFS_MRD_ELN2022 = "RFS-MRD-ELN2022"
    CIR = "CIR"
    CIR_MRD = "CIR-MRD"
    TFR_RELAPSE_ONLY = "TFR-relapse-only"
    REMISSION_DURATION = "remission duration"
    TIME_TO_MRD_NEGATIVITY = "time to MRD negativity"
    EARLY_DEATH_30 = "early death, 30 days"
    EARLY_DEATH_60 = "early death, 60 days"


class Happening(StrEnum):
    """What a row of a patient's history records; from MRD negativity to further treatment, what endpoints derive."""

    DIAGNOSIS = "diagnosis"
    TREATMENT = "treatment"
    TRANSPLANT = "transplant"
    MRD_SAMPLE = "MRD sample"
    MARROW = "marrow"
    REMISSION = "remission"
    RELAPSE = "relapse"
    MRD_RELAPSE = "MRD relapse"
    MRD_NEGATIVITY = "MRD negativity"
    MRD_NON_RESPONSE = "MRD non-response"
    TREATMENT_FAILURE = "treatment failure"
    RESPONSE_ASSESSMENT = "response assessment"
    RESTART = "treatment for returning disease"
    FURTHER_TREATMENT = "further treatment in remission"
    DEATH = "death"
    CONTACT = "known to be alive"


class Clock(StrEnum):
    """What an endpoint's time is counted from; an MRD relapse is dated at its first sample and must be confirmed."""

    DIAGNOSIS = "diagnosis"
    TREATMENT = "first treatment"
    VENETOCLAX = "first dose of venetoclax"
    REMISSION = "first remission"
    MRD_RELAPSE = "first MRD relapse"
    VENETOCLAX_STOP = "stop of venetoclax"


HYPOMETHYLATING_AGENTS = ("azacitidine", "decitabine", "decitabine-cedazuridine", "guadecitabine")
"""Any of these, oral or parenteral, in any earlier phase of the disease, is hypomethylating pretreatment."""
