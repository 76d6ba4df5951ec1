"""python3-websockets as a client, python_peer.py URL, or without a URL as a server for one client. It talks with the tests as
lines.mjs does: a line for each event on standard output, a line for each command on standard input, payloads in hex. With
--unix PATH it listens on that Unix domain socket, or connects to it.

With --echo it echoes: a client opens a WebSocket for each line "connect PATH PARAMETERS", where it offers permessage-deflate with
these, and a server is one for many clients, which asks for permessage-deflate with the parameters that are the query of the
address."""

import argparse
import asyncio
import functools
import ssl
import sys
from http import HTTPStatus

import websockets
from websockets.extensions.permessage_deflate import (
    ClientPerMessageDeflateFactory,
    ServerPerMessageDeflateFactory,
)

FRAGMENTED_FROM = 1000


def say(*words):
    print(*words, flush=True)


def as_hex(data):
    return (data.encode() if isinstance(data, str) else data).hex()


def as_type(kind, data):
    return bytes.fromhex(data).decode() if kind == "text" else bytes.fromhex(data)


async def lines():
    reader = asyncio.StreamReader(limit=1 << 24)  # 1 MiB in hex, and more
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    while line := await reader.readline():
        yield line.decode().rstrip("\n").split(" ")


async def obey(socket):
    async for command, *words in lines():
        if command in ("text", "binary"):
            await socket.send(as_type(command, words[0]))
        elif command == "fragments":
            await socket.send([as_type(words[0], piece) for piece in words[1:]])
        elif command == "ping":
            asyncio.ensure_future(ping(socket, bytes.fromhex(words[0])))
        elif command == "pong":
            await socket.pong(bytes.fromhex(words[0]))
        elif command == "close":
            # In the background: closing waits for the peer, and more may be to say meanwhile.
            asyncio.ensure_future(
                socket.close(int(words[0]), bytes.fromhex(words[1]).decode())
            )
        elif command == "raw":
            socket.transport.write(bytes.fromhex(words[0]))


async def ping(socket, data):
    await (await socket.ping(data))
    say("pong", data.hex())


async def converse(socket):
    say("open", socket.subprotocol or "")
    commands = asyncio.ensure_future(obey(socket))
    try:
        while True:
            message = await socket.recv()
            say("text" if isinstance(message, str) else "binary", as_hex(message))
    except websockets.ConnectionClosed:
        await socket.wait_closed()
        say("close", socket.close_code, as_hex(socket.close_reason))
    await commands


async def echo(socket):
    """Sends back what it hears, longer messages in three fragments."""
    async for message in socket:
        piece = -(-len(message) // 3)
        if len(message) < FRAGMENTED_FROM:
            await socket.send(message)
        else:
            await socket.send(
                [message[at : at + piece] for at in range(0, len(message), piece)]
            )


def deflate(parameters):
    """Parameters of permessage-deflate, written as in the handshake, as those of a factory."""
    named = (parameter.partition("=") for parameter in parameters)
    values = {name: int(value) if value else True for name, _, value in named}
    # A client offers client_max_window_bits unless it is told None.
    return {"client_max_window_bits": None, **values}


async def connect_echo(url, parameters):
    extension = ClientPerMessageDeflateFactory(**deflate(parameters))
    async with websockets.connect(
        url,
        compression=None,
        extensions=[extension],
        max_size=options.max,
        ping_interval=None,
    ) as socket:
        await echo(socket)


async def connect_echoes():
    tasks = set()
    async for _, path, *parameters in lines():
        task = asyncio.ensure_future(connect_echo(options.url + path, parameters))
        tasks.add(task)
        task.add_done_callback(tasks.discard)


class EchoProtocol(websockets.WebSocketServerProtocol):
    def process_extensions(self, headers, available_extensions):
        _, _, query = self.path.partition("?")
        extension = ServerPerMessageDeflateFactory(**deflate(query.split("&") if query else []))
        return super().process_extensions(headers, [extension])


def headers_of(options):
    return [tuple(header.split(": ", 1)) for header in options.header]


async def connect(options):
    opening = websockets.connect
    if options.unix:
        opening = functools.partial(websockets.unix_connect, options.unix)
    try:
        socket = await opening(
            options.url,
            subprotocols=options.subprotocol or None,
            extra_headers=headers_of(options),
            max_size=options.max,
            ping_interval=None,
        )
    except websockets.InvalidStatusCode as refused:
        say("refused", refused.status_code, "")
    else:
        await converse(socket)


async def serve(options):
    async def greet(socket):
        for name, value in socket.request_headers.raw_items():
            say("header", name, value.encode().hex())
        await converse(socket)

    async def refuse(path, headers):
        if options.refuse:
            return HTTPStatus(int(options.refuse)), [("X-Why", "no cookie")], b"sign in first"

    tls = None
    if options.cert:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(options.cert, options.key)
    listen = functools.partial(websockets.serve, host="127.0.0.1", port=0)
    if options.unix:
        listen = functools.partial(websockets.unix_serve, path=options.unix)
    server = await listen(
        echo if options.echo else greet,
        subprotocols=options.subprotocol or None,
        select_subprotocol=lambda offered, known: next(
            (name for name in known if name in offered), None
        ),
        max_size=options.max,
        ping_interval=None,
        process_request=refuse,
        ssl=tls,
        create_protocol=EchoProtocol if options.echo else None,
    )
    say("listening", options.unix or server.sockets[0].getsockname()[1])
    await server.wait_closed()


parser = argparse.ArgumentParser()
parser.add_argument("url", nargs="?")
parser.add_argument("--subprotocol", action="append", default=[])
parser.add_argument("--header", action="append", default=[])
parser.add_argument("--max", type=int, default=1 << 20)
parser.add_argument("--refuse")
parser.add_argument("--cert")
parser.add_argument("--key")
parser.add_argument("--unix")
parser.add_argument("--echo", action="store_true")
options = parser.parse_args()
if not options.url:
    asyncio.run(serve(options))
elif options.echo:
    asyncio.run(connect_echoes())
else:
    asyncio.run(connect(options))
