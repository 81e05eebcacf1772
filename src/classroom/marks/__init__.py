"""What is done with marks that are there: grade again after a correction, export, forget a student."""
