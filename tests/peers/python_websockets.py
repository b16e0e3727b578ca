"""websockets for Python as a client or a server; see README.md for the scenarios."""

import asyncio
import base64
import http
import json
import sys

from websockets.asyncio.client import connect
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.extensions.permessage_deflate import (
    ClientPerMessageDeflateFactory,
    ServerPerMessageDeflateFactory,
)


def show(value):
    print(json.dumps(value), flush=True)


def as_json(message):
    if isinstance(message, str):
        return message
    return {"bytes": base64.b64encode(message).decode()}


def from_json(message):
    return message if isinstance(message, str) else base64.b64decode(message["bytes"])


def extensions(factory, scenario):
    """permessage-deflate with the parameters that the header names, or nothing."""
    if "deflate" not in scenario:
        return None
    # What stands for "not named" is None for a number and False for a word.
    return [factory(**{name: value for name, value in scenario["deflate"].items() if value is not None})]


def answer(socket=None, messages=(), ended=True):
    """What became of `socket`, in the words of a browser's CloseEvent."""
    saw = {
        "opened": socket is not None,
        "protocol": socket.subprotocol if socket else None,
        "messages": list(messages),
        "code": None,
        "reason": None,
        "wasClean": None,
        "error": None,
        "said": None,
        "readyState": None,
    }
    if not socket:
        saw.update(code=1006, reason="", wasClean=False)
    elif ended:
        protocol = socket.protocol
        clean = protocol.close_rcvd is not None and protocol.close_sent is not None
        saw.update(code=protocol.close_code, reason=protocol.close_reason, wasClean=clean)
    return saw


async def close(socket, arguments):
    # A browser's close() without arguments sends no body; here that is None.
    await socket.close(*(arguments or [None]))


async def client(scenario):
    messages = []
    try:
        socket = await connect(
            scenario["url"],
            subprotocols=scenario.get("protocols") or None,
            compression=None,
            extensions=extensions(ClientPerMessageDeflateFactory, scenario),
            proxy=None,
        )
    except (InvalidHandshake, OSError, EOFError) as error:
        return show(answer() | {"said": f"{type(error).__name__}: {error}"})
    try:
        for message in scenario.get("send", []):
            await socket.send(from_json(message))
        while len(messages) < scenario.get("expect", 0):
            messages.append(as_json(await socket.recv()))
        await asyncio.sleep(scenario.get("after", 0) / 1000)
        if scenario.get("terminate"):
            socket.transport.abort()
        elif "close" in scenario:
            closing = asyncio.create_task(close(socket, scenario["close"]))
            if "look_after" in scenario:
                done, _ = await asyncio.wait([closing], timeout=scenario["look_after"] / 1000)
                return show(answer(socket, messages, ended=bool(done)))
            await closing
        async for message in socket:
            messages.append(as_json(message))
    except ConnectionClosed:
        pass
    await socket.wait_closed()
    show(answer(socket, messages))


async def server(scenario):
    async def handle(socket):
        messages = []
        try:
            if scenario["mode"] == "close":
                await close(socket, scenario.get("close"))
            elif scenario["mode"] == "terminate":
                socket.transport.abort()
            async for message in socket:
                messages.append(as_json(message))
                await socket.send(message)
        except ConnectionClosed:
            pass
        await socket.wait_closed()
        show(answer(socket, messages))

    def refuse(socket, _request):
        if scenario["mode"] == "refuse":
            return socket.respond(http.HTTPStatus.UNAUTHORIZED, scenario.get("body", ""))

    def choose(_socket, offered):
        taken = scenario.get("protocols")
        return next((name for name in offered if taken is None or name in taken), None)

    async with serve(
        handle,
        "127.0.0.1",
        0,
        process_request=refuse,
        select_subprotocol=choose,
        compression=None,
        extensions=extensions(ServerPerMessageDeflateFactory, scenario),
    ) as listener:
        show({"port": listener.sockets[0].getsockname()[1]})
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run({"client": client, "server": server}[sys.argv[1]](json.loads(sys.argv[2])))
