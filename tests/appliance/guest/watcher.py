"""What bluetoothd says of its adapters on the bus: when each was pairable, to the time at which the bus passed it on."""

import re
from dataclasses import dataclass

from bluez import ADAPTER1, BLUEZ

PAIRABLE = re.compile(r'string "Pairable"\s+variant\s+boolean (true|false)')


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
        text = message.text()
        if message.member == "NameOwnerChanged" and re.match(rf'\s*string "{BLUEZ}"\s+string ":', text):
            for adapter in list(begun):
                end(adapter, message.at, "bluetoothd gone")
        if f'"{ADAPTER1}"' not in text:
            continue
        path = message.path if message.member == "PropertiesChanged" else re.search(r'object path "([^"]+)"', text)[1]
        found = PAIRABLE.search(text)
        if message.member == "InterfacesRemoved":
            end(path, message.at, "adapter gone")
        elif found and found[1] == "true":
            begun.setdefault(path, message.at)
        elif found:
            end(path, message.at, "set")
    for adapter in list(begun):
        end(adapter, until, "still so")
    return spans


def longest(spans):
    return max((span.seconds for span in spans), default=0.0)


def in_words(spans):
    each = ", ".join(f"{1000 * span.seconds:.0f} ms ({span.ended})" for span in sorted(spans, key=lambda span: -span.seconds)[:4])
    return f"pairable {len(spans)} times, longest {1000 * longest(spans):.0f} ms{': ' if each else ''}{each}"
