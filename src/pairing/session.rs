//! The session: every decision about pairing, and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::adapters::DefaultGuard;
use super::backoff::Backoff;
use super::bonds::{Approval, Ledger};
use super::controls::Controls;
use super::forget::Forgetting;
use super::gestures::Quiet;
use super::oob::OutOfBand;
use super::prompt::{Ended, Prompt, Settling, Shown};
use super::window::Window;
use super::{
    Abilities, AdapterState, Answer, Capability, DeviceId, Effect, Event, Fittings, Key, Outcome,
    Policy, Reason,
};
use crate::clock::Time;

/// How long the parts of the board have to report before the agent is registered without them.
const START_GRACE: Duration = Duration::from_secs(2);

/// The state of the panel. See the [module](super) for the life of a prompt.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Session {
    pub(super) policy: Policy,
    pub(super) fittings: Fittings,
    pub(super) display_works: bool,
    pub(super) controls: Controls,
    /// Whether the reject press that is going on counts: no other key came into it.
    pub(super) reject_counts: bool,
    /// Until when parts of the board may be missing because they are still starting.
    pub(super) grace: Option<Time>,
    /// Whether the display has said neither that it works nor that it does not.
    pub(super) display_unreported: bool,
    /// Whether keypads were asked for.
    listening: bool,
    wanted: Option<Capability>,
    pub(super) registered: Option<Capability>,
    pub(super) window: Window,
    pub(super) window_decided: bool,
    /// The adapters of which all that bluetoothd has was told.
    pub(super) inventoried: BTreeSet<String>,
    pub(super) backoff: Backoff,
    pub(super) default: DefaultGuard,
    pub(super) adapters: BTreeMap<String, AdapterState>,
    pub(super) devices: BTreeMap<DeviceId, Known>,
    /// The device that went last, of which something may still have to be said.
    pub(super) departed: Option<(DeviceId, Known)>,
    pub(super) prompt: Option<Prompt>,
    pub(super) shown: Option<Shown>,
    pub(super) settling: Option<Settling>,
    pub(super) ended: Option<Ended>,
    /// What could not be said yet because something was open.
    pub(super) later: Option<Ended>,
    /// A device whose bond may be deleted if the person at the panel wants it, and when to ask.
    pub(super) offer: Option<(DeviceId, Time)>,
    /// The bonds that are being deleted.
    pub(super) forget: Forgetting,
    pub(super) ledger: Ledger,
    /// The address of a device that is paired with from here, and until when.
    pub(super) expected: Option<(String, Time)>,
    /// A bond that was wanted from here, and is asked about when there is room for it.
    pub(super) to_keep: Option<DeviceId>,
    /// The data that a device can pair with out of band.
    pub(super) oob: OutOfBand,
    /// What is done while nothing is open.
    pub(super) quiet: Quiet,
    /// Since when nobody has used the panel.
    pub(super) resting: Option<Time>,
    last_id: u32,
    pub(super) effects: Vec<Effect>,
}

/// What bluetoothd has said of a device.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Known {
    pub(super) address: Option<String>,
    pub(super) name: Option<String>,
    pub(super) bonded: Option<bool>,
    pub(super) paired: Option<bool>,
    /// Since when it is.
    pub(super) connected: Option<Time>,
    /// When it last was.
    pub(super) seen: Option<Time>,
    /// A pairing that was accepted, and of which nothing has been heard.
    pub(super) approved: Option<Approval>,
    /// Whether the person at the panel has refused it since the window opened.
    pub(super) refused: bool,
    /// When the agent was last called about it.
    pub(super) asked: Option<Time>,
    /// When it was last called about a pairing whose end has not been heard of.
    pub(super) asked_to_pair: Option<Time>,
    /// Whether it has been offered to be forgotten since the window opened.
    pub(super) offered: bool,
    /// When the person at the panel last refused it a service.
    pub(super) refused_service: Option<Time>,
    pub(super) trusted: Option<bool>,
    pub(super) blocked: Option<bool>,
    /// Whether its address is a random one.
    pub(super) random: Option<bool>,
    /// Why its last link has ended.
    pub(super) reason: Option<Reason>,
}

impl Session {
    /// A session for a board that has these fittings, none of which has reported yet.
    pub fn new(policy: Policy, fittings: Fittings, now: Time) -> Self {
        Self {
            controls: Controls::new(&fittings),
            display_unreported: fittings.display,
            listening: false,
            policy,
            fittings,
            display_works: false,
            reject_counts: false,
            grace: Some(now + START_GRACE),
            wanted: None,
            registered: None,
            window: Window::default(),
            window_decided: false,
            inventoried: BTreeSet::new(),
            backoff: Backoff::default(),
            default: DefaultGuard::default(),
            adapters: BTreeMap::new(),
            devices: BTreeMap::new(),
            departed: None,
            prompt: None,
            shown: None,
            settling: None,
            ended: None,
            later: None,
            offer: None,
            forget: Forgetting::default(),
            ledger: Ledger::default(),
            expected: None,
            to_keep: None,
            oob: OutOfBand::default(),
            quiet: Quiet::default(),
            resting: None,
            last_id: 0,
            effects: Vec::new(),
        }
    }

    /// Tells the session what happened at `now`; returns what it wants done, in this order.
    pub fn handle(&mut self, now: Time, event: Event) -> Vec<Effect> {
        // Edges and frames carry the time at which they happened, which is before now. What was due
        // before them comes first, and what is due between them and now comes after.
        let at = match event {
            Event::Edge { at, .. } | Event::KeyReady { at, .. } | Event::Shown { at, .. } => {
                at.min(now)
            }
            _ => now,
        };
        self.run_until(at, now);
        self.apply(at, event);
        self.run_until(now, now);
        if self.is_broken() && !self.something_is_open() {
            self.close_window_of_broken_board(now);
        }
        self.decide_window(now);
        self.provide_out_of_band(now);
        self.ask_later(now);
        self.say_later(now);
        self.register_if_quiet(now);
        self.listen_if_needed();
        self.rest_or_not(now);
        self.note_code_on_screen(now);
        std::mem::take(&mut self.effects)
    }

    /// When [`Event::Tick`] must be handled at the latest: something is due then, or the screen
    /// looks different. Changes with every event; `None` while nothing is going on.
    pub fn deadline(&self, now: Time) -> Option<Time> {
        let seen = self.next_picture(now).into_iter().chain(self.next_look(now));
        self.timers().map(|(at, _)| at).chain(seen).min()
    }

    /// The capability that the working parts of the board have now.
    pub fn capability(&self) -> Capability {
        let picker = self.display_works && self.controls.picker_works();
        let abilities = Abilities {
            display: self.display_works,
            answer: self.controls.works(Key::Accept),
            digits: self.controls.keypad_works() || picker,
        };
        abilities.capability(self.fittings.at_most)
    }

    fn apply(&mut self, now: Time, event: Event) {
        match event {
            Event::Call { request, device, call } => self.call(now, request, device, call),
            Event::DisplayPasskey { device, passkey, entered } => {
                self.display_passkey(now, device, passkey, entered);
            }
            Event::Cancel => self.cancelled(now),
            Event::Release | Event::Unregistered => self.bluetoothd_gone(now),
            Event::Registered(capability) => self.is_registered(now, capability),
            Event::Adapter { adapter, state } => self.adapter_changed(now, adapter, state),
            Event::AgentLost => self.agent_lost(now),
            Event::AdapterRemoved(adapter) => self.adapter_removed(now, &adapter),
            Event::Inventory => self.inventory(now),
            Event::Device { device, change } => self.device_changed(now, device, change),
            Event::Disconnected { device, reason } => self.disconnected(now, device, reason),
            Event::DeviceRemoved(device) => self.device_removed(now, &device),
            Event::DisplayReady => {
                self.display_unreported = false;
                self.display_works = true;
                self.resting = None;
            }
            Event::DisplayFailed => self.display_failed(now),
            Event::Shown { prompt, glow, .. } => {
                self.on_glass(now, prompt, glow);
                self.out_of_band_on_glass(prompt, glow);
            }
            Event::KeyReady { key, down, at } => self.controls.ready(key, down, at),
            Event::KeyFailed(key) => {
                self.controls.failed(key);
                if self.is_broken() {
                    self.set_adapters(now);
                }
            }
            Event::Edge { key, down, .. } => self.edge(key, down, now),
            Event::Command { id, command } => self.command(now, id, command),
            Event::OutOfBandData { adapter, data } => self.out_of_band_data(now, &adapter, data),
            Event::OutOfBandLost { adapter, lasting } => {
                self.out_of_band_lost(now, &adapter, lasting);
            }
            Event::OutOfBandKey { adapter, address } => {
                self.out_of_band_key(now, &adapter, &address);
            }
            Event::OutOfBandFailed { adapter, address } => {
                self.out_of_band_failed(now, &adapter, &address);
            }
            Event::OnTag(id) => self.out_of_band_on_tag(id),
            Event::PairEnded { address } => self.expect_no_longer(now, &address),
            Event::Policy(policy) => {
                self.policy = *policy;
                self.set_adapters(now);
                self.judge_anew(now);
            }
            Event::Stop => {
                self.close_window(now);
                self.end_prompt(now, Answer::Reject, Outcome::Cancelled);
            }
            Event::Tick => {}
        }
    }

    /// Registers anew when the hardware can do more or less than before, but never in the middle
    /// of a pairing, which goes on with the capability that it began with.
    fn register_if_quiet(&mut self, now: Time) {
        let unreported = self.display_unreported || self.controls.any_unreported();
        let starting = self.grace.is_some() && unreported;
        let busy = self.something_is_open();
        let capability = self.capability();
        if !starting && !busy && self.wanted != Some(capability) {
            self.grace = None;
            self.wanted = Some(capability);
            // To be registered anew makes adapters pairable, before it is answered.
            self.default.our_doing(now);
            self.effects.push(Effect::Register(capability));
        }
    }

    pub(super) fn something_is_open(&self) -> bool {
        self.prompt.is_some() || self.shown.is_some() || self.settling.is_some()
    }

    /// Has a keypad's keys for as long as one of them has something to do.
    fn listen_if_needed(&mut self) {
        let needed = self.fittings.keypad.is_some() && self.something_is_open();
        if needed != self.listening {
            self.listening = needed;
            self.effects.push(Effect::Listen(needed));
        }
    }

    fn display_failed(&mut self, now: Time) {
        self.display_unreported = false;
        self.display_works = false;
        if self.fittings.display {
            self.end_prompt(now, Answer::Reject, Outcome::DisplayFailed);
            self.drop_shown(now, Outcome::DisplayFailed);
            self.set_adapters(now);
        }
    }

    /// Nothing can be paired at a board that is out of order.
    fn close_window_of_broken_board(&mut self, now: Time) {
        if self.window.deadline().is_some() {
            self.close_window(now);
        }
    }

    /// Whether the part of the board that codes are shown or typed on does not work. Such a board
    /// never falls back to asking less.
    pub(super) fn is_broken(&self) -> bool {
        if self.fittings.display {
            !self.display_works
        } else {
            self.fittings.keypad.is_some() && !self.controls.keypad_works()
        }
    }

    pub(super) fn next_id(&mut self) -> u32 {
        self.last_id = self.last_id.checked_add(1).unwrap_or(1);
        self.last_id
    }
}
