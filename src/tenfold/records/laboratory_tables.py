"""The tables that a laboratory fills. Data only; what a column list means is said in ``shape``."""

from tenfold.records.shape import Column, Kind, Table
from tenfold.records.shared_columns import PATIENT, REPORTED, SAMPLED, SEQUENCE
from tenfold.vocabulary import ControlGene, Detection, Method, Qualifier, Scale, Tissue

MRD_SAMPLES = Table(
    "mrd_samples",
    "one row for each measurement of residual disease: one marker, in one tissue, by one method",
    dated_by="sample_date",
    identity=("sample_id",),
    date_required=True,
    columns=(
        Column("sample_id", Kind.TEXT, "the measurement's own number"),
        PATIENT,
        SAMPLED,
        REPORTED,
        Column("laboratory", Kind.TEXT, "laboratory that measured"),
        Column("assay", Kind.TEXT, "the assay, e.g. MutaQuant NPM1 A; a rare NPM1 type is named here"),
        Column("tissue", Kind.WORD, "where the sample was taken", words=Tissue),
        Column("marker", Kind.MARKER, "what was measured, e.g. NPM1", required=True),
        Column("method", Kind.WORD, "how it was measured", words=Method),
        Column("target_copies", Kind.NUMBER, "copies of the target", "copies", low=0),
        Column("control_gene", Kind.WORD, "control gene", words=ControlGene),
        Column("control_copies", Kind.NUMBER, "copies of the control gene", "copies", low=0),
        Column("replicates_positive", Kind.COUNT, "replicates in which the target was seen", low=0, high=100),
        Column("replicates_run", Kind.COUNT, "replicates run", low=0, high=100),
        Column("value", Kind.NUMBER, "the level, on the scale named beside it", low=0),
        Column("qualifier", Kind.WORD, "whether the value is meant as printed, as more or as less", words=Qualifier),
        Column("scale", Kind.WORD, "the scale of the value", words=Scale),
        Column("detected", Kind.WORD, "what the laboratory saw", words=Detection),
        Column(
            "sensitivity",
            Kind.NUMBER,
            "sensitivity reached, as a fraction of the level at diagnosis (1e-5)",
            low=0,
            high=1,
        ),
        Column("adequate", Kind.YESNO, "the laboratory's own verdict on the sample"),
        SEQUENCE,
    ),
)

MARROWS = Table(
    "marrows",
    "one row for each marrow examined by microscope",
    dated_by="sample_date",
    date_required=True,
    columns=(
        PATIENT,
        SAMPLED,
        Column("blasts_pct", Kind.NUMBER, "blasts", "%", low=0, high=100),
        Column("cellularity_pct", Kind.NUMBER, "cellularity", "%", low=0, high=100),
        Column("cells_counted", Kind.COUNT, "nucleated cells counted", "cells", low=0, high=1_000_000),
        Column("spicules", Kind.YESNO, "whether spicules were present"),
        Column("auer_rods", Kind.YESNO, "whether Auer rods were seen"),
        Column("evaluable", Kind.YESNO, "the reader's own verdict on the marrow"),
        REPORTED,
        SEQUENCE,
    ),
)

COUNTS = Table(
    "counts",
    "one row for each blood count",
    dated_by="sample_date",
    date_required=True,
    columns=(
        PATIENT,
        SAMPLED,
        Column("anc_e9_l", Kind.NUMBER, "neutrophils", "10^9/L", low=0, high=1000),
        Column("platelets_e9_l", Kind.NUMBER, "platelets", "10^9/L", low=0, high=10_000),
        Column("wbc_e9_l", Kind.NUMBER, "leucocytes", "10^9/L", low=0, high=2000),
        Column("haemoglobin_g_dl", Kind.NUMBER, "haemoglobin", "g/dL", low=0, high=30),
        Column("blasts_pb_pct", Kind.NUMBER, "blasts in the blood", "%", low=0, high=100),
        REPORTED,
        SEQUENCE,
    ),
)

VARIANTS = Table(
    "variants",
    "one row for each variant found",
    dated_by="sample_date",
    columns=(
        PATIENT,
        SAMPLED,
        Column("gene", Kind.GENE, "HGNC symbol", required=True),
        Column("hgvs_c", Kind.TEXT, "the change in the coding sequence, HGVS"),
        Column("hgvs_p", Kind.TEXT, "the change in the protein, HGVS"),
        Column("kind", Kind.TEXT, "ITD, TKD, missense, frameshift ..."),
        Column("vaf", Kind.NUMBER, "variant allele fraction, 0 to 1", low=0, high=1),
        Column("allelic_ratio", Kind.NUMBER, "mutant to wild-type ratio (FLT3-ITD)", low=0, high=1000),
        Column("in_frame_bzip", Kind.YESNO, "in-frame in the bZIP region (CEBPA)"),
        Column("germline", Kind.YESNO, "whether the variant is germline"),
        Column("pathogenic", Kind.YESNO, "whether the laboratory calls it pathogenic"),
        REPORTED,
        SEQUENCE,
    ),
)

GENES_TESTED = Table(
    "genes_tested",
    "one row for each gene looked at: what a negative is worth",
    dated_by="sample_date",
    columns=(
        PATIENT,
        SAMPLED,
        Column("gene", Kind.GENE, "HGNC symbol", required=True),
        Column("method", Kind.TEXT, "how it was looked at, e.g. NGS panel"),
        REPORTED,
        SEQUENCE,
    ),
)

KARYOTYPES = Table(
    "karyotypes",
    "one row for each karyotype",
    dated_by="sample_date",
    columns=(
        PATIENT,
        SAMPLED,
        Column("iscn", Kind.TEXT, "the karyotype in ISCN, e.g. 46,XX,t(8;21)(q22;q22)[20]", required=True),
        Column("metaphases", Kind.COUNT, "metaphases analysed", low=0, high=1000),
        REPORTED,
        SEQUENCE,
    ),
)

FUSIONS = Table(
    "fusions",
    "one row for each fusion looked for",
    dated_by="sample_date",
    columns=(
        PATIENT,
        SAMPLED,
        Column("fusion", Kind.MARKER, "the fusion, e.g. RUNX1::RUNX1T1", required=True),
        Column("method", Kind.TEXT, "FISH, RNA, PCR"),
        Column("result", Kind.YESNO, "whether it was found"),
        REPORTED,
        SEQUENCE,
    ),
)

CHEMISTRY = Table(
    "chemistry",
    "one row for each set of blood chemistry",
    dated_by="sample_date",
    date_required=True,
    columns=(
        PATIENT,
        SAMPLED,
        Column("creatinine_umol_l", Kind.NUMBER, "creatinine", "umol/L", low=0, high=5000),
        Column("bilirubin_umol_l", Kind.NUMBER, "total bilirubin", "umol/L", low=0, high=2000),
        Column("alt_u_l", Kind.NUMBER, "alanine aminotransferase", "U/L", low=0, high=50_000),
        Column("ldh_u_l", Kind.NUMBER, "lactate dehydrogenase", "U/L", low=0, high=200_000),
        REPORTED,
        SEQUENCE,
    ),
)
