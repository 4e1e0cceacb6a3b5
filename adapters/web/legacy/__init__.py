"""The routes and frames that clients of version 0.1 know."""
