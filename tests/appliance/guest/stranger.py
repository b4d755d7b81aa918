"""Another local program that is a pairing agent, as a desktop applet or bluetoothctl is one: it says yes to everything."""

from dbus_fast import BusType, Message, MessageType
from dbus_fast.aio import MessageBus

from bluez import BLUEZ
from bus import Bus

AGENT = "/stranger/agent"
MANAGER = "org.bluez.AgentManager1"


class Stranger(Bus):
    """On a connection of its own. Closing that without a word is what the bus sees of a crash."""

    @classmethod
    async def appear(cls, capability="DisplayYesNo", default=True):
        stranger = cls()
        stranger.connection = await MessageBus(bus_type=BusType.SYSTEM).connect()
        stranger.connection.add_message_handler(stranger.agree)
        stranger.asked = []
        await stranger.manage("RegisterAgent", "os", AGENT, capability)
        if default:
            await stranger.be_default()
        return stranger

    def agree(self, message):
        if message.path != AGENT or message.message_type is not MessageType.METHOD_CALL:
            return None
        self.asked.append(message.member)
        return Message.new_method_return(message)

    async def manage(self, member, signature, *body):
        await self.call(BLUEZ, "/org/bluez", MANAGER, member, signature, *body)

    async def be_default(self):
        await self.manage("RequestDefaultAgent", "o", AGENT)

    async def leave(self):
        await self.manage("UnregisterAgent", "o", AGENT)
        self.close()

    def crash(self):
        self.close()
