"""The only place that names concrete adapters: settings, the container and the entry points."""
