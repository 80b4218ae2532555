"""Webhooks: the events of a project, sent to endpoints until these took them."""
