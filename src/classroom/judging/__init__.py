"""One submission's verdict: the judge's side of its execution."""
