"""The questions for a new password, and what is told of the answers."""

FIRST = " Enter a new password: "
AGAIN = " Enter it again: "
NOTHING_GIVEN = "! No password was given, and nothing was changed."
DIFFERENT = "! The two passwords differ, and nothing was changed; try again."
