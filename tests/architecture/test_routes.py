"""Every route is guarded or known to be public, named once, and described truthfully."""

from collections import Counter
from pathlib import Path
from typing import Any

from tests.architecture.routes import list_routes

PUBLIC = Path(__file__).with_name("public_routes.txt")


async def test_every_route_is_guarded_or_in_the_list_of_public_ones(app: Any) -> None:
    public = [str(route) for route in list_routes(app) if not route.is_guarded]

    assert public == PUBLIC.read_text().splitlines()


async def test_no_two_routes_share_an_operation_id_or_a_place(app: Any) -> None:
    described = [route for route in list_routes(app) if route.path.startswith("/api")]
    names = Counter(route.name for route in described)
    places = Counter(str(route) for route in described)

    assert [name for name, times in (names + places).items() if times > 1] == []


async def test_every_route_that_names_a_project_names_it_alike(app: Any) -> None:
    paths = {route.path for route in list_routes(app) if route.path.startswith("/api/projects/")}

    assert {path.split("/")[3] for path in paths} == {"{project}"}
