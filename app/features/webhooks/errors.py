"""What can go wrong with webhook endpoints and deliveries."""

from app.core.errors import ConflictError, InvalidError, NotFoundError


class WebhookNotFoundError(NotFoundError):
    """The project has no such webhook endpoint."""

    code = "webhook_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such webhook endpoint in this project.")


class DeliveryNotFoundError(NotFoundError):
    """The webhook endpoint has no such delivery, or has it no more."""

    code = "webhook_delivery_not_found"

    def __init__(self) -> None:
        super().__init__("The webhook endpoint has no such delivery.")


class InvalidWebhookError(InvalidError):
    """The endpoint's URL, collections or condition cannot stand; ``errors`` says which."""

    code = "webhook_invalid"


class TooManyWebhooksError(ConflictError):
    """The project has as many webhook endpoints as it may have."""

    code = "webhooks_too_many"

    def __init__(self, most: int) -> None:
        super().__init__(f"A project has at most {most} webhook endpoints.")
