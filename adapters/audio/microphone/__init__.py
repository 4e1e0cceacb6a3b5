"""Microphones: found, opened, followed when the default changes, and started again when they fail."""
