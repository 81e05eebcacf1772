"""A submission read as data: taken in, grafted into the source, its outputs made inert."""
