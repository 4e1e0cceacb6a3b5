"""Measures transcription: clip by clip beside other programs, and live, as many speakers at once as are wished."""
