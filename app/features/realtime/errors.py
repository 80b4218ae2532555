"""What goes wrong on a stream or a socket, and the codes that sockets are closed with."""

from typing import Final

from app.core.errors import BadRequestError, ConflictError, TooManyRequestsError

GOING_AWAY: Final = 1001
NOT_TEXT: Final = 1003
TOO_BIG: Final = 1009
TRY_LATER: Final = 1013
UNAUTHENTICATED: Final = 4401
FORBIDDEN: Final = 4403
NO_AUTH: Final = 4408
TOO_MANY: Final = 4429


class BadMessageError(BadRequestError):
    """A message of a WebSocket that is none of the protocol's."""

    code = "realtime_bad_message"


class SubscriptionTakenError(ConflictError):
    """The socket has a subscription of that id."""

    code = "realtime_id_taken"


class TooManyListenersError(TooManyRequestsError):
    """The caller, or the project, has as many connections open as it may."""

    code = "realtime_too_many_connections"


class TooManySubscriptionsError(TooManyRequestsError):
    """The socket has as many subscriptions and channels as it may."""

    code = "realtime_too_many_subscriptions"
