"""WebSocket connections and the live session stream."""
