"""Signing in, written once for the console's admins and for projects' users; it has no routes."""
