"""W1 in DuckDB, on one thread; `wide-` before the way takes decimals of 38 digits."""

import time

import duckdb

import workload

JOIN = "lines.{0} = rates.{0} AND start >= begins AND start < ends"


def run(way, folder, lines):
    if way.startswith("wide-"):
        workload.widen()
        way = way.removeprefix("wide-")
    base = duckdb.connect()
    base.execute("SET threads = 1")
    # The rates are looked up for each line, and not the other way round: lines keep their order.
    base.execute("SET disabled_optimizers = 'join_order,build_side_probe_side'")
    rates = workload.arrow_rates(folder)
    base.execute("CREATE TABLE rates AS SELECT * FROM rates")
    credits = workload.credits_in_sql(lambda over, under: f"(({over}) // NULLIF({under}, 0))")
    if way == "csv":
        return tables(base, folder, lines, credits)
    given = workload.arrow_lines(folder, lines, way == "keys")
    base.execute("CREATE TABLE lines AS SELECT * FROM given")
    del given
    key = "sku" if way == "keys" else "product"
    price = (
        f"CREATE OR REPLACE TEMP TABLE priced AS SELECT line, account, {credits} AS credits "
        f"FROM lines JOIN rates ON {JOIN.format(key)}"
    )
    add_up = "CREATE OR REPLACE TEMP TABLE totals AS SELECT account, sum(credits) FROM priced GROUP BY account"
    times = []
    for _ in range(4):
        before = time.process_time_ns(), time.perf_counter_ns()
        base.execute(price)
        base.execute(add_up)
        times.append((time.process_time_ns() - before[0], time.perf_counter_ns() - before[1]))
    workload.write_columns(
        folder,
        lines,
        base.execute("SELECT line, credits FROM priced").fetchall(),
        base.execute("SELECT * FROM totals").fetchall(),
    )
    return times


def tables(base, folder, lines, credits):
    quantity = "DECIMAL({}, {})".format(*workload.QUANTITY)
    kinds = (
        f"{{'account_id': 'VARCHAR', 'sku': 'VARCHAR', 'quantity': '{quantity}', 'unit': 'VARCHAR', "
        "'start_date': 'DATE', 'end_date': 'DATE', 'region': 'VARCHAR', 'segment': 'VARCHAR'}"
    )
    # Of several dated rates with one key a hash join finds the first of all lines, then the second:
    # a key of its own for each rate keeps the lines in their order.
    base.execute(
        "CREATE TABLE changes AS SELECT sku, min(number) AS first, list_sort(list(begins))[2:] AS days "
        "FROM (SELECT *, rowid AS number FROM rates) GROUP BY sku"
    )
    base.execute("CREATE TABLE numbered AS SELECT * EXCLUDE (sku, product, begins, ends), rowid AS number FROM rates")
    base.execute(
        f"CREATE TEMP TABLE priced AS SELECT lines.*, {credits} AS credits FROM (SELECT given.*, "
        "first + CAST(start_date >= days[1] AS INT) + CAST(start_date >= days[2] AS INT) AS number "
        f"FROM read_csv('{folder}/lines-{lines}.csv', columns = {kinds}, header = true, "
        "auto_detect = false, delim = ',') given JOIN changes ON given.sku = changes.sku) lines "
        "JOIN numbered ON lines.number = numbered.number"
    )
    base.execute(f"COPY (SELECT * EXCLUDE number FROM priced) TO '{folder}/out.csv' (HEADER)")
    base.execute(
        "COPY (SELECT account_id, sum(credits) AS credits FROM priced GROUP BY account_id) "
        f"TO '{folder}/totals.csv' (HEADER)"
    )
    return None
