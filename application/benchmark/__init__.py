"""Measures transcription: clip by clip side by side with other programs, and live with many speakers at once."""
