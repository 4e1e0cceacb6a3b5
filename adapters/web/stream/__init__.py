"""Serves the live stream of a session over a WebSocket: sound and commands in, events out."""
