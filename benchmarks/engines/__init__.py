"""The workloads written once for each engine; `benchmarks.workloads` says what each computes."""
