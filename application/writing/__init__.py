"""Decides which texts a session asks for, and when."""
