"""Checks every request: token, origin, host and limits."""
