"""Connects the parts: the only place that names concrete adapters, with settings, container and entry points."""
