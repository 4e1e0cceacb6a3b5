"""Where the log of all sessions is kept: in SQLite, or in memory."""
