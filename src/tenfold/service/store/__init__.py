"""The store: patients' records with their history, accounts, decisions and the audit trail, on SQLite or PostgreSQL.

Every question about patients goes through a `Centre`, which adds its own centre to each statement: no page can ask
without one.
"""
