"""Views of a session, each a fold over its stored events: the same function live and afterwards."""
