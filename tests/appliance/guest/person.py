"""The person who stands at the box and holds the phone: does what each asks for, and keeps a record."""

import asyncio
import random
import time
from dataclasses import dataclass

import keypad
import panel
from appliance import ACCEPT, ARM_S, HOLD_S, REJECT
from phone import CAPABILITIES
from wait import Failure, until

# A person does not press at the very instant at which the daemon begins to listen.
AFTER_ARM_S = ARM_S + 0.1
# bluetoothd's calls to the agent that make a pairing, and their short names.
CALLS = {
    "RequestConfirmation": "Conf",
    "RequestAuthorization": "Auth",
    "RequestPasskey": "Req",
    "DisplayPasskey": "Disp",
    "RequestPinCode": "Pin",
    "DisplayPinCode": "PinDisp",
    "AuthorizeService": "Service",
}


@dataclass(frozen=True)
class Box:
    """What a board gives a person to look at and to press."""

    board: str
    display: bool = False
    buttons: bool = False
    keypad: bool = False

    @property
    def can_accept(self):
        return self.buttons or self.keypad


BOXES = {
    "DisplayOnly": Box("cp2112-display-only", display=True),
    "DisplayYesNo": Box("cp2112", display=True, buttons=True),
    "KeyboardOnly": Box("numpad", keypad=True),
    "NoInputNoOutput": Box("none"),
    "KeyboardDisplay": Box("cp2112-numpad", display=True, buttons=True, keypad=True),
}


class Person:
    """Made before the pairing begins: only later calls are theirs."""

    def __init__(self, appliance, box, agrees=True, names_pin=False):
        self.appliance = appliance
        self.box = box
        self.agrees = agrees
        self.names_pin = names_pin
        self.since = time.time()
        self.seen = []
        self.problems = []
        self.code = None
        self.kept = False

    @property
    def phone(self):
        return self.appliance.phone.user

    async def attend(self, pairing, seconds, request=None):
        """Until the pairing is over, however it ends. `request` is what this side asked bluetoothd for."""
        deadline = time.monotonic() + seconds
        while not pairing.done():
            if time.monotonic() > deadline:
                raise Failure(f"the phone was neither paired nor refused within {seconds:g} s after {self.calls()}")
            self.give_phone_its_code()
            if request and request.done() and request.exception():
                # The phone may hear of it a moment later.
                await asyncio.wait({pairing}, timeout=8)
                if not pairing.done():
                    raise request.exception()
                break
            for call in self.new_calls():
                await self.answer(call, pairing)
            await asyncio.wait({pairing}, timeout=0.05)
        if request and self.box.buttons and not self.seen and not pairing.exception():
            await self.keep()
        await self.appliance.monitor.catch_up(self.appliance.bus)
        self.new_calls()

    def give_phone_its_code(self):
        """Once it asks, and once the person knows it. `names_pin`: the phone asks before the box does."""
        if self.names_pin:
            self.chosen_code()
        for asked, given in ((self.phone.asked_to_type, self.phone.typed), (self.phone.asked_for_pin, self.phone.pin)):
            if self.code and asked.done() and not given.done():
                given.set_result(self.code)

    def new_calls(self):
        calls = [call for call in self.appliance.monitor.messages if call.kind == "method_call" and call.member in CALLS]
        new = [call for call in calls if call.at >= self.since][len(self.seen) :]
        self.seen += new
        return new

    def calls(self):
        """Short names of all calls, in their order."""
        return "+".join([CALLS[call.member] for call in self.seen] + ["Keep"] * self.kept)

    def chosen_code(self):
        """A number that both sides are given, where the person may choose it."""
        self.code = self.code or f"{random.randrange(100_000, 1_000_000)}"
        return self.code

    async def answer(self, call, pairing):
        answers = {
            "RequestConfirmation": self.compare,
            "RequestAuthorization": self.authorize,
            "RequestPasskey": self.type_passkey,
            "DisplayPasskey": self.read_passkey,
            "RequestPinCode": self.pin,
            "DisplayPinCode": self.read_pin,
        }
        if call.member in answers:
            await answers[call.member](call, pairing)

    async def keep(self):
        """The box asks by itself, about a pairing of its own that bluetoothd has asked nobody about."""
        try:
            await until("a question at the box", 2, lambda: self.activity() == "asking")
        except Failure:
            return
        self.kept = True
        await asyncio.sleep(AFTER_ARM_S)
        with self.pressed_accept():
            await until("the box asks no more after a hold", HOLD_S + 3, lambda: self.activity() != "asking")

    def disowned(self):
        """Whether the box has said that it deletes a bond that nobody has approved."""
        finished = panel.told(self.appliance.monitor, "PairingFinished", self.since)
        return "unknown-removed" in [outcome for _, _, _, _, outcome, *_ in finished]

    def activity(self):
        """What the box has last said that it does, since this pairing began."""
        said = panel.changes(self.appliance.monitor, "Activity", self.since)
        return said[-1] if said else None

    # one function a call

    async def compare(self, call, pairing):
        number = await self.phone_says("a number to compare", pairing, self.phone.number, self.phone.shown)
        self.same("bluetoothd", f"{number_of(call):06}", number)
        shown = self.box.display and (self.agrees or self.box.buttons)  # a policy that says no shows nothing
        if shown:
            self.same("the glass", await self.code_on_glass(call), number)
        if not self.phone.number_is_right.done():
            self.phone.number_is_right.set_result(True)
        if self.agrees:
            await self.hold_accept(pairing)
        elif shown:
            await self.tap_reject()

    async def authorize(self, call, pairing):
        if self.box.display:
            await self.picture_after(call)
            if self.appliance.code_now():
                self.problems.append("digits are on the glass although there is nothing to compare")
        await self.hold_accept(pairing)

    async def read_passkey(self, call, _pairing):
        self.code = await self.code_on_glass(call)
        self.same("bluetoothd", f"{number_of(call):06}", self.code)

    async def type_passkey(self, call, pairing):
        if self.phone.io_capability == CAPABILITIES["KeyboardOnly"]:
            self.chosen_code()  # nobody shows one; a phone may ask only after the box has sent its own
        else:
            self.code = await self.phone_says("a passkey", pairing, self.phone.shown)
        await self.type_on_keypad(call, self.code)

    async def pin(self, call, pairing):
        if self.box.keypad:
            await self.type_on_keypad(call, self.chosen_code())
        elif self.box.display:
            await self.read_pin(call, pairing)
            await self.hold_for_pin()

    async def read_pin(self, call, _pairing):
        """What the phone is given, unless it was given something else before."""
        self.code = await self.code_on_glass(call)

    # hands and eyes

    async def hold_accept(self, pairing):
        """Down until the pairing is over, as a person does who watches the bar."""
        if not self.box.can_accept:
            return
        await asyncio.sleep(AFTER_ARM_S)
        with self.pressed_accept():
            await asyncio.wait({pairing}, timeout=HOLD_S + 3)

    async def hold_for_pin(self):
        """It is sent before the phone needs it, where there is a key to hold."""
        if self.box.buttons:
            await asyncio.sleep(AFTER_ARM_S)
            with self.pressed_accept():
                await asyncio.sleep(HOLD_S + 0.4)

    def pressed_accept(self):
        if self.box.buttons:
            return Pressed(self.appliance, ACCEPT)
        return Pressed(self.appliance.keypad, keypad.ENTER)

    async def tap_reject(self):
        await asyncio.sleep(AFTER_ARM_S)
        with Pressed(self.appliance, REJECT):
            await asyncio.sleep(0.2)

    async def type_on_keypad(self, call, code):
        if self.box.display:
            await self.picture_after(call)
        await asyncio.sleep(AFTER_ARM_S)
        await self.appliance.keypad.type(code)
        if self.box.display:
            try:
                await until("the typed digits on the glass", 5, lambda: self.appliance.code_now() == code)
            except Failure as failure:
                self.problems.append(str(failure))
        await asyncio.sleep(0.3)
        await self.appliance.keypad.tap(keypad.ENTER)

    async def picture_after(self, call):
        def shown():
            return self.appliance.bridge.display()["settled"] and self.appliance.bridge.pictures()[-1][0] > call.at

        await until(f"a picture on the glass after {call.member}", 8, shown)

    async def code_on_glass(self, call):
        """Six digits in a picture that is younger than the call."""

        def code():
            at, _ = self.appliance.bridge.pictures()[-1]
            return at > call.at and self.appliance.code_now()

        return await until(f"six digits on the glass after {call.member}", 8, code)

    async def phone_says(self, what, pairing, *futures):
        await asyncio.wait({pairing, *futures}, timeout=10, return_when=asyncio.FIRST_COMPLETED)
        for future in futures:
            if future.done():
                return future.result()
        raise Failure(f"the phone did not show {what}")

    def same(self, who, code, wanted):
        if code != wanted:
            self.problems.append(f"{who} shows {code}, expected {wanted}")


class Pressed:
    """A key that is down inside the `with`."""

    def __init__(self, keys, key):
        self.keys, self.key = keys, key

    def __enter__(self):
        self.keys.press(self.key)

    def __exit__(self, *_):
        self.keys.release(self.key)


def number_of(call):
    return call.arguments[1]
