"""The process that a student's code runs in: its cells, and the judge's questions about what they defined."""
