"""Sessions for Python programs: callbacks and iterators over the one orchestration."""
