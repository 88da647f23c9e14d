"""W1 in DataFusion, in one partition."""

import time

import datafusion
import pyarrow as pa

import workload

JOIN = "lines.{0} = rates.{0} AND start >= begins AND start < ends"


def run(way, folder, lines):
    config = datafusion.SessionConfig().with_target_partitions(1)
    config = config.set("datafusion.sql_parser.parse_float_as_decimal", "true")
    # The rates, named first, are looked up for each line: lines keep their order.
    config = config.set("datafusion.optimizer.join_reordering", "false")
    context = datafusion.SessionContext(config)
    context.register_record_batches("rates", [workload.arrow_rates(folder).to_batches()])
    credits = workload.credits_in_sql(lambda over, under: f"(({over}) / NULLIF({under}, 0))")
    if way == "csv":
        return tables(context, folder, lines, credits)
    given = workload.arrow_lines(folder, lines, way == "keys")
    context.register_record_batches("lines", [given.to_batches(max_chunksize=8192)])
    key = "sku" if way == "keys" else "product"
    price = f"SELECT line, account, {credits} AS credits FROM rates JOIN lines ON {JOIN.format(key)}"
    times = []
    for _ in range(4):
        before = time.process_time_ns(), time.perf_counter_ns()
        priced = context.sql(price).collect()
        context.register_record_batches("priced", [priced])
        totals = context.sql("SELECT account, sum(credits) FROM priced GROUP BY account").collect()
        times.append((time.process_time_ns() - before[0], time.perf_counter_ns() - before[1]))
        context.deregister_table("priced")
    pairs = pa.Table.from_batches(priced)
    sums = pa.Table.from_batches(totals)
    workload.write_columns(
        folder,
        lines,
        zip(pairs["line"].to_pylist(), pairs["credits"].to_pylist()),
        zip(sums[0].to_pylist(), sums[1].to_pylist()),
    )
    return times


def tables(context, folder, lines, credits):
    texts = ["account_id", "sku", "quantity", "unit", "start_date", "end_date", "region", "segment"]
    kinds = {name: pa.string() for name in texts}
    kinds["quantity"] = pa.decimal128(*workload.QUANTITY)
    kinds["start_date"] = kinds["end_date"] = pa.date32()
    context.register_csv(
        "given", f"{folder}/lines-{lines}.csv", schema=pa.schema([(name, kinds[name]) for name in texts])
    )
    columns = ", ".join(f"lines.{name}" for name in texts)
    priced = context.sql(
        f"SELECT {columns}, {credits} AS credits FROM rates "
        f"JOIN (SELECT *, start_date AS start FROM given) lines ON {JOIN.format('sku')}"
    ).collect()
    context.register_record_batches("priced", [priced])
    written = [
        ("out.csv", "SELECT * FROM priced"),
        ("totals.csv", "SELECT account_id, sum(credits) AS credits FROM priced GROUP BY account_id"),
    ]
    for name, query in written:
        context.sql(f"COPY ({query}) TO '{folder}/{name}' STORED AS CSV OPTIONS ('format.has_header' 'true')").collect()
    return None
