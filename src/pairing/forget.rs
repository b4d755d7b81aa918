//! Deleting bonds: bluetoothd is asked, and it has happened when the device is gone.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::session::Session;
use super::{CommandId, Denial, DeviceId, Effect, Method, Outcome};
use crate::clock::Time;

/// How long bluetoothd may take to delete a device: it hangs up first.
const FORGETTING: Duration = Duration::from_secs(10);
/// How long the glass says how it went.
const DONE_SHOWN: Duration = Duration::from_secs(5);
const LEFT_SHOWN: Duration = Duration::from_secs(60);

/// The bonds that are being deleted, and who waits for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Forgetting {
    /// Until when each may take, and whether somebody here knew of its bond.
    devices: BTreeMap<DeviceId, (Time, bool)>,
    orders: Vec<Order>,
    /// How the last order for all of them ended.
    pub(super) told: Option<Told>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Order {
    who: Who,
    left: BTreeSet<DeviceId>,
    forgotten: usize,
    kept: usize,
}

/// Who wants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Who {
    /// A person at the panel, about one device.
    Person,
    /// A person at the panel, about all of them.
    PersonAll,
    /// Somebody elsewhere, about one device.
    Command(CommandId),
    /// Somebody elsewhere, about all of them.
    CommandAll(CommandId),
    /// The policy, for a reason that was said.
    Unwanted,
    /// The policy, to make room for another one.
    Limit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Told {
    pub(super) forgotten: usize,
    pub(super) left: usize,
    pub(super) since: Time,
    pub(super) until: Time,
}

impl Forgetting {
    pub(super) fn is_going(&self, device: &DeviceId) -> bool {
        self.devices.contains_key(device)
    }

    pub(super) fn deadline(&self) -> Option<Time> {
        self.devices.values().map(|(until, _)| *until).min()
    }
}

impl Session {
    /// Deletes what is not to stay.
    pub(super) fn forget_unwanted(&mut self, now: Time, device: DeviceId) {
        self.forget(now, Who::Unwanted, [device]);
    }

    pub(super) fn forget_all(&mut self, now: Time, who: Who) {
        let devices: Vec<DeviceId> = self.bonds().map(|(device, _)| device.clone()).collect();
        self.forget(now, who, devices);
    }

    pub(super) fn forget(
        &mut self,
        now: Time,
        who: Who,
        devices: impl IntoIterator<Item = DeviceId>,
    ) {
        let left: BTreeSet<DeviceId> = devices.into_iter().collect();
        for device in left.clone() {
            if self.forget.is_going(&device) {
                continue;
            }
            // One that was made anew without an approval is not the one that was known.
            let known = self.strike_from_ledger(&device) && who != Who::Unwanted;
            self.effects.push(Effect::Forget(device.clone()));
            self.forget.devices.insert(device, (now + FORGETTING, known));
        }
        self.forget.orders.push(Order { who, left, forgotten: 0, kept: 0 });
        self.settle_orders(now);
    }

    /// A device has gone.
    pub(super) fn is_forgotten(&mut self, now: Time, device: &DeviceId) {
        if self.forget.devices.remove(device).is_some() {
            self.forgetting_ended(now, device, true);
        }
    }

    /// bluetoothd has taken too long.
    pub(super) fn not_forgotten(&mut self, now: Time) {
        let devices = self.forget.devices.iter();
        let due = devices.filter(|(_, (until, _))| *until <= now);
        let late: Vec<DeviceId> = due.map(|(device, _)| device.clone()).collect();
        late.iter().for_each(|device| self.is_not_forgotten(now, device));
    }

    /// It is not known to have happened, and it will not be.
    pub(super) fn stop_forgetting(&mut self, now: Time, which: impl Fn(&DeviceId) -> bool) {
        let devices = self.forget.devices.keys();
        let ended: Vec<DeviceId> = devices.filter(|device| which(device)).cloned().collect();
        ended.iter().for_each(|device| self.is_not_forgotten(now, device));
    }

    fn is_not_forgotten(&mut self, now: Time, device: &DeviceId) {
        if let Some((_, known)) = self.forget.devices.remove(device) {
            if known {
                self.enter_in_ledger(device);
            }
            self.forgetting_ended(now, device, false);
        }
    }

    fn forgetting_ended(&mut self, now: Time, device: &DeviceId, gone: bool) {
        let outcome = if gone { Outcome::Forgotten } else { Outcome::NotForgotten };
        // That a bond is still there has to be said, whoever wanted it to go.
        let mut told = !gone;
        let mut unsaid = false;
        for order in &mut self.forget.orders {
            if order.left.remove(device) {
                *(if gone { &mut order.forgotten } else { &mut order.kept }) += 1;
                told |= matches!(order.who, Who::Person | Who::Command(_));
                unsaid |= order.who != Who::Unwanted;
            }
        }
        if told {
            self.finish(now, device.clone(), Method::JustWorks, outcome);
        } else if unsaid {
            // On the glass it is said of all of them.
            let (device, method) = (device.clone(), Method::JustWorks);
            self.effects.push(Effect::Finished { device, method, outcome });
        }
        self.settle_orders(now);
    }

    /// Answers those whose devices are all done with.
    fn settle_orders(&mut self, now: Time) {
        let orders = std::mem::take(&mut self.forget.orders);
        let (done, open): (Vec<_>, Vec<_>) =
            orders.into_iter().partition(|order| order.left.is_empty());
        self.forget.orders = open;
        for Order { who, forgotten, kept, .. } in done {
            if let Who::Command(id) | Who::CommandAll(id) = who {
                let result = if kept == 0 { Ok(()) } else { Err(Denial::NotForgotten) };
                self.effects.push(Effect::Done { id, result });
            }
            if let Who::PersonAll | Who::CommandAll(_) = who {
                let until = now + if kept == 0 { DONE_SHOWN } else { LEFT_SHOWN };
                self.forget.told = Some(Told { forgotten, left: kept, since: now, until });
            }
        }
    }
}
