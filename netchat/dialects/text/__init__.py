"""The text dialect: nc, telnet, people."""
