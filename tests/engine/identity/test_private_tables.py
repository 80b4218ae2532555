"""A project's private tables are closed to data requests."""

import pytest

from app.core.db import Database
from app.core.ids import project_schema
from app.engine.identity.realms import PRIVATE_TABLES
from tests.conftest import TestProject


@pytest.mark.parametrize("role", ["backendify_data", "backendify_export"])
async def test_data_requests_have_no_right_on_them(
    project: TestProject, database: Database, role: str
) -> None:
    for table in PRIVATE_TABLES:
        for right in ("SELECT", "INSERT", "UPDATE", "DELETE", "REFERENCES"):
            name = f"{project_schema(project.id)}.{table}"
            allowed = await database.owner.fetchval(
                "SELECT has_table_privilege($1, $2, $3)", role, name, right
            )
            assert not allowed, (table, right)
