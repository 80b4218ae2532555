"""What the probes answer."""

from typing import Literal

from pydantic import BaseModel


class Liveness(BaseModel):
    status: Literal["ok"]


class Health(BaseModel):
    """``checks`` maps each check to ``ok`` or to what is wrong. ``degraded``: requests are served,
    and something behind them is late."""

    status: Literal["ok", "degraded", "unavailable"]
    checks: dict[str, str]
