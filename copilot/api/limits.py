"""Bounds on what comes in: body size and encoding, judged before anything is parsed."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from copilot.api.problems import problem


class BodyLimit:
    """Reads a body up to `limit` bytes and hands it on whole; beyond that answers 413, for broken UTF-8 400."""

    def __init__(self, app: ASGIApp, limit: int, hint: str = "send the last messages only") -> None:
        self._app = app
        self._limit = limit
        self._hint = hint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS", "DELETE"):
            await self._app(scope, receive, send)
            return
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > self._limit:
            await self._too_large(scope, receive, send)
            return
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            if len(body) > self._limit:
                await self._too_large(scope, receive, send)
                return
            if not message.get("more_body"):
                break
        try:
            body.decode("utf-8")
        except UnicodeDecodeError as error:
            answer = problem(400, "malformed", f"the body is not UTF-8: bad byte at {error.start}; send UTF-8 JSON")
            await answer(scope, receive, send)
            return
        await self._app(scope, _replay(bytes(body), receive), send)

    async def _too_large(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = problem(413, "too_large", f"the body is over {self._limit} bytes; {self._hint}")
        await answer(scope, receive, send)


class BodyLimits:
    """Documents may be larger than anything else that comes in."""

    def __init__(self, app: ASGIApp, limit: int, upload_limit: int, upload_path: str) -> None:
        self._others = BodyLimit(app, limit)
        self._uploads = BodyLimit(app, upload_limit, "split the document, or use `copilot kb add` on the server")
        self._upload_path = upload_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        upload = scope["type"] == "http" and scope["path"] == self._upload_path
        await (self._uploads if upload else self._others)(scope, receive, send)


def _replay(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def once() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return once
