"""What every other part of netchat uses: events, requests, names and limits. No I/O."""
