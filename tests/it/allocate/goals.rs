//! The goals of plans: many changes that have nothing to do with each other, limits between whole
//! units, and equals.

use super::command::asked;

/// Products of which each needs another that there is none of, and as many that nothing asks for.
fn pairs(number: usize) -> (String, String) {
    let (mut rules, mut limits, mut units) = (String::new(), String::new(), String::new());
    for at in 0..number {
        rules.push_str(&format!("product a{at} per u\n  rate 7\nproduct b{at} per u\n  rate 5\n"));
        limits.push_str(&format!("limit l{at} a{at} needs b{at}\n"));
        units.push_str(&format!("A,a{at},{}\n", 3 + at % 4));
    }
    (rules + &limits, units)
}

#[test]
fn changes_that_are_apart_are_proved_apart() {
    let (rules, units) = pairs(60);
    let plan = asked(&rules, ("100000", &units), &["plan"]);
    let goals = "goals: other products changed 60 (proved); credits moved 300 (proved)";
    assert!(plan.contains(goals), "{plan}");
}

/// Credits that are missing tie all products together: what each pair needs is a bound.
#[test]
fn an_allocation_that_is_found_is_told() {
    let (rules, units) = pairs(60);
    let plan = asked(&rules, ("1900", &units), &["plan"]);
    assert!(plan.contains("goals: other products changed 60 (proved)"), "{plan}");
    assert!(plan.contains("(at least 300)"), "{plan}");
}

#[test]
fn limits_between_whole_units_are_reached() {
    let rules = "unit gb\nunit tb = 1_000 gb\nproduct d per tb\n  rate 10\n";
    let most = |limit: &str, words: &[&str]| asked(&format!("{rules}{limit}"), ("100", ""), words);
    let told = most("limit half d exactly 0.5 tb\n", &["plan"]);
    assert!(told.contains("0  -> 0.5  tb"), "{told}");
    let told = most("limit few d at most 400 gb\n", &["most", "d"]);
    assert!(told.contains("0.4 tb (proved)"), "{told}");
    let ratio =
        "product a per u\n  rate 1\nproduct c per u\n  rate 2\nlimit third c exactly 0.5 * a\n";
    let told = asked(ratio, ("100", "A,a,4\nA,c,2\n"), &["plan", "--want", "a=5"]);
    assert!(told.contains("2  -> 2.5  u"), "{told}");
}

/// Fewer units come before more, and of fewer the nearest.
#[test]
fn of_equals_fewer_units_come_first() {
    let free = "product a per u\n  rate 0\nlimit steps a in steps of 5\n";
    let told = asked(free, ("0", "A,a,9\n"), &["plan"]);
    assert!(told.contains("9  -> 5"), "{told}");
    let volume = "product a per u\n  allow falling because \"known\"\n  rate volume\n    \
        up to 5 1\n    beyond 0\n";
    let told = asked(volume, ("0", "A,a,5\n"), &["plan"]);
    assert!(told.contains("5  -> 0"), "{told}");
}
