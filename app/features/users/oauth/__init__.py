"""Signing in by somebody else's word: OAuth 2 and OpenID Connect."""
