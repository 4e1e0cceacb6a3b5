"""Whisper on MLX: the engine, and what makes it fast enough to follow a speaker on a CPU."""
