"""The outside world, one folder per outside thing; each knows one library."""
