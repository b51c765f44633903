"""CDS Hooks 2.0: cards inside the hospital's own record system, on opening a chart and on choosing an order.

A card says what is known and what is not, with its source. It never carries an order: a suggestion here is a label to agree
with, without an action that a system could carry out.
"""
