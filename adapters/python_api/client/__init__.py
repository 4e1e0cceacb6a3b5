"""Provides the client, its sessions, and its waiting for wake words."""
