//! Which text of a table is meant.

use super::super::sign::Sign;
use super::Words;
use crate::pairing::{Capability, Health, MenuItem, Method, Outcome, Refusal, Service};

/// What stands before the verdict.
pub(in crate::display::draw) const fn sign(outcome: Outcome) -> Sign {
    match outcome {
        Outcome::PairedChecked | Outcome::ServiceAllowed | Outcome::Forgotten => Sign::Tick,
        Outcome::PairedUnchecked | Outcome::Unknown | Outcome::UnknownRemoved => Sign::Mind,
        Outcome::Unconfirmed => Sign::None,
        _ => Sign::Cross,
    }
}

impl Words {
    /// The outcome in two words.
    pub(in crate::display::draw) const fn verdict(
        &self,
        method: Method,
        outcome: Outcome,
    ) -> &'static str {
        let verdicts = &self.verdicts;
        match (outcome, method) {
            (Outcome::PairedChecked | Outcome::PairedUnchecked, _) => verdicts.paired,
            (Outcome::Unconfirmed, _) => verdicts.no_news,
            (Outcome::Forgotten, _) => verdicts.forgotten,
            (Outcome::NotForgotten, _) => verdicts.not_forgotten,
            (Outcome::ServiceAllowed, _) => verdicts.allowed,
            (Outcome::Unknown | Outcome::UnknownRemoved, _) => verdicts.unknown,
            (Outcome::Blocked, _) => verdicts.blocked,
            (_, Method::Service) => verdicts.not_allowed,
            _ => verdicts.not_paired,
        }
    }

    /// Why it ended so, and what to do about it.
    pub(in crate::display::draw) const fn why(
        &self,
        method: Method,
        outcome: Outcome,
    ) -> (&'static str, &'static str) {
        let (reasons, remedies) = (&self.reasons, &self.remedies);
        let again = remedies.again;
        match outcome {
            Outcome::PairedChecked => match method {
                Method::OutOfBand => (reasons.out_of_band, ""),
                _ => (reasons.checked, ""),
            },
            Outcome::PairedUnchecked => match method {
                Method::PinCode => (reasons.pin_unverified, remedies.pin_proves_little),
                _ => (reasons.unverified, remedies.nobody_checked),
            },
            Outcome::Unconfirmed => (reasons.paired_before, remedies.see_what_it_says),
            Outcome::RejectedHere => match method {
                Method::Service => (reasons.refused_here, remedies.may_ask_again),
                _ => (reasons.rejected_here, again),
            },
            Outcome::TimedOut => (reasons.no_answer, again),
            Outcome::Cancelled => (reasons.cancelled_there, again),
            Outcome::LinkLost => (reasons.link_lost, remedies.come_closer),
            Outcome::HungUp => (reasons.hung_up, remedies.look_there),
            Outcome::NotAuthenticated => match method {
                Method::NumericComparison => (reasons.no_match, again),
                Method::OutOfBand => (reasons.old_code, remedies.new_code),
                Method::PasskeyEntry => (reasons.wrong_code, remedies.new_code),
                Method::PinCode => (reasons.wrong_pin, again),
                Method::JustWorks | Method::Service => (reasons.refused_there, again),
            },
            Outcome::Suspended => (reasons.asleep, again),
            Outcome::Removed => (reasons.removed, again),
            Outcome::Refused(why) => self.refused(why),
            Outcome::ServiceAllowed => (reasons.this_once, remedies.will_ask_again),
            Outcome::Forgotten => (self.deleted_here, remedies.pair_it_again),
            Outcome::NotForgotten => (reasons.kept_it, remedies.see_log),
            Outcome::DisplayFailed => (reasons.display_failed, again),
            Outcome::WindowClosed => (reasons.has_closed, remedies.open_it),
            Outcome::BluetoothdGone => (reasons.restarted, again),
            Outcome::Blocked => (reasons.turned_away, remedies.forget_to_undo),
            Outcome::Unknown => (reasons.nobody_said_yes, remedies.unwanted),
            Outcome::UnknownRemoved => (reasons.nobody_said_yes, remedies.was_deleted),
        }
    }

    const fn refused(&self, why: Refusal) -> (&'static str, &'static str) {
        let (reasons, remedies) = (&self.reasons, &self.remedies);
        match why {
            Refusal::WindowClosed => (reasons.is_closed, remedies.open_it),
            Refusal::Busy => (reasons.busy, remedies.when_done),
            Refusal::NoDisplay => (reasons.no_display, remedies.check_wires),
            Refusal::CannotAnswer => (reasons.cannot_answer, remedies.key_stuck),
            Refusal::Policy => (reasons.policy, remedies.see_config),
            Refusal::SaidNo => (reasons.said_no, remedies.may_ask_again),
            Refusal::Paused => (reasons.paused, remedies.later),
            Refusal::NotAllowed => (reasons.not_listed, remedies.see_config),
            Refusal::BondLimit => (reasons.too_many, remedies.forget_one),
            Refusal::OtherAdapter => (reasons.other_adapter, remedies.see_config),
            Refusal::NotBonded => (reasons.not_bonded, remedies.pair_first),
            Refusal::Malformed(_) => (reasons.malformed, remedies.restart),
        }
    }

    /// What keeps devices from pairing.
    pub(in crate::display::draw) const fn health(&self, health: Health) -> &'static str {
        match health {
            Health::Ready => self.health.ready,
            Health::NoBluetoothd => self.health.no_bluetoothd,
            Health::NoAdapter => self.health.no_adapter,
            Health::PoweredOff => self.health.off,
            Health::NoAcceptKey => self.health.no_accept_key,
            Health::NoKeypad => self.health.no_keypad,
            Health::NoDisplay => self.health.no_display,
        }
    }

    /// A line of the menu.
    pub(in crate::display::draw) const fn item(&self, item: MenuItem) -> &'static str {
        match item {
            MenuItem::OpenWindow => self.items.open,
            MenuItem::CloseWindow => self.items.close,
            MenuItem::Devices => self.items.devices,
            MenuItem::ForgetAll => self.items.forget_all,
            MenuItem::About => self.items.about,
        }
    }

    /// The service that has this label.
    pub(in crate::display::draw) fn service(&self, label: &str) -> &'static str {
        let known = Service::ALL.iter().position(|service| service.label == label);
        known.and_then(|n| self.services.get(n).copied()).unwrap_or(self.unknown_service)
    }

    /// What bluetoothd has been told; the names of it are those of the Bluetooth specification.
    pub(in crate::display::draw) fn capability(
        &self,
        capability: Option<Capability>,
    ) -> &'static str {
        capability.map_or(self.not_registered, Capability::as_str)
    }

    pub(in crate::display::draw) const fn connection(&self, connected: bool) -> &'static str {
        if connected { self.connected } else { self.not_connected }
    }
}
