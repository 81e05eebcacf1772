"""The process that a student's code runs in: started, confined, spoken to."""
