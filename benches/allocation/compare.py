"""Holds plans against CP-SAT: see README.md."""

import argparse
import json
import pathlib
import resource
import subprocess
import sys
import tempfile
from fractions import Fraction

from instances import decimal, instance

MOST_UNITS = 1_200


def planned(program, folder, own):
    """What the program plans, as its goals: misses, products changed, credits moved."""
    (folder / "r.rules").write_text(own.rules)
    lots = "".join(f"A,pool,{decimal(lot)},2026-01-01\n" for lot in own.lots)
    (folder / "licenses.csv").write_text("account,sku,quantity,start\n" + lots)
    units = "".join(f"A,{one.name},{one.today}\n" for one in own.products if one.today)
    (folder / "allocations.csv").write_text("account,product,units\n" + units)
    command = [program, "allocate", "plan", folder / "r.rules", "--as-of", "2026-01-01", "--format", "json"]
    command += ["--threads", "1", "--licenses", folder / "licenses.csv"]
    command += ["--allocations", folder / "allocations.csv"]
    for name, wanted in own.wishes:
        command += ["--want", f"{name}={wanted}"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    if done.returncode not in (0, 1) or not done.stdout:
        sys.exit(f"{done.stderr}\n{own.rules}")
    return json.loads(done.stdout)[0], cpu


def goals(plan, step):
    misses = [int(Fraction(wish["missed"])) for wish in plan["wishes"]]
    changed = int(plan["goals"]["products_changed"]["value"])
    return misses + [changed, int(Fraction(plan["goals"]["credits_moved"]["value"]) / step)]


def is_proved(plan):
    told = plan.get("goals")
    return bool(told) and all(
        [wish["proved"] for wish in plan["wishes"]]
        + [told["products_changed"]["proved"], told["credits_moved"]["proved"], told["first_in_file_order"]]
    )


def solved(own, seconds):
    """The goals that CP-SAT proves, as far as it does."""
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    units, credits, some = {}, {}, {}
    for one in own.products:
        table = [int(own.credits(one, at) / own.step) for at in range(MOST_UNITS + 1)]
        units[one.name] = model.NewIntVar(0, MOST_UNITS, "")
        credits[one.name] = model.NewIntVar(0, max(table), "")
        model.AddElement(units[one.name], table, credits[one.name])
        some[one.name] = model.NewBoolVar("")
        model.Add(units[one.name] >= 1).OnlyEnforceIf(some[one.name])
        model.Add(units[one.name] == 0).OnlyEnforceIf(some[one.name].Not())
    model.Add(sum(credits.values()) <= int(own.valid / own.step // 1))
    for kind, *limit in own.limits:
        if kind == "sum":
            terms, most, none = limit
            row = model.Add(sum(times * units[name] for name, times in terms.items()) <= most)
            if none:
                row.OnlyEnforceIf(some[none])
        elif kind == "steps":
            name, step = limit
            model.Add(units[name] == step * model.NewIntVar(0, MOST_UNITS, ""))
        elif kind == "needs":
            name, others = limit
            model.AddBoolOr([some[name].Not()] + [some[other] for other in others])
        elif kind == "count":
            names, least, most = limit
            model.AddLinearConstraint(sum(some[name] for name in names), least, most)
        else:
            names, share = limit
            part = sum(credits[name] for name in names)
            model.Add(share.denominator * part <= share.numerator * sum(credits.values()))
    wished = dict(own.wishes)
    wanted = []
    for name, number in own.wishes:
        miss = model.NewIntVar(0, 10**6, "")
        model.AddAbsEquality(miss, units[name] - number)
        wanted.append(miss)
    changed, moved = [], []
    for one in own.products:
        if one.name in wished:
            continue
        change, move = model.NewBoolVar(""), model.NewIntVar(0, 10**12, "")
        model.Add(units[one.name] == one.today).OnlyEnforceIf(change.Not())
        model.AddAbsEquality(move, credits[one.name] - int(own.credits(one, one.today) / own.step))
        changed.append(change)
        moved.append(move)
    found = []
    for goal in [*wanted, sum(changed), sum(moved)]:
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.max_time_in_seconds = seconds
        model.Minimize(goal)
        if solver.Solve(model) != cp_model.OPTIMAL:
            return found, False
        found.append(round(solver.ObjectiveValue()))
        model.Add(goal == found[-1])
    return found, True


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--products", type=int, default=12)
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--big", action="store_true")
    parser.add_argument("--plans", action="store_true")
    parser.add_argument("--seconds", type=float, default=10)
    options = parser.parse_args()
    counts = dict(equal=0, better=0, open=0, different=0)
    proved, times = 0, []
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(options.count):
            own = instance(seed, options.products, options.big)
            plan, cpu = planned(options.program.resolve(), pathlib.Path(folder), own)
            times.append(cpu)
            proved += is_proved(plan)
            if options.plans:
                continue
            ours = goals(plan, own.step)
            theirs, whole = solved(own, options.seconds)
            beyond = any(int(Fraction(one["after"])) > MOST_UNITS for one in plan["products"])
            if ours[: len(theirs)] == theirs:
                kind = "equal" if whole else "open"
            elif beyond and ours[: len(theirs)] < theirs:
                kind = "better"
            else:
                kind = "different"
                print(f"seed {seed}: {ours} planned, {theirs} by CP-SAT")
            counts[kind] += 1
    times.sort()
    print(f"proved {proved} of {options.count}; CPU of the process in ms: median "
          f"{times[len(times) // 2] * 1000:.1f}, 90th percentile {times[len(times) * 9 // 10] * 1000:.1f}, "
          f"most {times[-1] * 1000:.1f}")
    if not options.plans:
        print(", ".join(f"{kind} {count}" for kind, count in counts.items()))
    sys.exit(counts["different"] > 0)


if __name__ == "__main__":
    main()
