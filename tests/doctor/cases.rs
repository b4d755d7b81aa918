//! What can be wrong, one harm each, and what is said of it.

mod bluez;
mod bonds;
mod bus;
mod oob;
mod panel;

use pairpanel::doctor::State;

use crate::machine::Machine;

/// A healthy machine that something is done to.
pub(crate) struct Case {
    pub(crate) state: State,
    pub(crate) check: &'static str,
    /// How the finding begins.
    pub(crate) found: &'static str,
    pub(crate) place: Option<&'static str>,
    pub(crate) harm: fn(&mut Machine),
}

const fn case(
    state: State,
    check: &'static str,
    found: &'static str,
    place: Option<&'static str>,
    harm: fn(&mut Machine),
) -> Case {
    Case { state, check, found, place, harm }
}

pub(crate) fn all() -> impl Iterator<Item = &'static Case> {
    [panel::CASES, oob::CASES, bus::CASES, bluez::CASES, bonds::CASES].into_iter().flatten()
}
