"""Sound that lies ready, in a file or in memory: opened, read, and played into a session."""
