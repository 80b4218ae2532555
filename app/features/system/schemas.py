"""What the probes answer."""

from typing import Literal

from pydantic import BaseModel


class Liveness(BaseModel):
    status: Literal["ok"]


class Health(BaseModel):
    """``checks`` maps each check to ``ok`` or to what is wrong."""

    status: Literal["ok", "unavailable"]
    checks: dict[str, str]
