"""The tables of association models, row by row: what bluetoothd asks of the agent, what stands on the
glass, how the pairing ends on both sides and how strong the key is."""

import asyncio
import time
import traceback

import bluez
from appliance import MANY
from bredr import play_bredr
from expected import CAPABILITIES
from person import BOXES, Person
from phone import Refused
from wait import Broken, Failure, require, until

ATTEND_S = 45
CELL_S = 90
SHORT = {name: short for short, name in CAPABILITIES.items()}
TOO_MUCH_ASKED = "AUTHENTICATION_REQUIREMENTS"


async def play_row(appliance, row, phones):
    """One appliance of one capability; the phones come one after another."""
    await appliance.start()
    box = BOXES[row.ours]
    if box.keypad:
        appliance.plug_in_keypad()
    await appliance.run(board=box.board, capability=row.ours, keys=MANY)
    await until("an adapter that is pairable", 10, appliance.bluez.pairable, Broken)
    cells = []
    for phone in phones:
        cells.append(await play_cell(appliance, row, phone))
        appliance.report_cell(cells[-1])
    line = ", ".join(f"{SHORT.get(cell['phone'], cell['phone'])} {cell['seen']}" for cell in cells)
    failed = [f"{cell['phone']}: expected {cell['expected']}, seen {cell['seen']}" + "".join(f"; {each}" for each in cell["problems"])
              for cell in cells if not cell["passed"]]  # fmt: skip
    require(not failed, " | ".join(failed))
    return line


async def play_cell(appliance, row, phone):
    """A cell without a link is no refusal: it is played once more in fresh air."""
    began, notes = time.monotonic(), []
    play = play_bredr if row.table.bearer == "bredr" else play_le
    for attempt in (1, 2):
        problems, seen = [], "?"
        try:
            seen = await asyncio.wait_for(play(appliance, row, phone, problems, finish), CELL_S)
        except asyncio.TimeoutError:
            problems.append(f"not finished within {CELL_S} s")
        except Failure as failure:
            problems.append(f"the appliance broke: {failure}" if isinstance(failure, Broken) else str(failure))
            if attempt == 1 and (isinstance(failure, Broken) or appliance.air.dead()):
                notes.append(f"played again in fresh air: {failure}")
                await appliance.clear_air(str(failure))
                continue
        except Exception as error:
            problems.append(f"{error!r}; see harness.log")
            appliance.log("harness").write(traceback.format_exc().encode())
        break
    expected = row.expected(phone)
    passed = seen == expected and not problems
    if not passed:
        appliance.keep_picture(f"failed-{phone}")
    try:
        await appliance.phone_gone()
    except Exception as error:
        notes.append(f"fresh air after it: {error}")
        await appliance.clear_air(str(error))
    return {
        "table": row.table.name, "ours": row.ours, "phone": phone, "expected": expected, "seen": seen,
        "passed": passed, "problems": problems, "notes": notes, "seconds": round(time.monotonic() - began, 1),
    }  # fmt: skip


async def play_le(appliance, row, phone, problems, finish):
    table = row.table
    await appliance.phone_on()
    person, request = Person(appliance, BOXES[row.ours]), None
    if table.initiator:
        appliance.phone.become(phone, table.mitm, table.secure)
        pairing = await appliance.phone.be_found("le")
        request = asyncio.create_task(appliance.pair(appliance.phone.address("le")))
    else:
        await appliance.phone_connects()
        pairing = appliance.phone.begin_pairing(phone, table.mitm, table.secure)
    return await finish(appliance, pairing, request, person, problems, lambda: le_key(table.secure, problems))


async def finish(appliance, pairing, request, person, problems, key):
    """Lets the person do their part and says how it ended: `Conf ok A`, `x refused`."""
    try:
        await person.attend(pairing, ATTEND_S, request)
    finally:
        problems += person.problems
        if request and not request.done():
            await asyncio.wait({request}, timeout=5)
        for task in filter(None, (pairing, request)):
            task.cancel()
    ends = await outcome(appliance, pairing, request, person, problems, key)
    return f"{person.calls() or ('x' if ends == 'refused' else 'jw')} {ends}"


async def outcome(appliance, pairing, request, person, problems, key):
    """`refused`, or `ok` with the strength of the key; both sides must agree on it."""
    await appliance.monitor.catch_up(appliance.bus)
    if person.disowned():
        await until("no bond in bluetoothd", 10, lambda: no_bond(appliance))
        return "gone"
    try:
        pairing.result()
    except Refused as refusal:
        # A dead controller also ends a pairing; without a word from the other side that is no refusal.
        if not refusal.told and appliance.air.dead():
            raise Broken(f"btvirt died: {refusal}") from None
        if not person.seen and TOO_MUCH_ASKED not in str(refusal):
            problems.append(f"the phone was not told {TOO_MUCH_ASKED}: {refusal}")
        await appliance.require_no_bond()
        require(not request or request.exception(), "pairpanel pair succeeded although the phone was refused")
        return "refused"
    await until("a bond on the phone", 5, appliance.phone.bonds)
    await until("Device1.Bonded is true", 10, appliance.bluez.bonded)
    if request:
        await request
    return f"ok {await key()}".rstrip()


async def no_bond(appliance):
    return not await appliance.bluez.bonded() and not bluez.stored_keys() and not bluez.stored_link_keys()


async def le_key(secure, problems):
    """`Authenticated`: 0 and 2 unauthenticated, 1 and 3 authenticated, 2 and 3 Secure Connections."""
    (values,) = (await until("a long term key in bluetoothd's storage", 10, bluez.stored_keys)).values()
    if any((value in (2, 3)) != secure for value in values):
        problems.append(f"Authenticated={values} is no {'Secure Connections' if secure else 'legacy'} key")
    strong = {value in (1, 3) for value in values}
    return "A" if strong == {True} else "-" if strong == {False} else f"Authenticated={values}"
