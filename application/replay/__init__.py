"""Replays a session from its log or its audio, and compares the outcomes."""
