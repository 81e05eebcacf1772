"""A course and its assignments, read from their sources."""
