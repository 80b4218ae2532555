"""The client of Backendify: ``Client`` blocks, ``AsyncClient`` is awaited; same words."""

from backendify_client.batch import Batch, Operation, Result
from backendify_client.client import AsyncClient, Client
from backendify_client.collections import (
    AsyncCollection,
    AsyncSubscription,
    Collection,
    Subscription,
)
from backendify_client.errors import BackendifyError, MfaRequiredError, NetworkError, Violation
from backendify_client.events import Event
from backendify_client.retries import Retry
from backendify_client.session import FileStorage, MemoryStorage, Storage, Tokens
from backendify_client.shapes import Append, CollectionName, Increment, Page, Record, etag_of

__all__ = [
    "Append",
    "AsyncClient",
    "AsyncCollection",
    "AsyncSubscription",
    "BackendifyError",
    "Batch",
    "Client",
    "Collection",
    "CollectionName",
    "Event",
    "FileStorage",
    "Increment",
    "MemoryStorage",
    "MfaRequiredError",
    "NetworkError",
    "Operation",
    "Page",
    "Record",
    "Result",
    "Retry",
    "Storage",
    "Subscription",
    "Tokens",
    "Violation",
    "etag_of",
]
