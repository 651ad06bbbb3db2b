"""The log of a site on PostgreSQL; see docs/cluster.md."""
