"""Whether what the program says to clash does clash, and fits without any one member."""

from exact import breached
from program import found_impossible, members_of, units_of


def fits(own, limits, wishes, seconds):
    """Whether some units keep limits and wishes, each missed by no more than told; `None` if it is open."""
    import cpsat

    model = cpsat.Model(own, limits)
    for name, (wanted, most) in wishes.items():
        model.near(name, wanted, most)
    units, sure = model.solve(seconds)
    if units is None:
        return False if sure else None
    if breached(own, units, limits):
        raise ValueError(f"CP-SAT's model lets {breached(own, units, limits)} be breached")
    return True


def settled(own, limits, wishes, is_least, seconds):
    """Whether these clash and, if that is said, none is needless: `confirmed`, or what is wrong."""
    all_fit = fits(own, limits, wishes, seconds)
    if all_fit is not False:
        return ("different", f"{limits} {wishes} fit") if all_fit else ("open", None)
    kind = "confirmed"
    for out in [*limits, *wishes] if is_least else []:
        others = {name: wish for name, wish in wishes.items() if name != out}
        rest_fits = fits(own, [at for at in limits if at != out], others, seconds)
        if rest_fits is False:
            return "needless", f"{limits} {wishes} clash without {out}"
        if rest_fits is None:
            kind = "open"
    return kind, None


def checked(program, folder, own, plan, seconds):
    """Every conflict that the program names for an instance, as what became of it and why."""
    if plan is None:
        for limits in found_impossible(program, folder):
            # The checker lets units be fractions: a member may be needless for whole units.
            kind, why = settled(own, sorted(limits), {}, True, seconds)
            yield f"check {kind}", why
        return
    if plan["status"] == "impossible":
        limits, _ = members_of(plan["conflict"])
        kind, why = settled(own, sorted(limits, key=str), {}, plan["conflict"]["minimal"], seconds)
        strays = limits - set(own.kept())
        yield ("limits different", f"{strays} need not be kept") if strays else (f"limits {kind}", why)
        return
    if "goals" not in plan:
        fit = fits(own, own.kept(), {}, seconds)
        yield plan["status"], {True: "the limits fit", False: "the limits clash"}.get(fit, "open")
        return
    broken = breached(own, units_of(plan))
    yield ("plan different", f"breaches {broken}") if broken else ("plan kept", None)
    wanted, missed = dict(own.wishes), {}
    for wish in plan["wishes"]:
        if "conflict" in wish:
            limits, names = members_of(wish["conflict"])
            wishes = {name: (wanted[name], missed.get(name, 0)) for name in names}
            kind, why = settled(own, sorted(limits, key=str), wishes, wish["conflict"]["minimal"], seconds)
            yield f"wish {kind}", why
        missed[wish["product"]] = int(wish["missed"])
