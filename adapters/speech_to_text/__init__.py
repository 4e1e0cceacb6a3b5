"""Runs Whisper on MLX, fast enough to follow a speaker on a CPU."""
