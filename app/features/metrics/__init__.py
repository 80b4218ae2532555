"""Figures of one project: its requests by the minute, and the room that its records take."""
