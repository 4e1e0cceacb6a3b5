"""The transcriber with a wake word, where programs used to import it from."""
