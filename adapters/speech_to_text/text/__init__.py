"""Writes the text of audio, finally and while it grows."""
