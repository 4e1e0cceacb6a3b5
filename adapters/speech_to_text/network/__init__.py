"""Computes Whisper's network, on the processor and on MLX's device."""
