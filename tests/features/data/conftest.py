"""The fixtures of the data routes' tests."""

from tests.features.data.shop import shop, still_shop

__all__ = ["shop", "still_shop"]
