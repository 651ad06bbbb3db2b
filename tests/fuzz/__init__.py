"""Inputs that a fuzzer makes up, guided by what they reach in the code: `make fuzz MINUTES=10`."""
