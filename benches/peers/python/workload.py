"""The rates and the lines of W1 for engines that are driven from Python.

Every rate is one row: its first day, the day it ends, the units in a pack (0 where there are
none), three bounds, and for four tiers the straight line `base + rate * units`. Decimals are as
narrow as these rates allow, so that engines with small decimals may use them: all credits before
rounding fit 18 digits.
"""

import datetime
import json
import pathlib
from array import array
from decimal import Decimal

EPOCH = datetime.date(1970, 1, 1)
NEVER = datetime.date(9999, 12, 31)
ACCOUNTS = 50_000

# Digits and decimals of what the columns hold.
QUANTITY = (11, 3)
RATE = (7, 4)
EXACT = (18, 7)
CREDITS = (18, 2)


def widen():
    """As wide as decimals are, for who does not know the rates and lines beforehand."""
    global QUANTITY, RATE, EXACT, CREDITS
    QUANTITY, RATE, EXACT, CREDITS = (19, 3), (18, 4), (38, 7), (38, 2)


def day(number):
    return EPOCH + datetime.timedelta(days=number)


def rates(folder):
    """One row for each dated rate of each product."""
    products = json.loads(pathlib.Path(folder, "rates.json").read_text())
    rows = []
    for number, product in enumerate(products):
        versions = product["versions"]
        ends = [day(version["from"]) for version in versions[1:]] + [NEVER]
        for version, end in zip(versions, ends):
            row = {
                "product": number,
                "sku": product["sku"],
                "begins": day(version["from"]),
                "ends": end,
                "size": version["size"] if product["kind"] == "package" else 0,
            }
            row.update(tiers(product["kind"], version["tiers"]))
            rows.append(row)
    return rows


def tiers(kind, given):
    cells, base = {}, Decimal(0)
    for at in range(4):
        tier = given[min(at, len(given) - 1)]
        rate = Decimal(tier["rate"]).scaleb(-4)
        if kind == "graduated" and at > 0:
            base += cells[f"bound{at - 1}"] * (cells[f"rate{at - 1}"] - rate)
        if at < 3:
            open_ended = tier["up_to"] is None
            cells[f"bound{at}"] = Decimal(99_999_999 if open_ended else tier["up_to"])
        cells[f"base{at}"] = base
        cells[f"rate{at}"] = rate
    return cells


def column(folder, lines, name, kind):
    values = array(kind)
    values.frombytes(pathlib.Path(folder, f"lines-{lines}.{name}").read_bytes())
    return values


def arrow_rates(folder):
    import pyarrow as pa

    rows = rates(folder)
    kinds = {
        "product": pa.uint32(),
        "sku": pa.string(),
        "begins": pa.date32(),
        "ends": pa.date32(),
        "size": pa.int64(),
    }
    for at in range(4):
        if at < 3:
            kinds[f"bound{at}"] = pa.decimal128(*QUANTITY)
        kinds[f"base{at}"] = pa.decimal128(*EXACT)
        kinds[f"rate{at}"] = pa.decimal128(*RATE)
    schema = pa.schema(list(kinds.items()))
    return pa.Table.from_pylist(rows, schema=schema)


def arrow_lines(folder, lines, keys):
    """Lines in memory: with numbers as keys, or with texts."""
    import pyarrow as pa

    def raw(name, kind):
        path = pathlib.Path(folder, f"lines-{lines}.{name}")
        return pa.Array.from_buffers(kind, lines, [None, pa.py_buffer(path.read_bytes())])

    thousandths = raw("quantity", pa.int64()).cast(pa.decimal128(19, 0))
    quantity = pa.Array.from_buffers(pa.decimal128(19, 3), lines, thousandths.buffers())
    account, product = raw("account", pa.uint32()), raw("product", pa.uint32())
    columns = {"line": pa.array(range(lines), pa.uint32())}
    if keys:
        skus = [row["sku"] for row in rates(folder)][::3]
        accounts = pa.array([f"ACC-{number:06}" for number in range(ACCOUNTS)])
        columns["account"] = accounts.take(account)
        columns["sku"] = pa.array(skus).take(product)
    else:
        columns["account"] = account
        columns["product"] = product
    columns["quantity"] = quantity.cast(pa.decimal128(*QUANTITY))
    columns["start"] = raw("start", pa.int32()).cast(pa.date32())
    return pa.table(columns)


def write_columns(folder, lines, credits, totals):
    """Credits by line, and totals by account: pairs of a key and a decimal, in any order."""
    by_line = array("q", bytes(8 * lines))
    for line, value in credits:
        by_line[line] = int(value.scaleb(2))
    by_account = array("q", bytes(8 * ACCOUNTS))
    for account, value in totals:
        number = int(account[4:]) if isinstance(account, str) else account
        by_account[number] = int(value.scaleb(2))
    pathlib.Path(folder, "credits.i64").write_bytes(by_line.tobytes())
    pathlib.Path(folder, "totals.i64").write_bytes(by_account.tobytes())


def credits_in_sql(idivide):
    """The credits of a joined line as SQL; `idivide` writes a whole division of whole numbers."""
    packs = idivide("CAST(quantity * 1000 AS BIGINT) + size * 1000 - 1", "size * 1000")
    quantity, exact = "DECIMAL({}, {})".format(*QUANTITY), "DECIMAL({}, {})".format(*EXACT)
    units = f"CASE WHEN size = 0 THEN quantity ELSE CAST({packs} AS {quantity}) END"

    def tier(at):
        return f"base{at} + CAST({units} AS {quantity}) * rate{at}"

    cases = " ".join(f"WHEN quantity <= bound{at} THEN {tier(at)}" for at in range(3))
    exact_credits = f"CAST(CASE {cases} ELSE {tier(3)} END AS {exact})"
    return f"CAST({exact_credits} AS DECIMAL({CREDITS[0]}, {CREDITS[1]}))"
