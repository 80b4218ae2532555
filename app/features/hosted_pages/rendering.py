"""A page of the table as HTML. Nothing of the request is in it but a project's well-formed name."""

import re
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from app.features.hosted_pages.pages import Page

ASSETS: Final = Path(__file__).with_name("assets")
ASSETS_PATH: Final = "/hosted-pages"

# Ids and slugs; a dot among them would let the page's script ask for another route.
_PROJECT: Final = re.compile(r"[A-Za-z0-9-]{1,63}")
_PROJECT_PART: Final = "{project}"


def render_page(page: Page, project: str | None, *, has_token: bool) -> str:
    """``project`` as the path names it: whether there is one is not looked up."""
    is_whole = has_token or not page.needs_token
    if project is not None and not _PROJECT.fullmatch(project):
        is_whole = False
    # Relative, so that the pages also work below a prefix that a proxy takes off.
    root = "../" * (page.path.count("/") - 1)

    def route(path: str) -> str:
        return root + path.removeprefix("/").replace(_PROJECT_PART, project or "")

    assets = route(ASSETS_PATH)
    return _template().render(page=page, is_whole=is_whole, assets=assets, route=route)


@cache
def read_asset(name: str) -> str:
    return (ASSETS / name).read_text()


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(ASSETS),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html")
