"""TCP connections to 127.0.0.1:PORT in the container, carried as frames over stdin and stdout.

A frame is a type (1 byte), a connection number (4 bytes) and a length (4 bytes), big-endian, then that many bytes:
  R ready: the port listens        O open: a new connection, numbered upwards from 1
  D data                           E no more data from this side
  C closed or broken               W window: the other side may send so many bytes more (4 bytes)
Each connection may have WINDOW bytes on the way in each direction, so that a slow one holds up nobody else. Past
CONNECTIONS open ones no more are accepted; they wait in the kernel's queue. Ends with stdin.
"""
import asyncio
import os
import socket
import struct
import sys

HEADER = struct.Struct('>BII')
COUNT = struct.Struct('>I')
READY, OPEN, DATA, END, CLOSE, WINDOW_UPDATE = b'RODECW'
FRAME = 64 * 1024
WINDOW = 256 * 1024
CONNECTIONS = 128
BACKLOG = 512


class Tunnel:
    def __init__(self, out):
        self.out = out
        self.turn = asyncio.Lock()
        self.connections = {}

    async def send(self, kind, number, data=b''):
        async with self.turn:
            self.out.write(HEADER.pack(kind, number, len(data)) + data)
            await self.out.drain()


class Connection:
    def __init__(self, number, reader, writer):
        self.number = number
        self.reader = reader
        self.writer = writer
        self.incoming = asyncio.Queue()
        self.ended = False
        self.allowance = WINDOW
        self.allowed = asyncio.Event()
        self.task = None

    async def upwards(self, tunnel):
        while True:
            while self.allowance == 0:
                self.allowed.clear()
                await self.allowed.wait()
            data = await self.reader.read(min(FRAME, self.allowance))
            if not data:
                return await tunnel.send(END, self.number)
            self.allowance -= len(data)
            await tunnel.send(DATA, self.number, data)

    async def downwards(self, tunnel):
        while True:
            data = await self.incoming.get()
            if data is CLOSE:
                raise ConnectionAbortedError
            if not data:
                self.writer.write_eof()
                continue
            self.writer.write(data)
            await self.writer.drain()
            await tunnel.send(WINDOW_UPDATE, self.number, COUNT.pack(len(data)))

    async def carry(self, tunnel, slots):
        tunnel.connections[self.number] = self
        down = asyncio.ensure_future(self.downwards(tunnel))
        up = asyncio.ensure_future(self.upwards(tunnel))
        try:
            await tunnel.send(OPEN, self.number)
            done, _ = await asyncio.wait([up, down], return_when=asyncio.FIRST_COMPLETED)
            # The client has said all it has to say; the answer may still be on its way, until the host closes.
            if up in done and up.exception() is None:
                await asyncio.wait([down])
        finally:
            tunnel.connections.pop(self.number, None)
            for part in (up, down):
                part.cancel()
            results = await asyncio.gather(up, down, return_exceptions=True)
            if self.ended and any(isinstance(one, ConnectionAbortedError) for one in results):
                self.writer.close()
            else:
                self.writer.transport.abort()
            slots.release()
            await tunnel.send(CLOSE, self.number)

    def take(self, kind, data):
        if kind == DATA:
            self.incoming.put_nowait(data)
        elif kind == END:
            self.ended = True
            self.incoming.put_nowait(b'')
        elif kind == WINDOW_UPDATE:
            self.allowance += COUNT.unpack(data)[0]
            self.allowed.set()
        elif kind == CLOSE and self.ended:
            # What the host sent before it closed is still to be delivered.
            self.incoming.put_nowait(CLOSE)
        elif kind == CLOSE:
            self.task.cancel()


async def accept(listener, tunnel):
    loop = asyncio.get_running_loop()
    slots = asyncio.Semaphore(CONNECTIONS)
    number = 0
    while True:
        await slots.acquire()
        client, _ = await loop.sock_accept(listener)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        number += 1
        connection = Connection(number, *await asyncio.open_connection(sock=client, limit=FRAME))
        connection.task = asyncio.ensure_future(connection.carry(tunnel, slots))


async def main(port):
    loop = asyncio.get_running_loop()
    frames = asyncio.StreamReader(limit=WINDOW)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(frames), sys.stdin)
    pipe, protocol = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, sys.stdout)
    tunnel = Tunnel(asyncio.StreamWriter(pipe, protocol, None, loop))
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(('127.0.0.1', port))
    listener.listen(BACKLOG)
    listener.setblocking(False)
    await tunnel.send(READY, 0)
    accepting = asyncio.ensure_future(accept(listener, tunnel))
    accepting.add_done_callback(lambda _: os._exit(1))
    while True:
        try:
            kind, number, length = HEADER.unpack(await frames.readexactly(HEADER.size))
            data = await frames.readexactly(length)
        except asyncio.IncompleteReadError:
            os._exit(0)
        connection = tunnel.connections.get(number)
        if connection is not None:
            connection.take(kind, data)


asyncio.run(main(int(sys.argv[1])))
