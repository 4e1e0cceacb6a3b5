"""Provides the command ``stt``."""
