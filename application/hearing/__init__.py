"""What is heard in a session's audio, and how much of that audio is remembered."""
