"""Typed schema changes: each knows its effect on the catalog, its SQL, its reverse, its risk."""
