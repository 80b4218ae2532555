"""Code from a project's schema: the types that clients in other languages compile against."""
