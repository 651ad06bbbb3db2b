"""The log of a site: the one order that several servers share."""
