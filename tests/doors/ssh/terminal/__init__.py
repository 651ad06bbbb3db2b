"""Tests of the terminal behind SSH."""
