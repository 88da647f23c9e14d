"""Random instances: the rules as text, and the same rules as Python values."""

import random
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from exact import BALANCE, breached


def decimal(number):
    """A number with a finite decimal form, as rule files have it."""
    return format(Decimal(number.numerator) / Decimal(number.denominator), "f")


def rounded(mode, number, step):
    """A number from 0 up, rounded to the multiples of a step."""
    steps = number / step
    whole = steps.numerator // steps.denominator
    rest = steps - whole
    up = {"half up": rest >= Fraction(1, 2), "up": rest > 0, "down": False}[mode]
    return (whole + up) * step


@dataclass
class Product:
    """A product with its rate, its units of today and the units of a block."""

    name: str
    rate: Fraction
    today: int
    block: int = 1
    tiers: list = field(default_factory=list)
    volume: bool = False

    def exact(self, units):
        """Credits before rounding."""
        charged = Fraction(-(-units // self.block)) if self.block > 1 else Fraction(units)
        if not self.tiers:
            return charged * self.rate
        if self.volume:
            return next(charged * rate for bound, rate in self.tiers if not bound or charged <= bound)
        credits, low = Fraction(0), 0
        for bound, rate in self.tiers:
            high = min(charged, bound) if bound else charged
            if high > low:
                credits, low = credits + (high - low) * rate, high
        return credits

    def text(self):
        per = f"per started {self.block} seats" if self.block > 1 else "per seat"
        head = f"product {self.name} {per}\n"
        if not self.tiers:
            return head + f"  rate {decimal(self.rate)}\n"
        rows = "".join(
            f"    up to {bound} {decimal(rate)}\n" if bound else f"    beyond {decimal(rate)}\n"
            for bound, rate in self.tiers
        )
        return head + f"  rate {'volume' if self.volume else 'graduated'}\n" + rows


@dataclass
class Instance:
    """Rules, one account and its wishes."""

    rules: str
    products: list
    limits: list
    valid: Fraction
    lots: list
    wishes: list
    step: Fraction
    mode: str
    warns: set = field(default_factory=set)

    def credits(self, product, units):
        return rounded(self.mode, product.exact(units), self.step) if units else Fraction(0)

    def kept(self):
        """The limits that a plan keeps: those that refuse, those that are kept today, the balance."""
        today = {one.name: one.today for one in self.products}
        broken = breached(self, today, self.warns)
        return [at for at in range(len(self.limits)) if at not in broken] + [BALANCE]


@dataclass
class Size:
    """How many units of a product there may be today, and what all units are multiplied with."""

    units: int = 300
    scale: int = 1

    def most(self):
        return self.units * 4 // 3

    def free(self):
        return self.units // 12 * self.scale


SMALL = Size(60)


def product(draw, name, size):
    scale = size.scale
    kind = draw.choices(["plain", "pack", "free", "graduated", "volume"], [5, 2, 1, 2, 1])[0]
    if scale > 1 and kind == "volume":
        kind = "plain"
    rate = Fraction(draw.randint(1, 10 ** draw.choice([4, 5, 6])), 10 ** draw.choice([0, 1, 2, 4]))
    if rate > 3000:
        rate = Fraction(draw.randint(1, 3000))
    today = draw.choice([0, 0] + [draw.randint(1, size.units) * scale for _ in range(5)])
    own = Product(name, rate, today)
    if kind == "pack":
        own.block = draw.choice([5, 10, 25])
    elif kind == "free":
        own.tiers = [(size.free(), Fraction(0)), (None, rate)]
    elif kind != "plain":
        one, two = sorted(draw.sample(range(1, size.most()), 2))
        rates = [rate, rate * draw.choice([6, 8, 12]) / 10, rate * draw.choice([5, 9, 15]) / 10]
        rates = [Fraction(round(own * 10_000), 10_000) for own in rates]
        own.tiers = [(one * scale, rates[0]), (two * scale, rates[1]), (None, rates[2])]
        own.volume = kind == "volume"
    return own


def limits(draw, products, size, worth):
    """Limits that today's allocation keeps, each as its text and its meaning."""
    for own in products:
        if draw.random() < 0.25:
            most = max(own.today, draw.randint(1, size.most()) * size.scale)
            yield f"{own.name} at most {most} seats", ("sum", {own.name: 1}, most, None)
        kind = draw.random()
        if kind < 0.08:
            least = min(draw.randint(2, 20), own.today or 20)
            yield f"{own.name} at least {least} seats or none", ("sum", {own.name: -1}, -least, own.name)
        elif kind < 0.13:
            step = draw.choice([5, 10, 25])
            own.today -= own.today % step
            yield f"{own.name} in steps of {step} seats", ("steps", own.name, step)
        elif kind < 0.16 and own.today > 1:
            least = own.today // 2
            yield f"{own.name} at least {least} seats", ("sum", {own.name: -1}, -least, None)
    for _ in range(max(1, len(products) // 6)):
        a, b, c = draw.sample(products, 3)
        kind = draw.random()
        if kind < 0.4:
            if not a.today or b.today or c.today:
                yield f"{a.name} needs any of {b.name}, {c.name}", ("needs", a.name, [b.name, c.name])
        elif kind < 0.6:
            a, b = sorted([a, b], key=lambda own: own.today)
            yield f"{a.name} needs {b.name} unit for unit", ("sum", {a.name: 1, b.name: -1}, 0, None)
        elif kind < 0.75:
            group = draw.sample(products, min(len(products), draw.randint(3, 5)))
            most = max(1, sum(own.today > 0 for own in group))
            names = [own.name for own in group]
            yield f"at most {most} of {', '.join(names)}", ("count", names, 0, most)
        elif kind < 0.9:
            times, more = draw.randint(1, 3), draw.randint(0, 20)
            if a.today <= times * b.today + more:
                text = f"{a.name} at most {times} * {b.name} + {more} seats"
                yield text, ("sum", {a.name: 1, b.name: -times}, more, None)
        else:
            group = draw.sample(products, 3)
            least = sum(own.today > 0 for own in group)
            names = [own.name for own in group]
            if least:
                yield f"at least {least} of {', '.join(names)}", ("count", names, least, len(names))
    total = sum(worth(own, own.today) for own in products)
    for _ in range(max(1, len(products) // 20)):
        group = draw.sample(products, 2)
        own = sum(worth(own, own.today) for own in group)
        if total:
            share = min(100, max(1, int(-(-100 * own // total)) + draw.choice([0, 0, 5])))
            names = [own.name for own in group]
            text = " + ".join(f"credits of {name}" for name in names)
            yield f"{text} at most {share}% of allocated", ("share", names, Fraction(share, 100))


def clashes(draw, products, size):
    """Limits that most likely cannot all be kept, with each other or with few credits."""
    group = draw.sample(products, min(len(products), 6))
    names = [own.name for own in group]
    least = {name: draw.randint(1, size.units) for name in names}

    def at_least(name):
        return f"{name} at least {least[name]} seats", ("sum", {name: -1}, -least[name], None)

    kinds = draw.sample(["counts", "sums", "chain", "needs"], draw.choice([0, 0, 0, 1, 2])) or ["credits"]
    for kind in kinds:
        if kind == "counts":
            few = draw.randint(1, 2)
            yield f"at most {few} of {', '.join(names[:4])}", ("count", names[:4], 0, few)
            yield f"at least {few + 2} of {', '.join(names[:5])}", ("count", names[:5], few + 2, 5)
        elif kind == "sums":
            a, b, c = names[:3]
            high, more = draw.randint(10, 60), draw.randint(1, 30)
            yield f"{a} + {b} at most {high} seats", ("sum", {a: 1, b: 1}, high, None)
            times = draw.choice([1, 2])
            yield f"{c} at most {times} * {a}", ("sum", {c: 1, a: -times}, 0, None)
            yield f"{b} + {c} at least {3 * high + more} seats", ("sum", {b: -1, c: -1}, -3 * high - more, None)
        elif kind == "chain":
            a, b, c = names[3:6]
            yield f"{a} needs {b} unit for unit", ("sum", {a: 1, b: -1}, 0, None)
            yield f"{b} needs {c} unit for unit", ("sum", {b: 1, c: -1}, 0, None)
            high = max(0, least[a] - draw.randint(0, 3))
            yield f"{c} at most {high} seats", ("sum", {c: 1}, high, None)
            yield at_least(a)
        elif kind == "needs":
            a, b, c = names[:3]
            yield f"{a} needs any of {b}, {c}", ("needs", a, [b, c])
            yield f"at most 1 of {a}, {b}", ("count", [a, b], 0, 1)
            yield f"at most 1 of {a}, {c}", ("count", [a, c], 0, 1)
            yield at_least(a)
        else:
            for name in draw.sample(names, 3):
                yield at_least(name)


def instance(seed, count, big=False, small=False, clash=False):
    """The instance of a seed, with so many products and, if asked, with large or small numbers.

    With a clash, it has limits that most likely cannot all be kept.
    """
    draw = random.Random(seed)
    step = draw.choice([Fraction(1), Fraction(1, 100), Fraction(1, 10_000)])
    mode = draw.choice(["half up", "up", "down"])
    size = SMALL if small else Size(scale=10 ** draw.choice([4, 5]) if big else 1)
    products = [product(draw, f"p{at:03}", size) for at in range(count)]

    def worth(own, units):
        return rounded(mode, own.exact(units), step) if units else Fraction(0)

    told = list(limits(draw, products, size, worth))
    warns = set()
    if clash:
        told += clashes(draw, products, size)
        draw.shuffle(told)
        warns = {at for at in range(len(told)) if draw.random() < 0.1}
    rules = f'ruleset r "R"\ncredits round {mode} to {decimal(step)}\nunit seat, seats\nunit credit\n'
    rules += "license pool per credit\n  rate 1\n  round down to 0.0001\n"
    rules += "".join(own.text() for own in products)
    rules += "".join(f"limit l{at} {text}{' warn' * (at in warns)}\n" for at, (text, _) in enumerate(told))
    total = sum(worth(own, own.today) for own in products)
    spare = draw.choice([Fraction(0), Fraction(0), Fraction(1, 50), Fraction(1, 10)])
    valid = Fraction(int(total * (1 + spare) * 10_000), 10_000) + step * draw.choice([0, 7, 100])
    if clash:
        valid = Fraction(int(valid * draw.randint(1, 60) * 100), 10_000)
    cuts = sorted(Fraction(int(valid * draw.randint(0, 100) * 100), 10_000) for _ in range(draw.randint(0, 3)))
    lots = [high - low for low, high in zip([Fraction(0)] + cuts, cuts + [valid])]
    wishes = []
    for own in draw.sample(products, draw.randint(1, min(5, count))):
        more = max(1, int((own.today or 20) * draw.choice([0.02, 0.05, 0.1, 0.3, 1])))
        wishes.append((own.name, own.today + more))
    return Instance(rules, products, [own for _, own in told], valid, lots, wishes, step, mode, warns)
