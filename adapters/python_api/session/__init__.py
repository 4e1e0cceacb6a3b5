"""Runs one session of a program, and reports it by callbacks, results and iteration."""
