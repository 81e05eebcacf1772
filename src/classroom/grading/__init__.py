"""Grading a class: a plan, a pool of processes, a cache of verdicts, one writer."""
