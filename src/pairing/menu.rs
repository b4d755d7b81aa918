//! The menu, on boards that have the keys for one: up, down and one that takes.

use std::time::Duration;

use super::forget::Who;
use super::keys::{CERTAIN, LATE};
use super::session::Session;
use super::view::{next_step, steps};
use super::{DeviceId, Key, Keys, MenuItem, Press, Screen};
use crate::clock::Time;

/// How long it stays when nobody presses a key.
const STAYS: Duration = Duration::from_secs(30);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Menu {
    page: Page,
    pub(super) until: Time,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Page {
    Top { at: usize },
    Devices { at: usize },
    Device { device: DeviceId, since: Time, hold: Option<(Key, Time, Option<Time>)> },
    About,
}

impl Session {
    /// Whether the board has what a menu needs.
    fn has_menu(&self) -> bool {
        let ready = |key| self.controls.is_ready(key);
        let takes = ready(Key::Accept) || ready(Key::Select);
        self.display_works && ready(Key::Up) && ready(Key::Down) && takes
    }

    pub(super) fn open_menu(&mut self, now: Time) {
        if self.has_menu() {
            self.turn_to(now, Page::Top { at: 0 });
        }
    }

    fn turn_to(&mut self, now: Time, page: Page) {
        self.quiet.menu = Some(Menu { page, until: now + STAYS });
    }

    fn items(&self, now: Time) -> Vec<MenuItem> {
        let open = self.window.remaining(now).is_some();
        let forget = self.bonds().next().is_some().then_some(MenuItem::ForgetAll);
        let window = if open { MenuItem::CloseWindow } else { MenuItem::OpenWindow };
        [window, MenuItem::Devices].into_iter().chain(forget).chain([MenuItem::About]).collect()
    }

    fn bonded(&self) -> Vec<DeviceId> {
        self.bonds().map(|(device, _)| device.clone()).collect()
    }

    pub(super) fn menu_pressed(&mut self, key: Key, now: Time) {
        let Some(Menu { page, .. }) = self.quiet.menu.take() else { return };
        let takes = matches!(key, Key::Accept | Key::Select | Key::Right);
        let back = matches!(key, Key::Reject | Key::Left | Key::Escape);
        let step = |at: usize, count: usize| match key {
            Key::Up => at.checked_sub(1).unwrap_or(count.saturating_sub(1)),
            Key::Down if at + 1 < count => at + 1,
            Key::Down => 0,
            _ => at.min(count.saturating_sub(1)),
        };
        match page {
            Page::Top { at } => {
                let items = self.items(now);
                let at = step(at, items.len());
                match items.get(at).filter(|_| takes) {
                    Some(MenuItem::OpenWindow) if self.can_open().is_ok() => self.open_by_hand(now),
                    Some(MenuItem::CloseWindow) => self.close_window(now),
                    Some(MenuItem::Devices) => self.turn_to(now, Page::Devices { at: 0 }),
                    Some(MenuItem::About) => self.turn_to(now, Page::About),
                    Some(MenuItem::ForgetAll) => {
                        self.turn_to(now, Page::Top { at });
                        self.hold_to_forget_all(key);
                    }
                    None if back => {}
                    Some(MenuItem::OpenWindow) | None => self.turn_to(now, Page::Top { at }),
                }
            }
            Page::Devices { at } => {
                let devices = self.bonded();
                let at = step(at, devices.len());
                match devices.into_iter().nth(at).filter(|_| takes) {
                    Some(device) => {
                        self.turn_to(now, Page::Device { device, since: now, hold: None })
                    }
                    None if back => self.turn_to(now, Page::Top { at: 1 }),
                    None => self.turn_to(now, Page::Devices { at }),
                }
            }
            Page::Device { device, since, .. } => {
                let armed =
                    now >= since + self.policy.arm && !self.controls.another_is_pressed(key);
                let hold = (takes && armed).then_some((key, now, None));
                if back {
                    let at = self.bonded().iter().position(|bonded| *bonded == device).unwrap_or(0);
                    self.turn_to(now, Page::Devices { at });
                } else {
                    self.turn_to(now, Page::Device { device, since, hold });
                }
            }
            Page::About if back || takes => {
                let at = self.items(now).len().saturating_sub(1);
                self.turn_to(now, Page::Top { at });
            }
            Page::About => self.turn_to(now, Page::About),
        }
    }

    /// A press on the page of a device is a tap, a hold that is complete, or nothing.
    pub(super) fn menu_released(&mut self, now: Time, key: Key, pressed: Time, sure: bool) {
        let Some(menu) = &mut self.quiet.menu else { return };
        let Page::Device { hold, device, .. } = &mut menu.page else { return };
        let held = hold.take_if(|(of, since, _)| *of == key && *since == pressed).is_some();
        if held && sure && self.policy.hold.is_zero() {
            let device = device.clone();
            self.quiet.menu = None;
            self.forget(now, Who::Person, [device]);
        }
    }

    fn device_hold(&self) -> Option<(&DeviceId, Key, Time, Option<Time>)> {
        let Menu { page: Page::Device { device, hold, .. }, .. } = self.quiet.menu.as_ref()? else {
            return None;
        };
        let (key, since, complete) = (*hold)?;
        let held = self.controls.state(key)?.is_held_since(since);
        (held && !self.policy.hold.is_zero()).then_some((device, key, since, complete))
    }

    /// When [`device_hold_due`](Self::device_hold_due) is.
    pub(super) fn device_hold_at(&self) -> Option<Time> {
        let (_, _, since, complete) = self.device_hold()?;
        Some(complete.map_or(since + self.policy.hold, |complete| complete + CERTAIN))
    }

    /// The key has been held on the page of a device: it is forgotten.
    pub(super) fn device_hold_due(&mut self, due: Time, now: Time) {
        let Some((device, _, _, complete)) = self.device_hold() else { return };
        if complete.is_some() && now.since(due) <= LATE {
            let device = device.clone();
            self.quiet.menu = None;
            return self.forget(due, Who::Person, [device]);
        }
        let page = self.quiet.menu.as_mut().map(|menu| &mut menu.page);
        if let Some(Page::Device { hold: Some((_, _, complete)), .. }) = page {
            *complete = Some(now);
        }
    }

    /// A device that has gone is on no page.
    pub(super) fn take_from_menu(&mut self, now: Time, gone: &DeviceId) {
        let page = self.quiet.menu.as_ref().map(|menu| &menu.page);
        if matches!(page, Some(Page::Device { device, .. }) if device == gone) {
            self.turn_to(now, Page::Devices { at: 0 });
        }
    }

    pub(super) fn menu_screen(&self, now: Time) -> Option<Screen> {
        Some(match &self.quiet.menu.as_ref()?.page {
            Page::Top { at } => {
                let items = self.items(now);
                let at = (*at).min(items.len().saturating_sub(1));
                Screen::Menu { items, at }
            }
            Page::Devices { at } => {
                let peers: Vec<_> = self.bonded().iter().map(|device| self.peer(device)).collect();
                let at = (*at).min(peers.len().saturating_sub(1));
                Screen::Devices { peers, at }
            }
            Page::Device { device, .. } => {
                let known = self.devices.get(device);
                let connected = known.is_some_and(|known| known.connected.is_some());
                let press = match self.device_hold() {
                    Some((_, _, since, _)) => {
                        Press::Holding(steps(since + self.policy.hold, self.policy.hold, now))
                    }
                    None if self.policy.hold.is_zero() => Press::Tap,
                    None => Press::Hold,
                };
                let accept = self.label(Key::Accept).or_else(|| self.label(Key::Select));
                let reject = self.label(Key::Reject).or_else(|| self.label(Key::Left));
                let keys = Keys { accept, reject, press };
                Screen::Device { peer: self.peer(device), connected, keys }
            }
            Page::About => {
                let adapter = self.adapters.values().next();
                Screen::About {
                    name: adapter.map_or_else(String::new, |adapter| adapter.alias.clone()),
                    address: adapter.map_or_else(String::new, |adapter| adapter.address.clone()),
                    capability: self.registered,
                    bonds: self.bonds().count(),
                }
            }
        })
    }

    /// When the hold bar of a device's page grows.
    pub(super) fn menu_picture(&self, now: Time) -> Option<Time> {
        let (_, _, since, _) = self.device_hold()?;
        let ends = since + self.policy.hold;
        (ends > now).then(|| next_step(ends, self.policy.hold, now))
    }
}
