"""Finds out with Silero where in the sound there is speech."""
