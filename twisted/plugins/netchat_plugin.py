"""Registers `netchat` as a plugin of twistd: `twistd netchat`."""

from twisted.application.service import ServiceMaker

netchat = ServiceMaker("netchat", "netchat.tap", "A chat for private networks.", "netchat")
