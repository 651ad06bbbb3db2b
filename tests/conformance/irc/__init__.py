"""The IRC dialect against the suite irctest: `make conformance-irc`."""
