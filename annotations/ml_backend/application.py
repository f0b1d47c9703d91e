"""The backend over HTTP: who is let in, how much is read, JSON in and out, errors with their code."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio
from anyio.to_thread import run_sync
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from annotations.ml_backend.access import Access
from annotations.ml_backend.backend import Backend
from annotations.ml_backend.errors import BackendError, BackendErrorCode
from annotations.ml_backend.training_job import Trainer

logger = logging.getLogger(__name__)

MAX_BODY = 64 * 1024 * 1024
_PREDICTING_AT_ONCE = 2
_OF_STATUS = {404: BackendErrorCode.WRONG_ADDRESS, 405: BackendErrorCode.WRONG_METHOD}

Handler = Callable[[Request], Awaitable[Response]]


def create_application(
    backend: Backend, trainer: Trainer, access: Access, *, max_body: int = MAX_BODY
) -> Starlette:
    """The backend as an ASGI application; the trainer is stopped with it.

    Args:
        backend: What answers.
        trainer: What trains in the background.
        access: Who is let in.
        max_body: Bytes of a request; larger ones are refused with 413.
    """
    predicting = anyio.CapacityLimiter(_PREDICTING_AT_ONCE)

    async def health(_: Request) -> Response:
        return JSONResponse(await run_sync(backend.health))

    async def versions(_: Request) -> Response:
        return JSONResponse(await run_sync(backend.versions))

    async def setup(request: Request) -> Response:
        return JSONResponse(await run_sync(backend.setup, await _json_object(request, max_body)))

    async def predict(request: Request) -> Response:
        data = await _json_object(request, max_body)
        return await run_sync(lambda: JSONResponse(backend.predict(data)), limiter=predicting)

    async def webhook(request: Request) -> Response:
        status, answer = await run_sync(backend.webhook, await _json_object(request, max_body))
        return JSONResponse(answer, status_code=status)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await run_sync(trainer.stop)

    return Starlette(
        routes=[
            Route("/", health, methods=["GET"]),
            Route("/health", health, methods=["GET"]),
            Route("/versions", versions, methods=["GET"]),
            Route("/setup", setup, methods=["POST"]),
            Route("/predict", predict, methods=["POST"]),
            Route("/webhook", webhook, methods=["POST"]),
        ],
        middleware=[Middleware(_Admission, access=access)],
        exception_handlers={
            BackendError: _coded, HTTPException: _coded, ClientDisconnect: _gone, Exception: _unforeseen,
        },
        lifespan=lifespan,
    )  # fmt: skip


class _Admission:
    """Lets in requests that bring the secret, before anything of their body is read."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app, self._access = app, access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            request = Request(scope)
            if not self._access.admits(request.headers):
                logger.warning("%s %s refused: no or wrong secret", request.method, request.url.path)
                error = BackendError(BackendErrorCode.UNAUTHORIZED)
                challenge = {"WWW-Authenticate": 'Basic realm="nianbao", charset="UTF-8"'}
                await _error_response(error, challenge)(scope, receive, send)
                return
        await self._app(scope, receive, send)


async def _json_object(request: Request, max_body: int) -> dict[str, Any]:
    """The request's body.

    Raises:
        BackendError: It is not announced as JSON, larger than `max_body`, no JSON, or no object.
    """
    # A page in a browser cannot send this type to another address without being asked first.
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise BackendError(BackendErrorCode.NOT_JSON, request.headers.get("content-type", "no Content-Type"))
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > max_body:
        raise BackendError(BackendErrorCode.TOO_LARGE, f"{announced} bytes, {max_body} at most")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > max_body:
            raise BackendError(BackendErrorCode.TOO_LARGE, f"more than {max_body} bytes")
    return await run_sync(_parsed, bytes(body))


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BackendError(BackendErrorCode.MALFORMED_JSON, str(error)[:100]) from error
    if not isinstance(data, dict):
        raise BackendError(BackendErrorCode.WRONG_REQUEST, f"an object is needed, not {type(data).__name__}")
    return data


def _error_response(error: BackendError, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"error": error.to_dict()}, status_code=error.status, headers=headers)


async def _coded(request: Request, error: Exception) -> Response:
    """Our own errors, and those of addresses and methods that there are none of."""
    if isinstance(error, HTTPException):
        found = BackendError(
            _OF_STATUS.get(error.status_code, BackendErrorCode.WRONG_REQUEST), request.url.path
        )
        return _error_response(found, dict(error.headers or {}))
    if not isinstance(error, BackendError):
        return await _unforeseen(request, error)
    logger.warning("%s %s: %s", request.method, request.url.path, error.message)
    return _error_response(error)


async def _gone(request: Request, _: Exception) -> Response:
    logger.warning("%s %s: the other side hung up", request.method, request.url.path)
    return Response(status_code=400)


async def _unforeseen(request: Request, error: Exception) -> Response:
    logger.error("%s %s", request.method, request.url.path, exc_info=error)
    return _error_response(BackendError(BackendErrorCode.INTERNAL, type(error).__name__))
