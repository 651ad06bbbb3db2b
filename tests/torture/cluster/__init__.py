"""Servers of one site, which are killed, stopped and cut off at random while guests speak."""
