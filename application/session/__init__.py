"""One running session: its thread, what it is sent, and what it does with it."""
