"""Reading request bodies with a limit, so that a 5 GB post costs one refusal and not our memory."""

from fastapi import Request

from app.api.errors import ApiProblem


async def read_body(request: Request, *, bytes_max: int) -> bytes:
    """Read a body of at most `bytes_max` bytes; raises ApiProblem 413 as soon as it is longer."""
    return await read_announced_body(request, request.headers.get("content-length", ""), bytes_max=bytes_max)


async def read_announced_body(request: Request, announced: str, *, bytes_max: int) -> bytes:
    """As `read_body`, where the caller knows what the header content-length says."""
    if announced.isdigit() and int(announced) > bytes_max:
        raise _too_large(bytes_max)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > bytes_max:
            raise _too_large(bytes_max)
    return bytes(body)


def _too_large(bytes_max: int) -> ApiProblem:
    return ApiProblem(413, "The body is too large", f"Send at most {bytes_max} bytes.")
