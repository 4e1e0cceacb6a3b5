"""A session gone through again, from its log or from its audio, and compared."""
