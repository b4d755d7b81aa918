"""What bluetoothd says of its adapters on the bus: when each was pairable, to the time at which the bus passed it on."""

from dataclasses import dataclass

from bluez import ADAPTER1, BLUEZ


@dataclass
class Span:
    """A time in which an adapter was pairable."""

    adapter: str
    since: float
    until: float
    #: Why it ended: `set`, `adapter gone`, `bluetoothd gone`, or `still so`.
    ended: str

    @property
    def seconds(self):
        return self.until - self.since


def pairable_spans(messages, until):
    """From signals alone: Adapter1's properties, adapters that come and go, and bluetoothd that does."""
    spans, begun = [], {}

    def end(adapter, at, why):
        if adapter in begun:
            spans.append(Span(adapter, begun.pop(adapter), at, why))

    for message in messages:
        if message.kind != "signal" or message.at > until:
            continue
        if message.member == "NameOwnerChanged":
            name, owner, _ = message.arguments
            for adapter in list(begun) if name == BLUEZ and owner else ():
                end(adapter, message.at, "bluetoothd gone")
        elif message.member == "InterfacesRemoved":
            path, interfaces = message.arguments
            if ADAPTER1 in interfaces:
                end(path, message.at, "adapter gone")
        path, pairable = said_of_pairable(message)
        if pairable:
            begun.setdefault(path, message.at)
        elif pairable is False:
            end(path, message.at, "set")
    for adapter in list(begun):
        end(adapter, until, "still so")
    return spans


def said_of_pairable(message):
    """An adapter and its new Pairable, or None of it if that is not said."""
    if message.member == "PropertiesChanged":
        interface, properties, _ = message.arguments
        return message.path, properties.get("Pairable") if interface == ADAPTER1 else None
    if message.member == "InterfacesAdded":
        path, interfaces = message.arguments
        return path, interfaces.get(ADAPTER1, {}).get("Pairable")
    return None, None


def longest(spans):
    return max((span.seconds for span in spans), default=0.0)


def in_words(spans):
    each = ", ".join(f"{1000 * span.seconds:.0f} ms ({span.ended})" for span in sorted(spans, key=lambda span: -span.seconds)[:4])
    return f"pairable {len(spans)} times, longest {1000 * longest(spans):.0f} ms{': ' if each else ''}{each}"
