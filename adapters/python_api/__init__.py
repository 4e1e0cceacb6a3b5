"""Runs sessions for Python programs, with callbacks and iterators, over the same orchestration as all others."""
