"""Serves WebSocket connections, whatever is said on them."""
