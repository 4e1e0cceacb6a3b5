"""Reads, checks and keeps profiles: named starting points of sessions."""
