"""Measurements beside the course: the engine against PyTorch and its peers."""
