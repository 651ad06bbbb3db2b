"""Who the user is: the keys by which they prove that a name is theirs."""
