"""Runs the program on an instance, and reads what it answers."""

import json
import resource
import subprocess
import sys
from fractions import Fraction

from exact import BALANCE
from instances import decimal


def planned(program, folder, own):
    """The account of a plan, or nothing where the rules are refused; and the CPU time of the process."""
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
    if done.returncode == 1 and "impossible-limits" in done.stderr:
        return None, cpu
    if done.returncode not in (0, 1) or not done.stdout:
        sys.exit(f"{done.stderr}\n{own.rules}")
    return json.loads(done.stdout)[0], cpu


def found_impossible(program, folder):
    """The sets of limits that `check` says no allocation keeps, by their numbers."""
    command = [program, "check", folder / "r.rules", "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = (folder / "r.rules").read_text().splitlines()
    sets = []
    for finding in json.loads(done.stdout)["findings"]:
        if finding["code"] == "impossible-limits":
            at = [finding["line"]] + [label["line"] for label in finding["labels"]]
            sets.append(frozenset(int(lines[line - 1].split()[1][1:]) for line in at))
    return sets


def units_of(plan):
    return {one["product"]: int(Fraction(one["after"])) for one in plan["products"]}


def goals_of(plan, step):
    """The goals that a plan tells, each with whether it tells that none is better."""
    told = plan["goals"]
    goals = [(Fraction(wish["missed"]), wish["proved"]) for wish in plan["wishes"]]
    goals.append((Fraction(told["products_changed"]["value"]), told["products_changed"]["proved"]))
    goals.append((Fraction(told["credits_moved"]["value"]) / step, told["credits_moved"]["proved"]))
    return [goal for goal, _ in goals], [proved for _, proved in goals]


def is_proved(plan):
    told = plan.get("goals")
    return bool(told) and all(goals_of(plan, 1)[1]) and told["first_in_file_order"]


def members_of(conflict):
    """The limits of a conflict by their numbers, and the products of its wishes."""
    limits, wishes = set(), set()
    for member in conflict["members"]:
        if "wish" in member:
            wishes.add(member["wish"])
        else:
            limits.add(BALANCE if member["limit"] == BALANCE else int(member["limit"][1:]))
    return limits, wishes
