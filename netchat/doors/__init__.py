"""The ways into the chat: the protocols of each kind of connection, on Twisted transports."""
