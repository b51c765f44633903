"""The one idiom of every clinical room.

A *decision* (or a *score*) answers a question about one row from criteria that are yes, no or not known. A *fold*
walks one patient's dated facts. Both answer with a set where something is not known, and say what would decide it.
"""
