"""Which tables and columns of a CDM are read, and into what. Data only."""

READ = {
    "person": ("person_id", "gender_concept_id", "year_of_birth", "month_of_birth", "day_of_birth"),
    "death": ("person_id", "death_date", "cause_concept_id", "cause_source_value"),
    "condition_occurrence": [
        "condition_occurrence_id",
        "person_id",
        "condition_concept_id",
        "condition_start_date",
        "condition_end_date",
        "condition_source_value",
    ],
    "measurement": [
        "measurement_id",
        "person_id",
        "measurement_concept_id",
        "measurement_date",
        "operator_concept_id",
        "value_as_number",
        "value_as_concept_id",
        "unit_concept_id",
        "measurement_source_value",
        "unit_source_value",
        "value_source_value",
    ],
    "observation": [
        "observation_id",
        "person_id",
        "observation_concept_id",
        "observation_date",
        "value_as_string",
        "observation_source_value",
    ],
    "drug_exposure": [
        "drug_exposure_id",
        "person_id",
        "drug_concept_id",
        "drug_exposure_start_date",
        "verbatim_end_date",
        "drug_source_value",
    ],
    "procedure_occurrence": [
        "procedure_occurrence_id",
        "person_id",
        "procedure_concept_id",
        "procedure_date",
        "procedure_source_value",
    ],
    "specimen": ("specimen_id", "person_id", "specimen_concept_id", "specimen_date", "specimen_source_value"),
    "episode": [
        "episode_id",
        "person_id",
        "episode_concept_id",
        "episode_start_date",
        "episode_end_date",
        "episode_parent_id",
        "episode_number",
        "episode_object_concept_id",
        "episode_source_value",
    ],
    "episode_event": ("episode_id", "event_id", "episode_event_field_concept_id"),
    "visit_occurrence": ("visit_occurrence_id", "person_id", "visit_start_date"),
    "note": ("note_id", "person_id", "note_title", "note_text"),
    "metadata": ("name", "value_as_string"),
    "concept": ("concept_id", "concept_name", "concept_class_id"),
    "concept_ancestor": ("ancestor_concept_id", "descendant_concept_id"),
}
"""What is read of which table of the CDM; every other column, and every other table, is left."""
VOCABULARY = ("concept", "concept_ancestor")
FOLLOWED = ("condition", "procedure", "measurement")
"""Kinds of concept whose descendants are taken too."""
READ_BY_PERSON = tuple(name for name, columns in READ.items() if "person_id" in columns and name != "note")
SEEN = {
    "visit_occurrence": "visit_start_date",
    "measurement": "measurement_date",
    "procedure_occurrence": "procedure_date",
    "drug_exposure": "drug_exposure_start_date",
}
"""Where a record shows that the patient was alive on its day."""
INTO = {
    "person": "patients",
    "death": "patients",
    "condition_occurrence": "patients, events",
    "measurement": "by its concept",
    "observation": "by its source value",
    "drug_exposure": "treatments, medications",
    "procedure_occurrence": "transplants",
    "specimen": "mrd_samples.tissue",
    "episode": "treatments, cycles, events, responses",
    "episode_event": "treatments.drugs",
    "visit_occurrence": "patients.last_contact_date",
    "note": "any table, of our own writing",
    "metadata": "the registry, of our own writing",
    "concept": "names of concepts",
    "concept_ancestor": "descendants of concepts",
}
LEFT = {"observation_period": "it says when someone was observed, not until when alive nor what is complete"}
