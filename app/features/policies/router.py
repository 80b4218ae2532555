"""Routes of policies: anyone of the project reads them, admins change them."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, status
from pydantic import BaseModel

from app.api.deps import AppServices, CurrentMember, ProjectAdmin, RoleRequiredError
from app.api.openapi import problems
from app.api.routing import ApiRoute
from app.features.policies.definition import InvalidPolicyError
from app.features.policies.errors import (
    PolicyNotFoundError,
    PolicyTestNotFoundError,
    PolicyTestsFailedError,
)
from app.features.policies.schemas import (
    ExplainRequest,
    Findings,
    PolicyChange,
    PolicyRead,
    PolicyTestRead,
    PolicyTestWrite,
    PolicyWrite,
    TemplateUse,
    TestReport,
    TestRun,
)
from app.features.policies.service import definitions, overview, stored_tests
from app.features.policies.templates import TEMPLATES, TemplateNotFoundError, TemplateUseError

router = APIRouter(prefix="/api", route_class=ApiRoute, tags=["policies"])

POLICIES = "/projects/{project}/policies"

Force = Annotated[bool, Query(description="Change even if stored policy tests then fail.")]


class PolicyList(BaseModel):
    data: list[PolicyRead]


class PolicyTestList(BaseModel):
    data: list[PolicyTestRead]


class TemplateRead(BaseModel):
    name: str
    title: str
    description: str
    asks: list[str]


class TemplateList(BaseModel):
    data: list[TemplateRead]


@router.get(POLICIES)
async def list_policies(
    member: CurrentMember, services: AppServices, collection: str | None = None
) -> PolicyList:
    """The project's policies, in order."""
    return PolicyList(data=await definitions.list_policies(services, member, collection))


@router.post(
    POLICIES,
    status_code=status.HTTP_201_CREATED,
    responses=problems(RoleRequiredError, InvalidPolicyError, PolicyTestsFailedError),
)
async def create_policy(
    data: PolicyWrite,
    member: ProjectAdmin,
    services: AppServices,
    request: Request,
    force: Force = False,
) -> PolicyRead:
    """Allow or deny something. It holds from the next request on."""
    made = await definitions.create_policies(
        services, member, [data], force=force, request_id=_request_id(request)
    )
    return made[0]


@router.post(POLICIES + "/explain", responses=problems(InvalidPolicyError))
async def explain_policy(
    data: ExplainRequest, member: ProjectAdmin, services: AppServices
) -> dict[str, Any]:
    """Why somebody may, or may not: each policy and condition, with actual and expected values."""
    return await overview.explain(services, member, data)


@router.get(POLICIES + "/matrix")
async def get_access_matrix(member: CurrentMember, services: AppServices) -> dict[str, Any]:
    """Who may do what: each principal, collection and action, with the fields."""
    return await overview.matrix(services, member)


@router.get(POLICIES + "/lint")
async def lint_policies(member: CurrentMember, services: AppServices) -> Findings:
    """What is likely wrong with the policies, the worst first."""
    return Findings(findings=await overview.list_findings(services, member))


@router.post(POLICIES + "/test", responses=problems(RoleRequiredError))
async def run_policy_tests(
    data: TestRun, member: ProjectAdmin, services: AppServices
) -> TestReport:
    """Run the stored policy tests, and those given. Nothing that they do is kept."""
    return await stored_tests.run_tests(services, member, data)


@router.get(POLICIES + "/tests")
async def list_policy_tests(member: CurrentMember, services: AppServices) -> PolicyTestList:
    """The stored policy tests."""
    return PolicyTestList(data=await stored_tests.list_tests(services, member))


@router.post(
    POLICIES + "/tests",
    status_code=status.HTTP_201_CREATED,
    responses=problems(RoleRequiredError),
)
async def create_policy_test(
    data: PolicyTestWrite, member: ProjectAdmin, services: AppServices, request: Request
) -> PolicyTestRead:
    """Store a test: as X, do Y, expect Z. It is run before policies or the schema change."""
    return await stored_tests.put_test(services, member, data, request_id=_request_id(request))


@router.put(
    POLICIES + "/tests/{test_id}", responses=problems(RoleRequiredError, PolicyTestNotFoundError)
)
async def replace_policy_test(
    test_id: UUID,
    data: PolicyTestWrite,
    member: ProjectAdmin,
    services: AppServices,
    request: Request,
) -> PolicyTestRead:
    """Replace a stored test."""
    request_id = _request_id(request)
    return await stored_tests.put_test(services, member, data, test_id, request_id)


@router.delete(
    POLICIES + "/tests/{test_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(RoleRequiredError, PolicyTestNotFoundError),
)
async def delete_policy_test(
    test_id: UUID, member: ProjectAdmin, services: AppServices, request: Request
) -> None:
    """Delete a stored test."""
    await stored_tests.delete_test(services, member, test_id, _request_id(request))


@router.get(POLICIES + "/templates")
async def list_policy_templates(member: CurrentMember) -> TemplateList:
    """The usual cases."""
    del member
    return TemplateList(
        data=[
            TemplateRead(
                name=name, title=each.title, description=each.description, asks=list(each.asks)
            )
            for name, each in TEMPLATES.items()
        ]
    )


@router.post(
    POLICIES + "/templates/{template}",
    status_code=status.HTTP_201_CREATED,
    responses=problems(
        RoleRequiredError, TemplateNotFoundError, TemplateUseError, PolicyTestsFailedError
    ),
)
async def use_policy_template(
    template: str,
    data: TemplateUse,
    member: ProjectAdmin,
    services: AppServices,
    request: Request,
) -> PolicyList:
    """Make a template's policies for a collection, in one go."""
    request_id = _request_id(request)
    made = await definitions.use_template(services, member, template, data, request_id)
    return PolicyList(data=made)


@router.get(POLICIES + "/{policy_id}", responses=problems(PolicyNotFoundError))
async def get_policy(policy_id: UUID, member: CurrentMember, services: AppServices) -> PolicyRead:
    """One policy."""
    return await definitions.get_policy(services, member, policy_id)


@router.patch(
    POLICIES + "/{policy_id}",
    responses=problems(
        RoleRequiredError, PolicyNotFoundError, InvalidPolicyError, PolicyTestsFailedError
    ),
)
async def update_policy(
    policy_id: UUID,
    data: PolicyChange,
    member: ProjectAdmin,
    services: AppServices,
    request: Request,
    force: Force = False,
) -> PolicyRead:
    """Change what is given; ``where``, ``check`` and ``fields`` may be set to null."""
    return await definitions.update_policy(
        services, member, policy_id, data, force=force, request_id=_request_id(request)
    )


@router.delete(
    POLICIES + "/{policy_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(RoleRequiredError, PolicyNotFoundError, PolicyTestsFailedError),
)
async def delete_policy(
    policy_id: UUID,
    member: ProjectAdmin,
    services: AppServices,
    request: Request,
    force: Force = False,
) -> None:
    """Take a policy away."""
    await definitions.delete_policy(
        services, member, policy_id, force=force, request_id=_request_id(request)
    )


def _request_id(request: Request) -> str | None:
    found: str | None = request.scope["state"].get("request_id")
    return found
