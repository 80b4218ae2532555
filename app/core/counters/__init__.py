"""Counts of what happened lately: in memory, or shared between processes."""
