"""Runs the server's process: gunicorn's threaded worker around the application."""
