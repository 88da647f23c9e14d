"""Runs the program on an instance, and reads what it answers."""

import json
import resource
import subprocess
import sys
from fractions import Fraction

from exact import BALANCE
from instances import decimal

# So many accounts tell what one of them takes beside the rules.
ACCOUNTS = 6


def written(folder, own, accounts=1):
    """The lists of so many accounts that hold and allocate the same, as options; and the rules."""
    (folder / "r.rules").write_text(own.rules)
    names = [f"A{number}" for number in range(accounts)]
    lots = [f"{name},pool,{decimal(lot)},2026-01-01\n" for name in names for lot in own.lots]
    (folder / "licenses.csv").write_text("account,sku,quantity,start\n" + "".join(lots))
    units = [f"{name},{one.name},{one.today}\n" for name in names for one in own.products if one.today]
    (folder / "allocations.csv").write_text("account,product,units\n" + "".join(units))
    lists = ["--licenses", folder / "licenses.csv", "--allocations", folder / "allocations.csv"]
    return [folder / "r.rules", "--as-of", "2026-01-01", "--format", "json", "--threads", "1", *lists]


def timed(command):
    """A process that has ended, and its CPU time."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return done, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def planned(program, folder, own):
    """The account of a plan, or nothing where the rules are refused; and the CPU time of the process."""
    command = [program, "allocate", "plan", *written(folder, own)]
    for name, wanted in own.wishes:
        command += ["--want", f"{name}={wanted}"]
    done, cpu = timed(command)
    if done.returncode == 1 and "impossible-limits" in done.stderr:
        return None, cpu
    return answer(done, own), cpu


def most(program, folder, own, product):
    """The record of the most units of a product; and the CPU time for one account beside the rules."""
    command = [program, "allocate", "most", product]
    done, once = timed([*command, *written(folder, own)])
    record = answer(done, own)
    _, more = timed([*command, *written(folder, own, ACCOUNTS)])
    return record, (more - once) / (ACCOUNTS - 1)


def answer(done, own):
    """The record of one account."""
    if done.returncode not in (0, 1) or not done.stdout:
        sys.exit(f"{done.stderr}\n{own.rules}")
    return json.loads(done.stdout)[0]


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
