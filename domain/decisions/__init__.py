"""Holds one decision function for each command, grouped by what the command is about."""
