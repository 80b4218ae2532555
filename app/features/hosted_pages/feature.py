"""The manifest of the pages that mails lead to."""

from app.core.feature import Feature
from app.features.hosted_pages.router import router

FEATURE = Feature(name="hosted_pages", router=router)
