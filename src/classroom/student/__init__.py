"""A student's side: handing in, and marking one's own work."""
