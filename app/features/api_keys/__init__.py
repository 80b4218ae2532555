"""API keys: what a project's servers sign in with."""
