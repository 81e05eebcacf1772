"""The sandbox that a student's code runs in: how it is started, confined and ended."""
