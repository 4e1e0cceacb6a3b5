"""Connects the application to the outside world, one folder for each outside thing and its library."""
