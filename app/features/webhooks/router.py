"""Routes of webhook endpoints: admins change them, members look at them and at deliveries."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, status

from app.api.deps import AppServices, CurrentMember, ProjectAdmin, RoleRequiredError, Session
from app.api.openapi import problems
from app.api.paging import MOST_ROWS, Page, PagingParams
from app.api.routing import ApiRoute
from app.features.policies.service.acting import ActorError
from app.features.webhooks import deliveries, service
from app.features.webhooks.errors import (
    DeliveryNotFoundError,
    InvalidWebhookError,
    TooManyWebhooksError,
    WebhookNotFoundError,
)
from app.features.webhooks.schemas import (
    DeliveryDetail,
    DeliveryPage,
    DeliveryRead,
    DeliveryStatus,
    Redeliver,
    Redelivered,
    WebhookCreate,
    WebhookCreated,
    WebhookRead,
    WebhookUpdate,
)

router = APIRouter(
    prefix="/api/projects/{project}/webhooks", route_class=ApiRoute, tags=["webhooks"]
)


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    responses=problems(RoleRequiredError, InvalidWebhookError, ActorError, TooManyWebhooksError),
)
async def create_webhook(
    data: WebhookCreate, services: AppServices, member: ProjectAdmin, session: Session
) -> WebhookCreated:
    """Have the project's events sent to a URL from now on. The secret is in this answer only."""
    return await service.create_endpoint(session, services, member, data)


@router.get("")
async def list_webhooks(
    services: AppServices, member: CurrentMember, session: Session, paging: PagingParams
) -> Page[WebhookRead]:
    """The project's endpoints, without their secrets."""
    endpoints, page = await service.list_endpoints(session, services, member, paging)
    return Page(data=endpoints, page=page)


@router.get("/{webhook_id}", responses=problems(WebhookNotFoundError))
async def get_webhook(
    webhook_id: UUID, services: AppServices, member: CurrentMember, session: Session
) -> WebhookRead:
    """One endpoint, without its secret."""
    return await service.get_endpoint(session, services, member, webhook_id)


@router.patch(
    "/{webhook_id}",
    responses=problems(RoleRequiredError, WebhookNotFoundError, InvalidWebhookError, ActorError),
)
async def update_webhook(
    webhook_id: UUID,
    data: WebhookUpdate,
    services: AppServices,
    member: ProjectAdmin,
    session: Session,
) -> WebhookRead:
    """Change an endpoint. While it is disabled no events are queued; those that were wait."""
    return await service.update_endpoint(session, services, member, webhook_id, data)


@router.delete(
    "/{webhook_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(RoleRequiredError, WebhookNotFoundError),
)
async def delete_webhook(webhook_id: UUID, member: ProjectAdmin, session: Session) -> None:
    """Delete an endpoint and its deliveries."""
    await service.delete_endpoint(session, member, webhook_id)


@router.post("/{webhook_id}/rotate", responses=problems(RoleRequiredError, WebhookNotFoundError))
async def rotate_webhook_secret(
    webhook_id: UUID, services: AppServices, member: ProjectAdmin, session: Session
) -> WebhookCreated:
    """Give an endpoint a new secret. For 24 hours the one before signs as well."""
    return await service.rotate_secret(session, services, member, webhook_id)


@router.post(
    "/{webhook_id}/test",
    status_code=status.HTTP_201_CREATED,
    responses=problems(RoleRequiredError, WebhookNotFoundError),
)
async def test_webhook(
    webhook_id: UUID, services: AppServices, member: ProjectAdmin, session: Session
) -> DeliveryRead:
    """Send a test event; what came of it is told by the delivery in the answer, asked for again."""
    return await deliveries.send_test(session, services, member, webhook_id)


@router.post("/{webhook_id}/redeliver", responses=problems(RoleRequiredError, WebhookNotFoundError))
async def redeliver_webhook_deliveries(
    webhook_id: UUID, member: ProjectAdmin, session: Session, data: Redeliver | None = None
) -> Redelivered:
    """Send all deliveries again that came to this end: by default those that were given up."""
    return await deliveries.redeliver_many(session, member, webhook_id, data or Redeliver())


@router.get("/{webhook_id}/deliveries", responses=problems(WebhookNotFoundError))
async def list_webhook_deliveries(
    webhook_id: UUID,
    services: AppServices,
    member: CurrentMember,
    session: Session,
    status: DeliveryStatus | None = None,
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = 50,
    cursor: UUID | None = None,
) -> DeliveryPage:
    """An endpoint's deliveries, the newest first. They are kept for 30 days."""
    return await deliveries.list_deliveries(
        session, services, member, webhook_id, status, limit, cursor
    )


@router.get(
    "/{webhook_id}/deliveries/{delivery_id}",
    responses=problems(WebhookNotFoundError, DeliveryNotFoundError),
)
async def get_webhook_delivery(
    webhook_id: UUID,
    delivery_id: UUID,
    services: AppServices,
    member: CurrentMember,
    session: Session,
) -> DeliveryDetail:
    """One delivery with every attempt; bodies are shown to admins."""
    return await deliveries.get_delivery(session, services, member, webhook_id, delivery_id)


@router.post(
    "/{webhook_id}/deliveries/{delivery_id}/redeliver",
    responses=problems(RoleRequiredError, WebhookNotFoundError, DeliveryNotFoundError),
)
async def redeliver_webhook_delivery(
    webhook_id: UUID,
    delivery_id: UUID,
    services: AppServices,
    member: ProjectAdmin,
    session: Session,
) -> DeliveryRead:
    """Send a delivery again at once, the same body under the same id."""
    return await deliveries.redeliver(session, services, member, webhook_id, delivery_id)
