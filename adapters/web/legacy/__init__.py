"""Provides the routes and frames that clients of version 0.1 know."""
