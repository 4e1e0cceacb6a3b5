"""The command ``stt``."""
