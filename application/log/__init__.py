"""Writes, encodes, follows and checks the log of a session, and closes it after a crash."""
