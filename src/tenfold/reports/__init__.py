"""What people read: the patient's card, reports and tables, made from an assessment."""
