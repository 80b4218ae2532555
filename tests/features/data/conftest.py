"""The fixtures of the data routes' tests."""

from tests.features.data.shop import shop

__all__ = ["shop"]
