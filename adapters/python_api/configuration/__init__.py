"""What a program may ask for, refused where it cannot be, and turned into the application's words."""
