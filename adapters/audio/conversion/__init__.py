"""From sound of any rate and any number of channels to blocks of 16 kHz, each at its place."""
