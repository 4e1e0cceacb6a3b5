"""The commands as a person types them, each importing what it does only when it runs."""
