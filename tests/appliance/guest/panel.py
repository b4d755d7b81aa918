"""The panel's own interface on the bus, as it is used and as it is overheard. Nothing here is the daemon's code."""

from bus import PROPERTIES
from wait import until

NAME = "org.pairpanel"
PATH = "/org/pairpanel"
PANEL1 = "org.pairpanel.Panel1"


class Panel:
    """The calls of a client."""

    def __init__(self, bus):
        self.bus = bus

    async def there(self):
        """The name comes a moment after the agent."""
        await until(f"{NAME} on the bus", 10, lambda: self.bus.owner(NAME))

    async def call(self, member, signature="", *body):
        await self.there()
        return await self.bus.call(NAME, PATH, PANEL1, member, signature, *body)

    async def get(self, name):
        await self.there()
        return (await self.bus.call(NAME, PATH, PROPERTIES, "Get", "ss", PANEL1, name))[0]

    async def all(self):
        return (await self.bus.call(NAME, PATH, PROPERTIES, "GetAll", "s", PANEL1))[0]

    async def open(self, seconds=0):
        await self.call("OpenWindow", "u", seconds)

    async def closed(self):
        return not await self.get("WindowOpen")


def senders(monitor):
    """Every connection that has been org.pairpanel, by its unique name."""
    said = [message for message in monitor.past if message.member == "NameOwnerChanged"]
    changes = [change.arguments for change in said + monitor.signals("NameOwnerChanged")]
    return {owner for name, _, owner in changes if name == NAME and owner}


def messages(monitor):
    """Everything that org.pairpanel has sent to anybody, but the answers that are meant to have a code: those to
    ReadPrompt and ReadOutOfBand, each to who has called it."""
    ours = senders(monitor)
    read = {(call.sender, call.serial) for member in ("ReadPrompt", "ReadOutOfBand") for call in monitor.calls(member)}
    return [message for message in monitor.past + monitor.messages if message.sender in ours and (message.destination, message.reply_serial) not in read]


def changes(monitor, name, since=0.0):
    """The values that a property has been said to have, one after another."""
    ours = senders(monitor)
    changed = [signal.arguments[1] for signal in monitor.signals("PropertiesChanged", since) if signal.sender in ours]
    return [properties[name] for properties in changed if name in properties]


def told(monitor, member, since=0.0):
    """The arguments of each signal of this name."""
    ours = senders(monitor)
    return [signal.arguments for signal in monitor.signals(member, since) if signal.sender in ours]
