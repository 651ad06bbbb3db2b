"""The state of the chat: who owns which name, who may do what, and the rules by which it changes.

Pure: no I/O, no clock. The journal settles each change in its place in the one order, and the chat
applies the result. Both have the same state, and so has every server that reads the same journal.
"""
