"""The transcriber, where programs used to import it from."""
