"""Computes the encoder over a part of Whisper's thirty seconds, and keeps what it can while speech grows."""
