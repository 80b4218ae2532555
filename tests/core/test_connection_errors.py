"""Which faults are the database's, and so a 503 or 504."""

import asyncpg
import pytest

from app.core.connection_errors import (
    DatabaseBusyError,
    DatabaseTimeoutError,
    DatabaseUnavailableError,
    as_unavailable,
)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ConnectionRefusedError(), DatabaseUnavailableError),
        (asyncpg.CannotConnectNowError("starting up"), DatabaseUnavailableError),
        (asyncpg.AdminShutdownError("bye"), DatabaseUnavailableError),
        (asyncpg.DiskFullError("full"), DatabaseUnavailableError),
        (asyncpg.InterfaceError("connection is closed"), DatabaseUnavailableError),
        (asyncpg.QueryCanceledError("timeout"), DatabaseTimeoutError),
        (TimeoutError(), DatabaseBusyError),
    ],
)
def test_a_fault_of_the_database_is_one_of_availability(
    error: Exception, told: type[Exception]
) -> None:
    assert type(as_unavailable(error)) is told


def test_what_is_told_as_unavailable_already_stays_as_it_is() -> None:
    error = DatabaseBusyError("x")

    assert as_unavailable(error) is error


def test_other_errors_are_none_of_the_databases() -> None:
    assert as_unavailable(ValueError()) is None
    assert as_unavailable(asyncpg.UniqueViolationError("x")) is None
    assert as_unavailable(asyncpg.InterfaceError("another operation is in progress")) is None
