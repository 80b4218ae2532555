"""The manifest of accounts: what the two realms' features share needs work in the background."""

from app.core.feature import Feature
from app.features.accounts import jobs

FEATURE = Feature(name="accounts", background=(jobs.clear_ended,))
