"""Venetoclax: doses by source, interactions, cycle length, and toxicity by cycle."""
