"""Several servers that are one chat: what comes back from their log is heard in its order."""
