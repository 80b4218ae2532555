"""Organisations of app users: who belongs to which, as what, and how one gets in."""
