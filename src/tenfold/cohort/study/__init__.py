"""A study from one file: population, endpoints, groups and models in; tables, figures, methods and a lock out."""
