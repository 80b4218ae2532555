"""The manifest of e-mail."""

from app.core.feature import Feature

FEATURE = Feature(
    name="email",
    models=("app.features.email.models",),
    tags=({"name": "email", "description": "Mails, their templates, the development mailbox."},),
)
