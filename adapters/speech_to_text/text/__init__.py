"""From audio to text, finally and while it grows."""
