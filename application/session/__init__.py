"""Runs one session: its thread, the messages that it is sent, and what it does with them."""
