"""What browsers, programs and other machines reach over HTTP and WebSocket."""
