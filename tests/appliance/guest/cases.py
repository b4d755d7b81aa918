"""Pairings that end as they should: by the person at the box, or not at all."""

import asyncio
import time

from bumble.core import PhysicalTransport

import bluez
import panel
from appliance import ACCEPT, ARM_S, DEADLINE_S, HOLD_S, MANY, REJECT, SMP_TIMEOUT_S
from phone import Phone, Refused
from wait import Paired, at, require, until

# A person does not press at the very instant at which the daemon begins to listen.
AFTER_ARM_S = ARM_S + 0.4
# The stick of the board cp2112-stick.
UP, DOWN, SELECT = 2, 3, 4


async def prompt(appliance):
    """Connects the phone and pairs up to the comparison; the digits on the glass must be the phone's."""
    await until("an adapter that is discoverable", 10, appliance.bluez.discoverable)
    await appliance.phone_connects()
    pairing = appliance.phone.begin_pairing()
    number = await phone_shows_number(appliance, pairing)
    on_glass = await appliance.code_on_glass()
    appliance.keep_picture("prompt")
    require(on_glass == number, f"the glass shows {on_glass}, the phone {number}")
    return pairing


async def phone_shows_number(appliance, pairing):
    user = appliance.phone.user
    await asyncio.wait({pairing, user.number}, timeout=15, return_when=asyncio.FIRST_COMPLETED)
    if pairing.done() and pairing.exception():
        require(False, f"refused before any prompt: {pairing.exception()}")
    require(user.number.done(), "the phone was asked to compare nothing within 15 s")
    return user.number.result()


async def hold_accept(appliance, pairing, longest=HOLD_S + 3):
    """Down until the pairing is over, as a person does who watches the bar."""
    await asyncio.sleep(AFTER_ARM_S)
    appliance.press(ACCEPT)
    await asyncio.wait({pairing}, timeout=longest)
    appliance.release(ACCEPT)


async def pair_by_button(appliance):
    pairing = await prompt(appliance)
    appliance.phone.user.number_is_right.set_result(True)
    await hold_accept(appliance, pairing)
    await appliance.paired(pairing, authenticated=True)


async def prompt_at_running_appliance(appliance, board="cp2112", **display):
    await appliance.start(**display)
    await appliance.run(board)
    pairing = await prompt(appliance)
    appliance.phone.user.number_is_right.set_result(True)
    return pairing


async def accept(appliance):
    """the digits on the glass are the phone's, accept held pairs with a MITM-protected key"""
    await accepted(appliance, await prompt_at_running_appliance(appliance))


async def accept_128x32(appliance):
    """the same on the smaller glass"""
    await accepted(appliance, await prompt_at_running_appliance(appliance, board="cp2112-128x32", rows=32))


async def accept_sh1106(appliance):
    """the same on another controller, which has more columns than the glass and no windows"""
    await accepted(appliance, await prompt_at_running_appliance(appliance, board="cp2112-sh1106", controller="sh1106"))
    unknown = appliance.bridge.display()["unknown"]
    require(not unknown, f"the controller got commands that it has not: {[hex(command) for command in unknown]}")


async def accepted(appliance, pairing):
    before = appliance.bridge.pictures()[-1][1]
    await hold_accept(appliance, pairing)
    await appliance.paired(pairing, authenticated=True)
    await until("digits gone from the glass", 5, lambda: appliance.code_now() is None)
    lit = sum(map(sum, appliance.bridge.pictures()[-1][1]))
    require(appliance.bridge.pictures()[-1][1] != before and lit, "the glass does not show the outcome")
    appliance.keep_picture("paired")


async def reject(appliance):
    """a short press of reject refuses the phone at once"""
    pairing = await prompt_at_running_appliance(appliance)
    await asyncio.sleep(AFTER_ARM_S)
    appliance.press(REJECT)
    await asyncio.sleep(0.2)
    appliance.release(REJECT)
    reason = await appliance.refused(pairing, seconds=5)
    appliance.keep_picture("refused")
    return reason


async def no_answer(appliance):
    """a prompt that nobody answers is refused before the link times out"""
    pairing = await prompt_at_running_appliance(appliance)
    asked = appliance.monitor.calls("RequestConfirmation")[-1]
    reason = await appliance.refused(pairing)
    appliance.keep_picture("refused")
    answer = await until("the daemon's answer to RequestConfirmation", 2, lambda: answer_to(appliance, asked))
    require(answer.kind == "error", "the daemon did not refuse RequestConfirmation")
    took = answer.at - asked.at
    require(DEADLINE_S - 1 < took < SMP_TIMEOUT_S - 1, f"refused after {took:.1f} s, expected {DEADLINE_S:g} s")
    return f"{reason}; after {took:.1f} s"


def answer_to(appliance, call):
    for message in appliance.monitor.messages:
        if message.reply_serial == call.serial and message.destination == call.sender:
            return message
    return None


async def held_before(appliance):
    """accept held down since before the prompt does not pair"""
    await appliance.start()
    await appliance.run()
    await appliance.phone_connects()
    appliance.press(ACCEPT)
    await asyncio.sleep(0.3)
    pairing = appliance.phone.begin_pairing()
    number = await phone_shows_number(appliance, pairing)
    appliance.phone.user.number_is_right.set_result(True)
    await until("the phone's digits on the glass", 8, lambda: pairing.done() or appliance.code_now() == number)
    appliance.keep_picture("prompt")
    return await appliance.refused(pairing)


async def short_press(appliance):
    """accept tapped for 300 ms does not pair"""
    pairing = await prompt_at_running_appliance(appliance)
    for _ in range(2):
        await asyncio.sleep(AFTER_ARM_S)
        appliance.press(ACCEPT)
        await asyncio.sleep(0.3)
        appliance.release(ACCEPT)
    return await appliance.refused(pairing)


async def both_keys(appliance):
    """accept held while reject is held does not pair"""
    pairing = await prompt_at_running_appliance(appliance)
    await asyncio.sleep(AFTER_ARM_S)
    appliance.press(REJECT)
    appliance.press(ACCEPT)
    await asyncio.sleep(HOLD_S + 1.5)
    require(not pairing.done(), "two keys at once answered the prompt")
    appliance.release(ACCEPT)
    appliance.release(REJECT)
    return await appliance.refused(pairing)


async def two_phones(appliance):
    """while one phone is compared a second one is refused and its passkey not shown; the first one pairs"""
    pairing = await prompt_at_running_appliance(appliance)
    number = appliance.code_now()
    second, earphones = [await Phone.switch_on(address=f"F0:F1:F2:F3:F4:{last}") for last in ("F6", "F7")]
    try:
        # btvirt mixes up two links of the appliance unless each has the same number on both sides: the
        # second phone has another link already, so that the one to the appliance is its second, too.
        await earphones.device.start_advertising()
        await second.device.connect(earphones.device.random_address)
        await appliance.bluez.advertise()
        await second.connect()
        intruding = second.begin_pairing()
        second.user.number_is_right.set_result(True)
        await asyncio.wait({intruding}, timeout=10)
        require(intruding.done(), "the second phone was not refused within 10 s")
        require(isinstance(intruding.exception(), Refused), "the second phone was paired", Paired)
        require(not pairing.done() and appliance.code_now() == number, "the second phone disturbed the first one's prompt")
        require(len(appliance.monitor.calls("RequestConfirmation")) == 1, "the agent was asked about the second phone")
        # DisplayPasskey is no question: bluetoothd hands it on whatever else is open.
        typing = second.begin_pairing("KeyboardOnly")
        await asyncio.wait({typing, second.user.asked_to_type}, timeout=10, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.wait({typing}, timeout=2)
        require(appliance.monitor.calls("DisplayPasskey"), "bluetoothd had no passkey for the second phone: the case shows too little")
        require(not pairing.done() and appliance.code_now() == number, "the second phone's passkey disturbed the first one's prompt")
        await hold_accept(appliance, pairing)
        await appliance.paired(pairing, authenticated=True)
        require(not await second.bonds(), "the second phone has a bond")
        require(len(await appliance.bluez.bonded()) == 1, "bluetoothd has a bond with both phones")
        return str(intruding.exception())
    finally:
        await second.switch_off()
        await earphones.switch_off()


async def stick(appliance):
    """the phone's passkey is picked on the glass with a stick and sent by the accept key"""
    await appliance.start()
    await appliance.run(board="cp2112-stick", capability="KeyboardDisplay")
    await appliance.phone_connects()
    pairing = appliance.phone.begin_pairing("DisplayOnly")
    code = await asyncio.wait_for(asyncio.shield(appliance.phone.user.shown), 15)
    await until("RequestPasskey", 10, lambda: appliance.monitor.calls("RequestPasskey"))
    await asyncio.sleep(1 + AFTER_ARM_S)
    for digit in map(int, code):
        # The round is 0 to 9 and then "take one back".
        steps = [UP] * digit if digit < 6 else [DOWN] * (11 - digit)
        for key in [*steps, SELECT]:
            await tap(appliance, key)
    await until("the picked digits on the glass", 5, lambda: appliance.code_now() == code)
    require(not pairing.done(), "the sixth digit was sent without being asked to")
    appliance.keep_picture("picked")
    await asyncio.sleep(0.3)
    await tap(appliance, ACCEPT)
    await appliance.paired(pairing, authenticated=True)


async def tap(appliance, key):
    appliance.press(key)
    await asyncio.sleep(0.13)
    appliance.release(key)
    await asyncio.sleep(0.13)


async def forgotten(appliance):
    """a phone that has forgotten the box is refused unasked; a hold at the box forgets it, too, and it pairs again"""
    await appliance.start()
    await appliance.run(keys=MANY)
    await pair_unchecked(appliance)
    await leave(appliance)
    await appliance.phone.forget()
    asked = len(appliance.monitor.calls("RequestAuthorization"))
    await appliance.phone_connects()
    again = appliance.phone.begin_pairing("NoInputNoOutput", mitm=False)
    await asyncio.wait({again}, timeout=15)
    require(again.done() and isinstance(again.exception(), Refused), "bluetoothd let the phone pair again without a word")
    await leave(appliance)
    await appliance.monitor.catch_up(appliance.bus)
    require(len(appliance.monitor.calls("RequestAuthorization")) == asked, "the agent was asked: the case shows nothing")
    require(await appliance.bluez.bonded(), "the bond is gone before anybody wanted it")
    # The question comes when the reason of the lost link is overdue, and is read before it is answered.
    await asyncio.sleep(2)
    appliance.keep_picture("forget")
    appliance.press(ACCEPT)
    await asyncio.sleep(HOLD_S + 0.5)
    appliance.release(ACCEPT)
    await until("the bond gone after the hold", 10, lambda: no_bond(appliance))
    await asyncio.sleep(0.5)
    appliance.keep_picture("forgotten")
    await pair_unchecked(appliance)
    return str(again.exception())


async def pair_unchecked(appliance):
    calls = len(appliance.monitor.calls("RequestAuthorization"))
    await appliance.phone_connects()
    pairing = appliance.phone.begin_pairing("NoInputNoOutput", mitm=False)
    await until("RequestAuthorization", 10, lambda: len(appliance.monitor.calls("RequestAuthorization")) > calls)
    await hold_accept(appliance, pairing)
    await appliance.paired(pairing, authenticated=False)


async def leave(appliance):
    await appliance.phone.disconnect()
    await until("bluetoothd sees that the link is down", 10, appliance.link_is_down)


async def no_bond(appliance):
    return not await appliance.bluez.bonded()


async def twenty(appliance):
    """20 pairings in a row, each with the phone's digits on the glass and a bond"""
    await appliance.start()
    await appliance.run(keys=MANY)
    for number in range(1, 21):
        try:
            await pair_by_button(appliance)
            await appliance.phone_gone()
        except Exception as error:
            raise at(f"pairing {number} of 20", error) from None
    codes = len(appliance.codes())
    require(codes >= 19, f"only {codes} different codes were on the glass in 20 pairings")
    return "20 of 20"


async def display_only(appliance):
    """a display without buttons: the code on the glass, typed into the phone, pairs with MITM protection"""
    await appliance.start()
    await appliance.run(board="cp2112-display-only", capability="DisplayOnly", keys=MANY)
    for phone in ("KeyboardOnly", "KeyboardDisplay"):
        await appliance.phone_connects()
        pairing = appliance.phone.begin_pairing(phone)
        user = appliance.phone.user
        await asyncio.wait({pairing, user.asked_to_type}, timeout=15, return_when=asyncio.FIRST_COMPLETED)
        require(user.asked_to_type.done(), f"the {phone} phone was not asked to type a passkey")
        code = await appliance.code_on_glass()
        appliance.keep_picture(f"passkey-{phone}")
        user.typed.set_result(code)
        await appliance.paired(pairing, authenticated=True)
        await until("digits gone from the glass", 5, lambda: appliance.code_now() is None)
        await appliance.phone_gone()


async def nothing_attached(appliance):
    """board none: just works while the window is open, whenever bluetoothd tells of it; refused while it is closed"""
    await appliance.start()
    await appliance.run(board="none", capability="NoInputNoOutput", keys=MANY)
    await appliance.phone_connects()
    await appliance.paired(appliance.phone.begin_pairing(), authenticated=False)
    await appliance.clear_air("the phone comes by BR/EDR now")
    await paired_before_it_is_told(appliance)
    await appliance.stop_daemon()
    await appliance.clear_air("the phone comes by LE again")
    appliance.launch(board="none", window=0)
    await appliance.default_agent("NoInputNoOutput")
    await appliance.phone_connects()
    return await appliance.refused(appliance.phone.begin_pairing())


async def paired_before_it_is_told(appliance):
    """bluetoothd reads of the link and of its key in one go, and tells of the device when it has done so."""
    await until("an adapter that is discoverable", 10, appliance.bluez.discoverable)
    await appliance.phone_on(classic=True)
    appliance.phone.become("DisplayOnly")
    since = time.time()
    async with bluez.halted():
        await appliance.phone.connect(PhysicalTransport.BR_EDR)
        await appliance.phone.pair(appliance.phone.authenticate)
    (finished,) = await until("PairingFinished", 10, lambda: panel.told(appliance.monitor, "PairingFinished", since))
    told = [signal.arguments[1].get("org.bluez.Device1") for signal in appliance.monitor.signals("InterfacesAdded", since)]
    require([device["Bonded"] for device in told if device] == [True], f"bluetoothd told of {told}: the case shows nothing")
    require(finished[4] == "paired-unchecked", f"PairingFinished says {finished}")
    require(await appliance.bluez.bonded() and bluez.stored_link_keys(), "the bond is gone")


async def window_closed(appliance):
    """with the window closed the phone is refused and no code appears"""
    await appliance.start()
    await appliance.run(window=0)
    await appliance.phone_connects()
    # The person at the box even holds the key, as long as a prompt asks for: that does not open the window.
    appliance.press(ACCEPT)
    pairing = appliance.phone.begin_pairing()
    appliance.phone.user.number_is_right.set_result(True)
    await asyncio.sleep(HOLD_S + 0.3)
    appliance.release(ACCEPT)
    reason = await appliance.refused(pairing)
    appliance.keep_picture("refused")
    require(not appliance.codes(), "a code was on the glass although the window was closed")
    require(not await appliance.bluez.pairable(), "the adapter is pairable")
    return reason
