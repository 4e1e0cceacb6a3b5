"""Keeps the user's profiles as JSON files in a folder."""
