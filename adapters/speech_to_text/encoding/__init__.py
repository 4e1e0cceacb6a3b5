"""Which part of Whisper's thirty seconds is computed, and what is kept of it while speech grows."""
