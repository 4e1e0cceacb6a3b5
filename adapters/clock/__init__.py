"""Provides the machine's clock, and names for sessions that sort by time."""
