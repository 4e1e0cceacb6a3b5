"""Gets texts from OpenAI's transcription API, or from any server that speaks it."""
