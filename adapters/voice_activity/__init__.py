"""Silero, which hears where in the sound there is speech."""
