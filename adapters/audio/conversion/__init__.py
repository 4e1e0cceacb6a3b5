"""Converts sound of any rate and any number of channels into blocks of 16 kHz, each at its position."""
