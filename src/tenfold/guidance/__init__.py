"""What the literature says may be done next, with its sources: never an order, and never a guess where it is silent."""
