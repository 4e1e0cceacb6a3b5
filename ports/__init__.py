"""Defines what the application needs from the outside world, as protocols, with the errors each may raise."""
