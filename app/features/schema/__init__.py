"""A project's schema over HTTP: read, plan, apply, undo, and watch what is still running."""
