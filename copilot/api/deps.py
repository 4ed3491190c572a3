"""What routes are handed."""

from typing import Annotated

from fastapi import Depends, Request

from copilot.desk import Desk
from copilot.library import Library


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.services.desk
    return desk


DeskDep = Annotated[Desk, Depends(_desk)]


def _library(request: Request) -> Library:
    library: Library = request.app.state.services.library
    return library


LibraryDep = Annotated[Library, Depends(_library)]
