"""The thread that owns the models, and which text it has them write next."""
