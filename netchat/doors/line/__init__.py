"""Guests who speak in lines over a stream of bytes."""
