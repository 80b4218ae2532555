"""Policies: who may do what with which records and fields, why, and whether it stays so."""
