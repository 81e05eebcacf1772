# Handed in 2026-11-27 23:59. The released notebook, untouched.
