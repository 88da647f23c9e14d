"""An instance as a mixed integer program of HiGHS: in floats, so its answers are suggestions."""

import highspy
from exact import BALANCE, breached, goals, most_units, pieces

INFINITE = highspy.kHighsInf


class Program:
    """Rows and columns; `cost` is what is made small."""

    def __init__(self, own, seconds):
        self.own = own
        self.highs = highspy.Highs()
        for name, value in [
            ("output_flag", False), ("time_limit", seconds), ("threads", 1),
            ("mip_rel_gap", 0.0), ("mip_abs_gap", 0.5), ("mip_feasibility_tolerance", 1e-7),
        ]:
            self.highs.setOptionValue(name, value)
        self.units, self.credits, self.some = {}, {}, {}
        for one in own.products:
            self.product(one)
        self.row({at: 1 for at in self.credits.values()}, most=int(own.valid / own.step // 1))
        for limit in own.kept():
            if limit != BALANCE:
                self.keep(*own.limits[limit])
        self.goals = self.distances()

    def column(self, most, is_whole=True):
        at = self.highs.getNumCol()
        self.highs.addCol(0.0, 0.0, float(most), 0, [], [])
        if is_whole:
            self.highs.changeColIntegrality(at, highspy.HighsVarType.kInteger)
        return at

    def row(self, terms, least=-INFINITE, most=INFINITE):
        values = [float(value) for value in terms.values()]
        self.highs.addRow(float(least), float(most), len(terms), list(terms), values)

    def product(self, one):
        """Units, a part of them for each stretch of tiers, of which one has any; and their credits."""
        most = most_units(self.own, one, True)
        units, last_block = self.column(most), -(-most // one.block)
        some, shares, parts, exact = self.column(1), [], [], {}
        for low, high, a, b, d in pieces(self.own, one):
            low = max(low, 1)
            high = last_block if high is None else min(high, last_block)
            if low > high:
                continue
            share, part = self.column(1), self.column(high)
            self.row({part: 1, share: -low}, least=0)
            self.row({part: 1, share: -high}, most=0)
            # Credits are the whole steps in what the part costs.
            exact[part], exact[share] = a / d, b / d
            shares.append((share, d))
            parts.append(part)
        self.row({some: -1, **{share: 1 for share, _ in shares}}, 0, 0)
        self.row({units: -1, **{part: one.block for part in parts}}, 0, one.block - 1)
        credits = self.column(self.own.valid / self.own.step // 1)
        above = {share: -(d - 1) / d for share, d in shares if d > 1}
        self.row({credits: -1, **exact}, least=0)
        self.row({credits: -1, **exact, **{share: exact[share] + more for share, more in above.items()}}, most=0)
        self.units[one.name], self.credits[one.name], self.some[one.name] = units, credits, some

    def keep(self, kind, *of):
        units, some = self.units, self.some
        if kind == "sum":
            terms, most, none = of
            row = {units[name]: times for name, times in terms.items()}
            if none:
                # Only what is at least so many or none: the units are the part of a stretch.
                row[some[none]] = -most
                most = 0
            self.row(row, most=most)
        elif kind == "steps":
            name, step = of
            self.row({units[name]: 1, self.column(10**9): -step}, 0, 0)
        elif kind == "needs":
            name, others = of
            self.row({some[name]: 1, **{some[other]: -1 for other in others}}, most=0)
        elif kind == "count":
            names, least, most = of
            self.row({some[name]: 1 for name in names}, least, most)
        else:
            names, share = of
            row = {self.credits[one.name]: float(-share) for one in self.own.products}
            for name in names:
                row[self.credits[name]] += 1.0
            self.row(row, most=0)

    def distance(self, of, at, most):
        """At least how far a column is from a number."""
        far = self.column(most, is_whole=False)
        self.row({of: 1, far: -1}, most=at)
        self.row({of: 1, far: 1}, least=at)
        return far

    def distances(self):
        """The goals of a plan, each as its terms."""
        own, wished, changed, moved = self.own, dict(self.own.wishes), {}, {}
        goals = [{self.distance(self.units[name], number, 10**12): 1} for name, number in own.wishes]
        for one in own.products:
            if one.name in wished:
                continue
            most = max(one.today, most_units(own, one, True))
            change = self.column(1)
            self.row({self.units[one.name]: 1, change: -(most - one.today)}, most=one.today)
            self.row({self.units[one.name]: 1, change: one.today}, least=one.today)
            today = own.credits(one, one.today) / own.step
            changed[change] = 1
            moved[self.distance(self.credits[one.name], today, 10**15)] = 1
        return [*goals, changed, moved]

    def least(self, goal):
        """The least value of a goal with units for it; `None` if HiGHS finds none, and if it is sure."""
        columns = self.highs.getNumCol()
        for at in range(columns):
            self.highs.changeColCost(at, float(goal.get(at, 0)))
        self.highs.run()
        status = self.highs.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            return None, None, status == highspy.HighsModelStatus.kInfeasible
        values = self.highs.getSolution().col_value
        units = {name: round(values[at]) for name, at in self.units.items()}
        return self.highs.getInfo().objective_function_value, units, True


def suggested(own, ours, seconds):
    """What HiGHS says to the goals of a plan: `equal`, `open`, `wrong`, or `better` with units for it.

    Its numbers are floats, so it is its units that count, by what they exactly are.
    """
    program = Program(own, seconds)
    for at, (terms, goal) in enumerate(zip(program.goals, ours, strict=True)):
        if terms:
            value, units, sure = program.least(terms)
            if value is None:
                # The plan keeps all limits and has its goals: HiGHS has lost it.
                return ("wrong" if sure else "open"), None
            theirs = goals(own, units)
            if breached(own, units):
                if round(value) != goal:
                    return "wrong", units
            elif theirs < ours:
                return "better", units
            elif theirs[: at + 1] != ours[: at + 1]:
                return "wrong", units
        program.row(terms, goal, goal)
    return "equal", None
