"""Runs the models: the threads that own them, and the order in which texts are written."""
