"""Named starting points of sessions, and how people write them."""
