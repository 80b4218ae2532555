"""Projects: creating, naming, archiving, deleting them, and their settings."""
