"""Makes `twistd netchat` known to Twisted."""

from twisted.application.service import ServiceMaker

netchat = ServiceMaker("netchat", "netchat.tap", "A chat for private networks.", "netchat")
