"""Second factors and passkeys as requests and answers."""

from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, StringConstraints, model_validator

from app.api.schemas import DisplayName, GivenPassword, Moment, RequestBody

Code = Annotated[str, StringConstraints(strip_whitespace=True, min_length=6, max_length=40)]
MfaToken = Annotated[str, StringConstraints(min_length=1, max_length=8192)]
Credential = dict[str, Any]
"""What ``navigator.credentials`` answered, as JSON (``PublicKeyCredential.toJSON()``)."""


class MfaBegin(RequestBody):
    type: Literal["totp"]


class MfaEnrolment(BaseModel):
    """Shown this once; in force when a first code confirms it. ``otpauth_url`` is for a QR code."""

    secret: str
    otpauth_url: str
    recovery_codes: list[str]


class MfaStatus(BaseModel):
    enabled: bool
    recovery_codes_left: int


class MfaConfirm(RequestBody):
    code: Code


class MfaVerify(RequestBody):
    """``code``: of the app, or a recovery code; or else the answer of a ``passkey``."""

    mfa_token: MfaToken
    code: Code | None = None
    passkey: Credential | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.code is None) == (self.passkey is None):
            raise ValueError("Send a code or a passkey")
        return self


class MfaPasskey(RequestBody):
    mfa_token: MfaToken


class Proof(RequestBody):
    """That it is still you: the password, or a code."""

    password: GivenPassword | None = None
    code: Code | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.password is None) == (self.code is None):
            raise ValueError("Send the password or a code")
        return self


class RecoveryCodes(BaseModel):
    """Shown this once; each is good once."""

    recovery_codes: list[str]


class PasskeyOptions(BaseModel):
    """What to hand to ``navigator.credentials.create`` or ``get``."""

    public_key: dict[str, Any]


class PasskeyRegister(RequestBody):
    credential: Credential
    name: DisplayName | None = None


class PasskeySignIn(RequestBody):
    credential: Credential


class PasskeyRename(RequestBody):
    name: DisplayName


class PasskeyRead(BaseModel):
    id: UUID
    name: str | None
    created_at: Moment
    last_used_at: Moment | None


class PasskeyList(BaseModel):
    data: list[PasskeyRead]
