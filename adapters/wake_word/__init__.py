"""Hears wake words with openWakeWord."""
