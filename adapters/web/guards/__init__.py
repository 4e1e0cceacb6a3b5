"""What every request must pass: token, origin, host and limits."""
