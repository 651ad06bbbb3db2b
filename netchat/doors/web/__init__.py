"""The web door: the page and its WebSocket, over HTTP."""
