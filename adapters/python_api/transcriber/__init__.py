"""The transcriber, and what it makes text of: a recording, a file, samples, or what follows a wake word."""
