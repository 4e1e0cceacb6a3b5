"""Takes sound that a client pushes, as PCM or in a container."""
