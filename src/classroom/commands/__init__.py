"""The command `classroom`: its words, options, messages and exit statuses."""
