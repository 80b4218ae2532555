"""The embedded Postgres: find binaries, make a cluster, start, adopt, stop."""
