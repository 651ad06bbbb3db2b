"""The conversation with one client: login, requests and quotas, without I/O."""
