"""Pages made of what was graded: feedback, the report on a class, pairs of similar submissions."""
