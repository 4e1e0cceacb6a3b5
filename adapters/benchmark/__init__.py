"""Measures transcription: other programs to compare with, clips, counts of wrong words, and the report."""
