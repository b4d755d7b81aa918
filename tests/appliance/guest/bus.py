"""The system bus: calls, and a record of every message that passes."""

import asyncio
import json
import time
from dataclasses import dataclass

from dbus_fast import BusType, Message, MessageType
from dbus_fast.aio import MessageBus
from dbus_fast.unpack import unpack_variants

from wait import Broken, Failure, until

PROPERTIES = "org.freedesktop.DBus.Properties"


class CallFailed(Failure):
    def __init__(self, what, reply):
        super().__init__(f"{what}: {reply.error_name}: {' '.join(map(str, reply.body))}")
        self.name = reply.error_name


class Bus:
    @classmethod
    async def connect(cls):
        bus = cls()
        bus.connection = await MessageBus(bus_type=BusType.SYSTEM).connect()
        return bus

    @property
    def name(self):
        return self.connection.unique_name

    async def reply(self, destination, path, interface, member, signature="", *body):
        message = Message(destination, path, interface, member, signature=signature, body=list(body))
        return await asyncio.wait_for(self.connection.call(message), 30)

    async def call(self, destination, path, interface, member, signature="", *body):
        reply = await self.reply(destination, path, interface, member, signature, *body)
        if reply.message_type is MessageType.ERROR:
            raise CallFailed(f"{interface}.{member} on {path}", reply)
        return unpack_variants(reply.body)

    async def daemon(self, member, signature="", *body):
        """A call of the bus itself."""
        name = "org.freedesktop.DBus"
        return (await self.call(name, "/org/freedesktop/DBus", name, member, signature, *body))[0]

    async def owner(self, name):
        try:
            return await self.daemon("GetNameOwner", "s", name)
        except CallFailed:
            return None

    async def names_of_process(self, pid):
        names = []
        for name in await self.daemon("ListNames"):
            if name.startswith(":"):
                try:
                    if await self.daemon("GetConnectionUnixProcessID", "s", name) == pid:
                        names.append(name)
                except CallFailed:
                    continue  # it left the bus in between
        return names

    def close(self):
        self.connection.disconnect()


@dataclass
class Seen:
    """One message on the bus, with the time when the bus handed it to the monitor."""

    at: float
    kind: str
    sender: str
    destination: str
    serial: int
    reply_serial: int
    path: str
    member: str
    #: As JSON has them; a variant is its value.
    arguments: list

    def text(self):
        """Everything that it carries."""
        return json.dumps(self.arguments, ensure_ascii=False)


def seen(line):
    """A message as `busctl monitor --json=short` writes it."""
    message = json.loads(line)
    return Seen(
        message["timestamp-realtime"] / 1e6, message["type"], message.get("sender", ""), message.get("destination", ""),
        message["cookie"], message.get("reply_cookie", 0), message.get("path", ""), message.get("member", ""),
        plain(message["payload"]["data"]),
    )  # fmt: skip


def plain(value):
    if isinstance(value, list):
        return [plain(each) for each in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"type", "data"}:
        return plain(value["data"])
    return {key: plain(each) for key, each in value.items()}


class Monitor:
    """`busctl monitor` in the background. A message is a line: it is there whole or not at all."""

    def __init__(self):
        self.messages = []
        self.past = []

    @classmethod
    async def start(cls):
        monitor = cls()
        monitor.process = await asyncio.create_subprocess_exec(
            "busctl", "--system", "--json=short", "monitor", stdout=asyncio.subprocess.PIPE, limit=1 << 22
        )
        monitor.reader = asyncio.create_task(monitor.read())
        return monitor

    async def read(self):
        async for line in self.process.stdout:
            # One that was being written when the monitor was stopped has no end.
            if line.endswith(b"\n"):
                self.messages.append(seen(line))

    def calls(self, member, since=0.0):
        return [m for m in self.messages if m.kind == "method_call" and m.member == member and m.at >= since]

    def signals(self, member, since=0.0):
        return [m for m in self.messages if m.kind == "signal" and m.member == member and m.at >= since]

    def return_of(self, call):
        for message in self.messages:
            if message.kind == "method_return" and message.reply_serial == call.serial and message.destination == call.sender:
                return message
        return None

    def forget(self, before):
        """Looks no more among the messages from before then: a long case has more of them than can be searched all the time."""
        count = next((number for number, message in enumerate(self.messages) if message.at >= before), 0)
        self.past += self.messages[:count]
        del self.messages[:count]

    async def catch_up(self, bus):
        """Until everything that passed so far is in `messages`: the bus hands over in order."""
        since = time.time()
        await bus.daemon("GetId")
        await until("the monitor's echo", 10, lambda: any(call.sender == bus.name for call in self.calls("GetId", since)), Broken)

    async def stop(self):
        if self.process.returncode is None:
            self.process.terminate()
        await self.process.wait()
        await self.reader
