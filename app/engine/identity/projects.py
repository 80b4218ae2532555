"""What a caller is told of a project that is closed to them."""

from app.core.errors import ForbiddenError, NotFoundError


class ProjectNotFoundError(NotFoundError):
    """No such project, or none that this caller may know of: one answer for both."""

    code = "project_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such project.")


class ProjectArchivedError(ForbiddenError):
    """The project's data is closed until the project is unarchived."""

    code = "project_archived"

    def __init__(self) -> None:
        super().__init__("The project is archived.", hint="Unarchive it to use its data again.")
