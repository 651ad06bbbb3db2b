"""The WebSocket of the web door against Autobahn's test suite: `make conformance`."""
