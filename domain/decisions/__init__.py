"""One function for each command, grouped by what the command is about."""
