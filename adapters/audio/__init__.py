"""Takes sound from microphones, files and clients, and writes it to disk."""
