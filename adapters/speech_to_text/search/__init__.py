"""How the tokens of a text are found, and whether the text can stand."""
