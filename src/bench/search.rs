//! Which glass to try next.
//!
//! Every glass that is sold with a controller that this crate drives is possible at first, also
//! connected unusually. What is seen of an attempt speaks against those on which something else
//! would have been seen. Of those that nothing speaks against, the next to be tried is the one that
//! is nearest to the profile. What is off by some columns or rows, as no glass in the table is, is
//! found by halving ([`Nudge`]).

use super::guess::{Guess, ROTATIONS, quarters};
use super::nudge::Nudge;
use super::view::{Half, Side, Sides, View, expect};
use crate::board::{Controller, Rotation, Wiring};

/// How many pictures are shown at most before the search gives up. Who answers what is true needs
/// fewer: see `tests/panel/bench.rs`.
pub const ATTEMPTS: usize = 32;

/// The search for a display on a bus, with a person who says what is to be seen.
#[derive(Clone, Debug)]
pub struct Search {
    glasses: Vec<Glass>,
    tried: Vec<Guess>,
    /// The controller whose commands have brought a picture, or part of it, to the glass.
    drawn: Option<Controller>,
    /// How it must be mounted then.
    mounted: Option<Rotation>,
    /// Something was lit that no charge pump was started for.
    needs_no_pump: bool,
    /// Those that may be off by some lines, the first that was seen first.
    nudges: Vec<Nudge>,
}

/// A glass that is possible, apart from how it is mounted.
#[derive(Clone, Debug)]
struct Glass {
    guess: Guess,
    /// How unlikely it is, seen from the profile.
    distance: u32,
    /// Answers that speak against it, for each way to mount it.
    against: [u8; 4],
}

impl Search {
    /// A search that begins with what the profile says.
    pub fn new(profile: &Guess) -> Self {
        let mut glasses = vec![Glass { guess: *profile, distance: 0, against: [0; 4] }];
        for controller in Controller::ALL {
            for &size in controller.sizes() {
                let usual = Guess::usual(controller, size);
                let mut add = |wiring: Wiring, unusual: u32| {
                    let guess = Guess { wiring, rotation: profile.rotation, ..usual };
                    if !glasses.iter().any(|glass: &Glass| glass.guess.is_same_glass(&guess)) {
                        let distance = unusual + distance(&guess, profile);
                        glasses.push(Glass { guess, distance, against: [0; 4] });
                    }
                };
                for (wiring, unusual) in wirings(&usual) {
                    add(wiring, unusual);
                }
                if controller == profile.controller {
                    // What it says of the wiring may hold for another size, too.
                    let fits =
                        u32::from(profile.wiring.col_offset) + size.0 <= controller.columns();
                    fits.then(|| add(profile.wiring, 1));
                }
            }
        }
        Self {
            glasses,
            tried: Vec::new(),
            drawn: None,
            mounted: None,
            needs_no_pump: false,
            nudges: Vec::new(),
        }
    }

    /// What to try next; `None` if there is nothing left.
    pub fn next(&self) -> Option<Guess> {
        if self.tried.len() >= ATTEMPTS {
            return None;
        }
        let all = self
            .glasses
            .iter()
            .flat_map(|glass| ROTATIONS.map(|rotation| (Guess { rotation, ..glass.guess }, glass)));
        let (mut best, mut least) = (None, None);
        for (guess, glass) in all {
            let against = glass.against[quarters(guess.rotation)];
            // Nothing at all speaks for one of these: a charge pump is not started for it.
            let pump = self.needs_no_pump && guess.controller == Controller::Ssd1306;
            if !self.is_tolerable(against, &guess) || pump || self.tried.contains(&guess) {
                continue;
            }
            let rank = AGAINST * u32::from(against) + self.unlikely(glass, guess.rotation);
            if least.is_none_or(|least| rank < least) {
                (best, least) = (Some(guess), Some(rank));
            }
        }
        let mut nudged = self.nudges.iter().filter_map(Nudge::guess);
        let nudged = nudged.find(|guess| !self.tried.contains(guess));
        match (nudged, least) {
            (Some(nudged), least) if least.is_none_or(|least| least >= AGAINST) => Some(nudged),
            _ => best,
        }
    }

    /// Whether to be asked, of a picture that was [`View::Moved`] like this, in which half of the
    /// glass one side of the frame is, and which side.
    pub fn asks_half(&self, tried: &Guess, cut: Sides, away: Sides) -> Option<Side> {
        Nudge::asks_half(tried, cut, away)
    }

    /// `view` is what was to be seen when `tried` was shown; `half` is the answer to
    /// [`asks_half`](Self::asks_half).
    pub fn saw(&mut self, tried: &Guess, view: View, half: Option<Half>) {
        self.tried.push(*tried);
        for glass in &mut self.glasses {
            let expected = expect(&glass.guess, tried);
            for mounted in ROTATIONS {
                let turned = (4 + quarters(tried.rotation) - quarters(mounted)) % 4;
                let allowed = expected.allows(turned, mounted, view);
                let against = &mut glass.against[quarters(mounted)];
                *against = against.saturating_add(u8::from(!allowed));
            }
        }
        let turned = match view {
            View::Points(direction) => Some(direction.quarters()),
            View::Mixed | View::Moved { .. } => Some(0),
            _ => None,
        };
        if let Some(turned) = turned {
            self.drawn = Some(tried.controller);
            self.mounted = Some(ROTATIONS[(4 + quarters(tried.rotation) - turned) % 4]);
        }
        self.needs_no_pump |= view != View::Dark && tried.controller != Controller::Ssd1306;
        let at = self.nudges.iter().enumerate().find_map(|(n, nudge)| Some((n, nudge.at(tried)?)));
        let (place, known) = at.unzip();
        let mut nudge = match view {
            View::Moved { cut, away } => {
                known.unwrap_or_else(|| Nudge::new(tried)).narrowed(cut, away, half)
            }
            _ => known.and_then(Nudge::overshot),
        };
        // What was tried for another reason has shown nothing, or it would be known.
        while let Some(next) = nudge.as_ref().and_then(Nudge::guess)
            && self.tried.contains(&next)
        {
            nudge = nudge.and_then(Nudge::overshot);
        }
        // One that has come to nothing goes.
        let place = place.unwrap_or(self.nudges.len());
        let end = (place + 1).min(self.nudges.len());
        self.nudges.splice(place..end, nudge);
    }

    /// Whether a glass is tried although so many answers speak against it. It may be connected in no
    /// usual way, or the person was wrong about what was to be seen; but a controller that has shown
    /// nothing of the picture is not the one.
    fn is_tolerable(&self, against: u8, guess: &Guess) -> bool {
        let drawn = self.drawn == Some(guess.controller) && self.mounted == Some(guess.rotation);
        against == 0 || drawn
    }

    fn unlikely(&self, glass: &Glass, rotation: Rotation) -> u32 {
        let Glass { guess, distance, .. } = glass;
        let turned = u32::from(rotation != guess.rotation);
        // Not another one than has shown a picture, unless that is all that is left.
        let other = self.drawn.is_some_and(|drawn| drawn != guess.controller);
        distance + turned + if other { OTHER_CONTROLLER } else { 0 }
    }
}

/// How unlikely a glass becomes by an answer that speaks against it. By then it is likelier that one
/// which nothing else is wrong with is off by some lines.
const AGAINST: u32 = 40;
/// By another one having shown a picture.
const OTHER_CONTROLLER: u32 = 100;

/// The ways in which a glass of this size may be connected, with how unlikely each one is.
fn wirings(usual: &Guess) -> Vec<(Wiring, u32)> {
    let Guess { controller, height, wiring, .. } = *usual;
    let columns: &[u8] = match controller {
        // 128 of 132: in the middle as usual, or at either end.
        Controller::Sh1106 => &[2, 0, 4],
        _ => &[],
    };
    let coms: &[u8] = match (controller, height) {
        (Controller::Sh1107, _) => &[0, 0x60, 0x20, 0x40],
        // Half of the outputs: the first, the last or those in the middle.
        (_, 32) => &[0, 16, 32],
        _ => &[],
    };
    let pins: &[(bool, bool)] = match controller {
        Controller::Sh1107 => &[(false, false)],
        // Its command has no such bit (datasheet, "Set Common pads hardware configuration").
        Controller::Sh1106 => &[(false, false), (true, false)],
        Controller::Ssd1306 | Controller::Ssd1309 => {
            &[(false, false), (true, false), (false, true), (true, true)]
        }
    };
    let or_usual = |offsets: &[u8], usual: u8| -> Vec<u8> {
        let others = offsets.iter().copied().filter(|offset| *offset != usual);
        std::iter::once(usual).chain(others).collect()
    };
    let mut all = Vec::new();
    for &(com_seq, com_lrremap) in pins {
        for com_offset in or_usual(coms, wiring.com_offset) {
            for col_offset in or_usual(columns, wiring.col_offset) {
                let differs = [
                    col_offset != wiring.col_offset,
                    com_offset != wiring.com_offset,
                    com_seq != wiring.com_seq,
                    com_lrremap != wiring.com_lrremap,
                ];
                let unusual = 4 * differs.into_iter().map(u32::from).sum::<u32>();
                all.push((Wiring { col_offset, com_offset, com_seq, com_lrremap }, unusual));
            }
        }
    }
    all
}

/// How unlikely another glass is for somebody who has taken it for that of the profile.
fn distance(guess: &Guess, profile: &Guess) -> u32 {
    let same_size = (guess.width, guess.height) == (profile.width, profile.height);
    let size = if same_size { 0 } else { 3 };
    let controller = match (guess.controller, profile.controller) {
        (is, said) if is == said => 0,
        // Sold as an SSD1306 most of all; what is square or upright is an SH1107.
        (Controller::Sh1106 | Controller::Ssd1306, _) => 2,
        (Controller::Ssd1309, _) => 3,
        (Controller::Sh1107, _) => 4,
    };
    size + controller
}
