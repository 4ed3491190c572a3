"""What routes are handed."""

from typing import Annotated

from fastapi import Depends, Request

from copilot.desk import Desk


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.services.desk
    return desk


DeskDep = Annotated[Desk, Depends(_desk)]
