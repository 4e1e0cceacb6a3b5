"""Serves the page for a browser from the files in this folder."""
