"""Provides the transcriber, which writes a recording, a file, samples, or what follows a wake word."""
