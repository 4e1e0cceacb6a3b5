"""Serves WebSocket connections, and the live session stream over them."""
