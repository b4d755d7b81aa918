//! What the [witness](super::witness) keeps of out-of-band data, and the rules about them.

use std::collections::BTreeSet;

use pairpanel::clock::Time;
use pairpanel::pairing::{
    Call, DeviceId, Effect, Event, Fittings, Glow, Key, Method, Outcome, Policy, Screen, Session,
};

use crate::op::{Bench, Op};
use crate::search::Search;
use crate::witness::Question;
use crate::world::{ADAPTER, bonnet, display_alone, lasting, with_code};

#[derive(Clone, Debug, Default, Hash)]
pub(crate) struct Data {
    /// Whether the last order was to have some.
    pub(crate) wanted: bool,
    /// Whether they have come since.
    fresh: bool,
    /// The frames that had their code on them.
    on_glass: Option<u32>,
    /// Whether the glass has shown them, the tag has them, or somebody was told.
    given: bool,
    /// By which order a tag is to have them.
    pub(crate) on_tag: Option<u32>,
    /// Devices that a key was made for by data that somebody had, and that have not been told of.
    keys: BTreeSet<DeviceId>,
    /// A device that has paired by the data and may not.
    refused: Option<DeviceId>,
    /// Devices that somebody was asked about, or told a code for, since they connected or the last
    /// pairing with them ended.
    asked: BTreeSet<DeviceId>,
}

impl Data {
    /// What is about to be told to the session.
    pub(crate) fn note(&mut self, event: &Event) {
        match event {
            Event::OutOfBandData { adapter, .. } if adapter == ADAPTER && self.wanted => {
                self.void();
                self.fresh = true;
            }
            Event::OutOfBandLost { adapter, .. } if adapter == ADAPTER => self.void(),
            Event::Shown { prompt, glow: Glow::Full, .. } => {
                self.given |= self.fresh && self.on_glass == Some(prompt.prompt);
            }
            Event::OnTag(id) => self.given |= self.fresh && self.on_tag == Some(*id),
            Event::OutOfBandKey { adapter, address } if adapter == ADAPTER => {
                let device = device_at(address);
                if !self.asked.remove(&device) && self.given {
                    self.keys.insert(device);
                }
                // For one device and one try only.
                self.void();
            }
            Event::OutOfBandFailed { adapter, address } if adapter == ADAPTER => {
                self.asked.remove(&device_at(address));
                self.void();
            }
            Event::Call { call: Call::AuthorizeService { .. }, .. } => {}
            Event::Call { device, .. } | Event::DisplayPasskey { device, .. } => {
                self.asked.insert(device.clone());
            }
            Event::Device { device, change } if change.connected == Some(true) => {
                self.asked.remove(device);
            }
            Event::DeviceRemoved(device) => {
                self.asked.remove(device);
            }
            _ => {}
        }
    }

    fn void(&mut self) {
        (self.fresh, self.on_glass, self.given) = (false, None, false);
    }

    /// Judges an effect; true if a device has paired by the data.
    pub(crate) fn judge(&mut self, effect: &Effect, open: bool) -> bool {
        match effect {
            Effect::OutOfBand(adapter) => {
                self.void();
                self.wanted = adapter.is_some();
                assert!(open || !self.wanted, "data are wanted while the window is closed");
            }
            Effect::WriteTag { id, .. } => {
                assert!(self.fresh && open, "the tag gets data that are not good");
                self.on_tag = Some(*id);
            }
            Effect::WipeTag => self.on_tag = None,
            Effect::TellOutOfBand { .. } => {
                assert!(self.fresh && open, "somebody is told data that are not good");
                self.given = true;
            }
            Effect::Finished { device, method: Method::OutOfBand, outcome } => {
                if *outcome == Outcome::PairedChecked {
                    assert!(self.keys.remove(device), "paired by data that nobody had");
                    assert!(open, "paired by data while the window is closed");
                    return true;
                }
                if matches!(outcome, Outcome::Refused(_)) {
                    self.keys.remove(device);
                    self.refused = Some(device.clone());
                }
            }
            _ => {}
        }
        false
    }

    /// Whether a bond is deleted because it was made by the data and may not be.
    pub(crate) fn refuses(&mut self, device: &DeviceId) -> bool {
        self.refused.take_if(|refused| refused == device).is_some()
    }

    /// What is so whenever the session has done what it does.
    pub(crate) fn judge_state(&mut self, now: Time, open: bool, session: &Session) {
        assert!(open || !self.wanted, "data stay good in the closed window");
        assert!(self.on_tag.is_none() || self.fresh, "the tag still has data that are not good");
        if matches!(session.screen(now), Screen::Scan { .. }) {
            assert!(self.fresh && open, "the glass has a code that is not good");
            self.on_glass = session.on_screen(now).map(|frame| frame.prompt);
        }
    }
}

fn device_at(address: &str) -> DeviceId {
    DeviceId::parse(&format!("{ADAPTER}/dev_{}", address.replace(':', "_"))).unwrap()
}

#[test]
fn out_of_band_data_pair_one_device_that_could_have_read_them() {
    use Key::{Accept, Reject};
    let alphabet = [
        Op::Data,
        Op::CodeShown,
        Op::ReadData,
        Op::LateData,
        Op::LateRead,
        Op::DataLost,
        Op::LeKey(1),
        Op::LeKey(2),
        Op::LeFailed(1),
        Op::Bonded(1),
        Op::Connected(1, true),
        Op::Confirm(1, 1),
        Op::Flip(Reject),
        Op::DisplayFailed,
        Op::AdapterRemoved,
        Op::OpenWindow(1000),
        Op::CloseWindow,
    ];
    let tap = [Op::Flip(Accept), Op::Settle, Op::Flip(Accept), Op::Settle];
    Search {
        name: "a code on the glass",
        board: with_code(bonnet()),
        before: &[&[Op::Data][..], &tap].concat(),
        alphabet: &alphabet,
        depth: 5,
        accepts: &[Question::Scan],
    }
    .run();
    Search {
        name: "a code on the glass, shown and read",
        board: with_code(display_alone()),
        before: &[Op::Data, Op::CodeShown, Op::Connected(1, true)],
        alphabet: &alphabet,
        depth: 5,
        accepts: &[Question::Scan],
    }
    .run();
    Search {
        name: "a tag",
        board: Fittings { tag: true, ..bonnet() },
        before: &[Op::Data, Op::Connected(1, true)],
        alphabet: &[&alphabet[..], &[Op::OnTag, Op::OldOnTag]].concat(),
        depth: 4,
        accepts: &[Question::Scan],
    }
    .run();
}

/// The first was a frame with the number of a code that had not been on the screen, the second a call
/// before its link.
#[test]
fn what_random_events_have_broken_once_is_whole() {
    use Op::{Bonded, Confirm, Connected, Data, DisplayPin, LeKey, OldShown, OnTag};
    let tag = Fittings { tag: true, ..bonnet() };
    let cases: [(Fittings, &[Op]); 2] = [
        (with_code(bonnet()), &[Bonded(2), Data, Bonded(1), DisplayPin(0), OldShown, LeKey(1)]),
        (tag, &[Data, OnTag, Confirm(1, 1), Connected(1, true), LeKey(1)]),
    ];
    for (board, ops) in cases {
        let mut bench = Bench::new(&Policy { out_of_band: true, ..lasting() }, &board);
        ops.iter().for_each(|op| bench.apply(*op));
    }
}
