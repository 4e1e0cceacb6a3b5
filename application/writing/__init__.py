"""Which texts a session asks for, and when."""
