"""Console accounts: registration, login, sessions."""
