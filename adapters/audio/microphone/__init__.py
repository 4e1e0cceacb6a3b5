"""Finds and opens microphones, follows changes of the default, and restarts microphones that fail."""
