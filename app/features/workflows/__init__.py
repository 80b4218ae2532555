"""Workflows: steps that run after an event, on a schedule or on request, durably."""
