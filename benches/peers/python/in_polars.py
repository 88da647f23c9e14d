"""W1 in Polars, on one thread: exact in decimals, and in floats as it is often written."""

import time

import polars as pl

import workload

EXACT = pl.Decimal(38, 7)


def priced(lines, rates, key, floats):
    """The lines with their credits; `floats` computes in binary fractions."""
    number = pl.Float64 if floats else EXACT
    quantity = pl.col("quantity").cast(number)
    packs = -(-(pl.col("quantity") * 1000).cast(pl.Int64) // (pl.col("size") * 1000))
    units = pl.when(pl.col("size") == 0).then(quantity).otherwise(packs.cast(number))
    line = pl.col("base3") + units * pl.col("rate3")
    for at in (2, 1, 0):
        tier = pl.col(f"base{at}") + units * pl.col(f"rate{at}")
        line = pl.when(quantity <= pl.col(f"bound{at}")).then(tier).otherwise(line)
    rounded = line.round(2, mode="half_away_from_zero")
    joined = lines.lazy().join(rates.lazy(), on=key, maintain_order="left")
    in_force = (pl.col("start") >= pl.col("begins")) & (pl.col("start") < pl.col("ends"))
    kept = [pl.col(name) for name in lines.lazy().collect_schema().names() if name != "start"]
    return joined.filter(in_force).select(*kept, rounded.cast(number if floats else pl.Decimal(38, 2)).alias("credits"))


def run(way, folder, lines):
    floats = way == "floats"
    rates = pl.from_arrow(workload.arrow_rates(folder))
    number = pl.Float64 if floats else EXACT
    figures = [name for name in rates.columns if name.startswith(("bound", "base", "rate"))]
    rates = rates.with_columns(pl.col(figures).cast(number))
    if way == "csv":
        return tables(rates.drop("product"), folder, lines)
    given = pl.from_arrow(workload.arrow_lines(folder, lines, way == "keys"))
    if floats:
        given = given.with_columns(pl.col("quantity").cast(pl.Float64))
    key, other = ("sku", "product") if way == "keys" else ("product", "sku")
    rates = rates.drop(other)
    times = []
    for _ in range(4):
        before = time.process_time_ns(), time.perf_counter_ns()
        result = priced(given, rates, key, floats).collect()
        totals = result.group_by("account").agg(pl.col("credits").sum())
        times.append((time.process_time_ns() - before[0], time.perf_counter_ns() - before[1]))
    if floats:
        decimal = pl.col("credits").cast(pl.Decimal(38, 2))
        result, totals = result.with_columns(decimal), totals.with_columns(decimal)
    workload.write_columns(folder, lines, result.select("line", "credits").rows(), totals.rows())
    return times


def tables(rates, folder, lines):
    schema = {"quantity": pl.Decimal(18, 3), "start_date": pl.Date, "end_date": pl.Date}
    given = pl.scan_csv(f"{folder}/lines-{lines}.csv", schema_overrides=schema)
    given = given.with_columns(pl.col("start_date").alias("start"))
    result = priced(given, rates, "sku", False).collect()
    result.write_csv(f"{folder}/out.csv")
    totals = result.group_by("account_id").agg(pl.col("credits").sum())
    totals.write_csv(f"{folder}/totals.csv")
    return None
