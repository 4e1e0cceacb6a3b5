"""Where sound comes from: microphones, files, and programs that push it."""
