"""Hands stored events to subscribers inside this process."""
