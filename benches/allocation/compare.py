"""Holds plans against CP-SAT and HiGHS: see README.md."""

import argparse
import pathlib
import sys
import tempfile
from collections import Counter

import conflicts
from exact import breached, goals
from instances import instance
from program import goals_of, is_proved, most, planned, units_of


def verdict(own, ours, proved, other):
    """What better units of a solver say of a plan: `different`, or `beaten` where it claims no proof."""
    if breached(own, other) or goals(own, other) >= ours:
        raise ValueError("these units are no better")
    first = next(at for at, (theirs, goal) in enumerate(zip(goals(own, other), ours)) if theirs != goal)
    return "different" if proved[first] else "beaten"


def compared(own, plan, seconds):
    """What CP-SAT and HiGHS tell of a plan, and why."""
    import cpsat
    import milp

    units = units_of(plan)
    told, proved = goals_of(plan, own.step)
    ours = goals(own, units)
    if breached(own, units) or ours != told:
        return "different", "different", f"breaches {breached(own, units)}, tells {told} for {ours}"
    ours = [int(goal) for goal in ours]
    other, sure = cpsat.better(own, units, ours, seconds)
    first = verdict(own, ours, proved, other) if other else "equal" if sure else "open"
    second, point = milp.suggested(own, ours, seconds)
    if second == "better":
        second = verdict(own, ours, proved, point)
    best = [[int(goal) for goal in goals(own, found)] for found in (other, point) if found]
    return first, second, f"{ours} planned, {best} by a solver"


def compared_most(own, product, record, seconds):
    """What CP-SAT tells of the most units of a product, and why."""
    import cpsat

    for keep, told in ((True, record["with_nothing_given_up"]), (False, record["at_all"])):
        if told["status"] == "no-limit":
            yield "no limit", None
            continue
        ours = int(told["units"]) if told["status"] == "so-many" else None
        theirs, sure = cpsat.most(own, product, keep, seconds)
        if theirs is not None and (ours is None or theirs > ours):
            kind = "different" if told["proved"] else "beaten"
        elif not sure:
            kind = "open"
        elif ours == theirs:
            kind = "equal"
        else:
            # CP-SAT's units have a range.
            changes = {} if keep else {one["product"]: int(one["after"]) for one in record["given_up"]}
            units = {one.name: one.today for one in own.products} | changes | {product: ours}
            kind = "different" if ours is None or breached(own, units) else "beyond"
        yield kind, f"{product}: {ours} found, {theirs} by CP-SAT" if kind != "equal" else None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--products", type=int, default=12)
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--big", action="store_true")
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--plans", action="store_true")
    parser.add_argument("--conflicts", action="store_true")
    parser.add_argument("--most", action="store_true")
    parser.add_argument("--seconds", type=float, default=10)
    options = parser.parse_args()
    program, times, proved = options.program.resolve(), [], 0
    counts = Counter()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for seed in range(options.first, options.first + options.count):
            own = instance(seed, options.products, options.big, options.small, options.conflicts)
            if options.most:
                product = own.products[seed % options.products].name
                record, cpu = most(program, folder, own, product)
                times.append(cpu)
                for kind, why in compared_most(own, product, record, options.seconds):
                    counts[kind] += 1
                    if why:
                        print(f"seed {seed}: {kind}: {why}")
                continue
            plan, cpu = planned(program, folder, own)
            times.append(cpu)
            if options.conflicts:
                for kind, why in conflicts.checked(program, folder, own, plan, options.seconds):
                    counts[kind] += 1
                    if why:
                        print(f"seed {seed}: {kind}: {why}")
                continue
            proved += is_proved(plan)
            if options.plans or "goals" not in plan:
                counts["no plan"] += "goals" not in plan
                continue
            first, second, why = compared(own, plan, options.seconds)
            counts[f"CP-SAT {first}"] += 1
            counts[f"HiGHS {second}"] += 1
            counts["both equal"] += first == second == "equal"
            if {first, second} - {"equal", "open"}:
                print(f"seed {seed}: CP-SAT {first}, HiGHS {second}: {why}")
    times.sort()
    if not (options.conflicts or options.most):
        print(f"proved {proved} of {options.count}")
    what = "an account" if options.most else "the process"
    print(f"CPU of {what} in ms: median {times[len(times) // 2] * 1000:.1f}, 90th percentile "
          f"{times[len(times) * 9 // 10] * 1000:.1f}, most {times[-1] * 1000:.1f}")
    print(", ".join(f"{kind} {count}" for kind, count in sorted(counts.items())))
    sys.exit(any("different" in kind or kind in ("limits needless", "wish needless") for kind in counts))


if __name__ == "__main__":
    main()
