"""The tables of association models as they came out, for people and as JSON."""

import json

from expected import ROWS, TABLES, row_and_phones

LEGEND = """\
Rows: the appliance's capability. Columns: the phone's.
Conf RequestConfirmation, Auth RequestAuthorization, Req RequestPasskey, Disp DisplayPasskey, Pin RequestPinCode,
jw: bonded and the agent was not asked, x: refused and the agent was not asked. A: the key is authenticated, -: it is not.
Keep: as jw, and kept by a hold at the box; gone: the box deleted the bond.
"""


def report(cases, cells, results):
    """Prints the tables of the rows that were to run and keeps them. A cell without a result is missing."""
    played = {(cell["table"], cell["ours"], cell["phone"]): cell for cell in cells}
    wanted = {(row.table.name, row.ours, phone) for row, phones in filter(None, map(row_and_phones, cases)) for phone in phones}
    if not wanted:
        return
    text = LEGEND + "".join(table_text(table, wanted, played) for table in TABLES)
    faults = fault_lines(wanted, played)
    text += "".join(f"\n{line}" for line in faults + not_run_lines(wanted)) + "\n"
    good = sum(played[each]["passed"] for each in wanted if each in played)
    text += f"\n{good} of {len(wanted)} cells as expected\n"
    print(f"\n{text}", flush=True)
    (results / "association.txt").write_text(text)
    (results / "association.json").write_text(json.dumps(cells, indent=1) + "\n")


def table_text(table, wanted, played):
    rows = [row for row in ROWS.values() if row.table is table and any((table.name, row.ours, phone) in wanted for phone in row.phones())]
    if not rows:
        return ""
    columns = list(dict.fromkeys(phone for row in rows for phone in table.methods(row.ours)))
    grid = [[table.name, *columns]]
    grid += [[row.ours, *(cell_text(row, phone, wanted, played) for phone in columns)] for row in rows]
    widths = [max(map(len, column)) for column in zip(*grid, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in grid]
    return f"\n{table.title}\n" + "\n".join(lines) + "\n"


def cell_text(row, phone, wanted, played):
    if phone in row.unplayable():
        return "NOT RUN"
    key = row.table.name, row.ours, phone
    if key not in wanted:
        return ""
    if key not in played:
        return "MISSING"
    return played[key]["seen"] if played[key]["passed"] else f"FAIL {played[key]['seen']}"


def fault_lines(wanted, played):
    lines = []
    for table, ours, phone in sorted(wanted):
        name, cell = f"{table}-{ours}:{phone}", played.get((table, ours, phone))
        if cell is None:
            lines.append(f"MISSING {name}: it has no result")
        elif not cell["passed"]:
            verdict = f"expected {cell['expected']}, seen {cell['seen']}"
            lines.append(f"FAIL {name}: {'; '.join([verdict, *cell['problems']])}")
        if cell and cell["notes"]:
            lines.append(f"note {name}: {'; '.join(cell['notes'])}")
    return lines


def not_run_lines(wanted):
    rows = [row for row in ROWS.values() if any((row.table.name, row.ours, phone) in wanted for phone in row.phones())]
    return [f"NOT RUN {row.name}:{phone}: not possible with btvirt: {reason}" for row in rows for phone, reason in row.unplayable().items()]
