"""Taking in what a class handed in: folders, archives of learning platforms, git checkouts."""
