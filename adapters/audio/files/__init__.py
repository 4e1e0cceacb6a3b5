"""Opens and reads complete sound, in a file or in memory, and plays it into a session."""
