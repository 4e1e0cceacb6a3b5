"""Serves browsers, programs and other machines over HTTP and WebSocket."""
