"""Making assignments: whether one is sound, its wrong solutions, a template, and publishing without solutions."""
