"""What the literature says, as data files with their citations, and the small library that serves them."""
