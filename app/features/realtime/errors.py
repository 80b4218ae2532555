"""What goes wrong on a stream or a socket, and the codes that sockets are closed with."""

from typing import Final

from app.core.errors import (
    BadRequestError,
    ConflictError,
    ForbiddenError,
    TooLargeError,
    TooManyRequestsError,
)
from app.engine.policy import channels

GOING_AWAY: Final = 1001
NOT_TEXT: Final = 1003
TRY_LATER: Final = 1013
UNAUTHENTICATED: Final = 4401
FORBIDDEN: Final = 4403
NO_AUTH: Final = 4408


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


class ChannelForbiddenError(ForbiddenError):
    """No policy on ``_channels`` lets the caller do this in the channel."""

    code = channels.FORBIDDEN


class ChannelFullError(TooManyRequestsError):
    """As many are present in the channel as may be."""

    code = "realtime_channel_full"


class PayloadTooLargeError(TooLargeError):
    """What is broadcast, or said of a presence, is larger than the nodes hand on."""

    code = "payload_too_large"
