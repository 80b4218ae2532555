"""Backendify: a self-hosted backend platform on real Postgres tables."""

__version__ = "0.1.0"
