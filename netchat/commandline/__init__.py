"""What all commands of `netchat` have in common: their parser, stdout and stderr."""
