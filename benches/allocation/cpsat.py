"""An instance as a model of OR-Tools' CP-SAT, in integers alone."""

from exact import BALANCE, most_units, pieces
from ortools.sat.python import cp_model

# Above every number of units of an instance, and far from the 64 bits that sums must keep to.
MOST = 10**16


class Model:
    """Units that keep the given limits, by their numbers, or all that a plan keeps."""

    def __init__(self, own, limits=None):
        self.own = own
        self.limits = own.kept() if limits is None else limits
        self.model = cp_model.CpModel()
        self.units, self.credits, self.some, self.most = {}, {}, {}, {}
        for one in own.products:
            self.product(one)
        for limit in self.limits:
            if limit == BALANCE:
                self.model.Add(sum(self.credits.values()) <= int(own.valid / own.step // 1))
            else:
                self.keep(*own.limits[limit])

    def product(self, one):
        """Units with their credits, a literal for each stretch of tiers: the solver knows lines well."""
        most = most_units(self.own, one, BALANCE in self.limits)
        units = charged = self.model.NewIntVar(0, most, one.name)
        last_block = -(-most // one.block)
        if one.block > 1:
            charged = self.model.NewIntVar(0, last_block, "")
            self.model.AddLinearConstraint(one.block * charged - units, 0, one.block - 1)
        some = self.model.NewBoolVar("")
        self.model.Add(units >= 1).OnlyEnforceIf(some)
        self.model.Add(units == 0).OnlyEnforceIf(some.Not())
        rows = [row for row in pieces(self.own, one) if row[0] <= last_block]
        rows = [(low, min(last_block, last_block if high is None else high), *of) for low, high, *of in rows]
        most_credits = max((a * high + b) // d for _, high, a, b, d in rows)
        credits = self.model.NewIntVar(0, most_credits, "")
        chosen = [self.model.NewBoolVar("") for _ in rows] if len(rows) > 1 else []
        if chosen:
            self.model.AddExactlyOne(chosen)
        for at, (low, high, a, b, d) in enumerate(rows):
            told = [
                self.model.AddLinearConstraint(charged, low, high),
                self.model.AddLinearConstraint(a * charged + b - d * credits, 0, d - 1),
            ]
            for row in told if chosen else []:
                row.OnlyEnforceIf(chosen[at])
        self.units[one.name], self.credits[one.name], self.some[one.name] = units, credits, some
        self.most[one.name] = most_credits

    def keep(self, kind, *of):
        model, units, some = self.model, self.units, self.some
        if kind == "sum":
            terms, most, none = of
            row = model.Add(sum(times * units[name] for name, times in terms.items()) <= most)
            if none:
                row.OnlyEnforceIf(some[none])
        elif kind == "steps":
            name, step = of
            model.Add(units[name] == step * model.NewIntVar(0, MOST, ""))
        elif kind == "needs":
            name, others = of
            model.AddBoolOr([some[name].Not()] + [some[other] for other in others])
        elif kind == "count":
            names, least, most = of
            model.AddLinearConstraint(sum(some[name] for name in names), least, most)
        else:
            names, share = of
            part = sum(self.credits[name] for name in names)
            model.Add(share.denominator * part <= share.numerator * sum(self.credits.values()))

    def near(self, name, wanted, most):
        """A wish that is missed by no more than so many units."""
        self.model.AddLinearConstraint(self.units[name], wanted - most, wanted + most)

    def goals(self):
        """The goals of a plan, as expressions."""
        model, wished, goals = self.model, dict(self.own.wishes), []
        for name, number in self.own.wishes:
            miss = model.NewIntVar(0, MOST, "")
            model.AddAbsEquality(miss, self.units[name] - number)
            goals.append(miss)
        changed, moved = [], []
        for one in self.own.products:
            if one.name in wished:
                continue
            today = int(self.own.credits(one, one.today) / self.own.step)
            # Above every move, and small enough for the sum of all.
            most = max(today, self.most[one.name])
            change, move = model.NewBoolVar(""), model.NewIntVar(0, most, "")
            model.Add(self.units[one.name] == one.today).OnlyEnforceIf(change.Not())
            model.Add(self.units[one.name] != one.today).OnlyEnforceIf(change)
            model.Add(move == 0).OnlyEnforceIf(change.Not())
            model.AddAbsEquality(move, self.credits[one.name] - today)
            changed.append(change)
            moved.append(move)
        return [*goals, sum(changed), sum(moved)]

    def solve(self, seconds):
        """Units, or `None` where there are none; and whether the answer is sure."""
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.max_time_in_seconds = seconds
        status = solver.Solve(self.model)
        if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return {name: solver.Value(units) for name, units in self.units.items()}, True
        if status == cp_model.MODEL_INVALID:
            raise ValueError(self.model.Validate())
        return None, status == cp_model.INFEASIBLE


def better(own, units, goals, seconds):
    """A plan with better goals, or `None`; and whether that is sure.

    The goals are those of the given plan. For each, what is asked is whether some plan has it
    smaller and those before it as they are: that is refuted far sooner than the best one is found.
    """
    known = Model(own)
    for expression, goal in zip(known.goals(), goals, strict=True):
        known.model.Add(expression == goal)
    for name, at in known.units.items():
        known.model.Add(at == units.get(name, 0))
    # A model that leaves the plan out would refute everything.
    if known.solve(60)[0] is None:
        raise ValueError("CP-SAT's model leaves the plan out")
    sure = True
    for at, goal in enumerate(goals):
        if goal == 0:
            continue
        model = Model(own)
        told = model.goals()
        for expression, before in zip(told[:at], goals):
            model.model.Add(expression == before)
        model.model.Add(told[at] <= goal - 1)
        found, own_sure = model.solve(seconds)
        if found:
            return found, True
        sure = sure and own_sure
    return None, sure


def most(own, product, keep, seconds):
    """The most units of a product, or `None` where there are none; `keep` gives nothing up. Whether
    that is sure."""
    model = Model(own)
    if keep:
        for one in own.products:
            model.model.Add(model.units[one.name] >= one.today)
    model.model.Maximize(model.units[product])
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_time_in_seconds = seconds
    status = solver.Solve(model.model)
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return solver.Value(model.units[product]), status == cp_model.OPTIMAL
    return None, status == cp_model.INFEASIBLE
