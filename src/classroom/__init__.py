"""Course machinery: generate, check, grade and report on assignments."""
