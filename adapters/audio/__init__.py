"""Where sound comes from, microphones and files, and where it is written down."""
