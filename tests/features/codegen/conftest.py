"""The fixtures of code generation's tests."""

from tests.features.data.shop import shop

__all__ = ["shop"]
