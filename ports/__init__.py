"""What the application needs from the world, as protocols, with the errors each may raise."""
