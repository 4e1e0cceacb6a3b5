"""Finds the tokens of a text, and decides whether the text can stand."""
