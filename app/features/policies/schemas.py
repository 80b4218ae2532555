"""What the routes of policies take and answer."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.api.schemas import Moment, RequestBody

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Word = Annotated[str, StringConstraints(min_length=1, max_length=100)]
ActionName = Literal["list", "read", "create", "update", "delete", "*"]
Condition = dict[str, Any] | None


class PolicyWrite(RequestBody):
    """A policy, in the names of today's schema."""

    name: Name
    collection: Word
    actions: Annotated[list[ActionName], Field(min_length=1, max_length=6)]
    principals: Annotated[list[Word], Field(min_length=1, max_length=50)]
    effect: Literal["allow", "deny"] = "allow"
    where: Condition = None
    check: Condition = None
    fields: Annotated[list[Word], Field(min_length=1, max_length=1_000)] | None = None
    presets: Annotated[dict[Word, Any], Field(max_length=100, default_factory=dict)]
    require_verified_email: bool = False
    enabled: bool = True
    position: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    description: Annotated[str, StringConstraints(max_length=2_000)] | None = None


class PolicyChange(RequestBody):
    """The members that are to change; the others stay."""

    name: Name | None = None
    collection: Word | None = None
    actions: Annotated[list[ActionName], Field(min_length=1, max_length=6)] | None = None
    principals: Annotated[list[Word], Field(min_length=1, max_length=50)] | None = None
    effect: Literal["allow", "deny"] | None = None
    where: Condition = None
    check: Condition = None
    fields: Annotated[list[Word], Field(min_length=1, max_length=1_000)] | None = None
    presets: Annotated[dict[Word, Any], Field(max_length=100)] | None = None
    require_verified_email: bool | None = None
    enabled: bool | None = None
    position: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    description: Annotated[str, StringConstraints(max_length=2_000)] | None = None


class PolicyRead(BaseModel):
    """``broken`` says why a policy has no effect any more: an allow allows nothing, a deny denies
    all, until it is mended."""

    id: UUID
    name: str
    collection: str
    actions: list[str]
    principals: list[str]
    effect: str
    where: Any
    check: Any
    fields: list[str] | None
    presets: dict[str, Any]
    require_verified_email: bool
    enabled: bool
    position: int
    description: str | None
    broken: str | None
    created_at: Moment
    updated_at: Moment


class Subject(RequestBody):
    """As whom: exactly one member. ``user`` is one who need not exist: its profile's fields, with
    ``roles`` and ``email_verified``."""

    model_config = ConfigDict(extra="forbid")

    anonymous: Literal[True] | None = None
    user_id: UUID | None = None
    user: dict[str, Any] | None = None
    role: Word | None = None
    api_key_id: UUID | None = None
    member: Literal["owner", "admin", "editor", "viewer"] | None = None


class ExplainRequest(RequestBody):
    """``data`` is the body of a create or update, ``record_id`` the record that is meant."""

    collection: Word
    action: Literal["list", "read", "create", "update", "delete"]
    as_: Annotated[Subject, Field(alias="as")]
    record_id: Annotated[str, StringConstraints(max_length=300)] | int | None = None
    data: dict[str, Any] | None = None


class Operation(RequestBody):
    """What is tried. ``record_id`` and values of ``data`` may be ``{"$ref": "<name>.<field>"}``."""

    action: Literal["list", "read", "create", "update", "delete"]
    collection: Word
    record_id: Any = None
    data: dict[str, Any] | None = None
    where: dict[str, Any] | None = None


class Fixture(RequestBody):
    """A record that is there while the test runs, under the name ``ref``."""

    ref: Word | None = None
    collection: Word
    data: dict[str, Any]


class Expectation(RequestBody):
    """``count``: how many records a list shows; ``fields``: exactly those a record has;
    ``records``: the ids a list shows; ``error``: the code of the refusal."""

    allowed: bool
    count: Annotated[int, Field(ge=0)] | None = None
    fields: list[Word] | None = None
    records: list[Any] | None = None
    error: Word | None = None


class PolicyTestWrite(RequestBody):
    """``as`` somebody, ``do`` something, ``expect`` something; ``given`` some records."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    name: Name
    given: Annotated[list[Fixture], Field(max_length=100, default_factory=list)]
    as_: Annotated[Subject, Field(alias="as")]
    do: Operation
    expect: Expectation


class TestOutcome(BaseModel):
    """``got`` is what happened, in the words of ``expect``."""

    __test__ = False

    id: UUID | None = None
    name: str
    passed: bool
    message: str | None = None
    got: dict[str, Any]


class PolicyTestRead(BaseModel):
    """``result`` is how a test comes out that has just been stored."""

    id: UUID
    name: str
    given: list[Any]
    as_: Annotated[dict[str, Any], Field(alias="as")]
    do: dict[str, Any]
    expect: dict[str, Any]
    created_at: Moment
    updated_at: Moment
    result: TestOutcome | None = None


class TestRun(RequestBody):
    """Tests to run besides the stored ones, or, with ``stored`` false, instead of them."""

    __test__ = False

    tests: Annotated[list[PolicyTestWrite], Field(max_length=200, default_factory=list)]
    stored: bool = True


class TestReport(BaseModel):
    __test__ = False

    passed: int
    failed: int
    results: list[TestOutcome]


class Finding(BaseModel):
    """``severity``: error, warning or info."""

    severity: Literal["error", "warning", "info"]
    code: str
    policy_id: UUID | None = None
    policy: str | None = None
    collection: str | None = None
    message: str
    hint: str | None = None


class Findings(BaseModel):
    findings: list[Finding]


class TemplateUse(RequestBody):
    """``field`` is the relation to the owner or the organisation, as the template asks."""

    collection: Word
    field: Word | None = None
    role: Word | None = None
