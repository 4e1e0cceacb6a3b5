"""Local, private, real-time speech to text: sound goes in, typed events come out."""
