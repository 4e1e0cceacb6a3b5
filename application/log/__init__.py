"""A session's log: appended to, coded, followed, checked, and closed after a crash."""
