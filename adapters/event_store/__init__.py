"""Keeps the log of all sessions, in SQLite or in memory."""
