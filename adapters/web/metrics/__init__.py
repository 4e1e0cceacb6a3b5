"""Provides figures of the running server, for Prometheus."""
