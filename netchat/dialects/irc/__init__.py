"""The IRC dialect; source: RFC 2812, modern.ircdocs.horse and ircv3.net."""
