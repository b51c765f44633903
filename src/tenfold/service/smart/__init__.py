"""Launches from the hospital's record system: SMART App Launch 2 (EHR launch), and the patient's page from its data."""
