"""What units cost and which limits they keep, by fractions: no answer counts before it passes here."""

from fractions import Fraction
from math import lcm

# Units of a product whose last tier is free, or that no balance holds down.
MANY = 10**7
BALANCE = "balance"


def spent(own, units):
    return {one.name: own.credits(one, units.get(one.name, 0)) for one in own.products}


def keeps(own, limit, units, credits):
    """Whether units keep a limit: its number, or the balance."""
    if limit == BALANCE:
        return sum(credits.values()) <= own.valid
    kind, *of = own.limits[limit]
    if kind == "sum":
        terms, most, none = of
        return (none and not units.get(none, 0)) or sum(
            times * units.get(name, 0) for name, times in terms.items()
        ) <= most
    if kind == "steps":
        name, step = of
        return units.get(name, 0) % step == 0
    if kind == "needs":
        name, others = of
        return not units.get(name, 0) or any(units.get(other, 0) for other in others)
    if kind == "count":
        names, least, most = of
        return least <= sum(units.get(name, 0) > 0 for name in names) <= most
    names, share = of
    return sum(credits[name] for name in names) <= share * sum(credits.values())


def breached(own, units, limits=None):
    """Those of the limits, or of all that a plan keeps, that units do not keep."""
    credits = spent(own, units)
    limits = own.kept() if limits is None else limits
    return [limit for limit in limits if not keeps(own, limit, units, credits)]


def goals(own, units):
    """By how much each wish is missed, how many other products change, how many steps they move."""
    wished = dict(own.wishes)
    others = [one for one in own.products if one.name not in wished]
    changed = sum(units.get(one.name, 0) != one.today for one in others)
    moved = sum(abs(own.credits(one, units.get(one.name, 0)) - own.credits(one, one.today)) for one in others)
    return [abs(units.get(name, 0) - number) for name, number in own.wishes] + [changed, moved / own.step]


def most_units(own, product, is_held):
    """The most units that all valid credits pay for: no plan has more if the balance is held."""
    if not is_held:
        return MANY
    for low, high, *_ in reversed(pieces(own, product)):
        low, high = low * product.block, (MANY * 10**4 if high is None else high) * product.block
        if own.credits(product, low) > own.valid:
            continue
        while low < high:
            middle = (low + high + 1) // 2
            if own.credits(product, middle) <= own.valid:
                low = middle
            else:
                high = middle - 1
        return low
    return 0


def pieces(own, product):
    """Stretches of charged units, each as (first, last, a, b, d): they cost (a * units + b) // d steps."""
    rows = product.tiers or [(None, product.rate)]
    told, first, below = [], 0, Fraction(0)
    for last, rate in rows:
        base = 0 if product.volume else below - max(0, first - 1) * rate
        a, b = rate / own.step, Fraction(base) / own.step
        d = lcm(a.denominator, b.denominator)
        a, b = int(a * d), int(b * d)
        if own.mode == "half up" and d > 1:
            a, b, d = 2 * a, 2 * b + d, 2 * d
        elif own.mode == "up":
            b += d - 1
        told.append((first, last, a, b, d))
        if last is not None:
            below += (last - max(0, first - 1)) * rate
            first = last + 1
    return told
