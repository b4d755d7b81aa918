//! Whatever happens to a panel, in any order.

use pairpanel::display::Driver as _;
use pairpanel::pairing::Glow;
use proptest::prelude::*;

use crate::glass::Glass;
use crate::panels::{ROTATIONS, WIRES, drawn, glasses, panel, panel_wired, picture, unusual};

type Bars = Vec<(usize, usize, usize)>;

/// Something that happens to a panel.
#[derive(Clone, Debug)]
enum Op {
    Show(Bars),
    Refresh(Bars),
    Blank,
    Dim(Glow),
    /// A later transfer is cut off.
    Disturb(usize, usize),
    /// The next change of a line fails.
    LoseLine,
    PowerCycle,
}

fn bars() -> impl Strategy<Value = Bars> {
    prop::collection::vec((0..128usize, 0..128usize, 1..40usize), 0..12)
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        6 => bars().prop_map(Op::Show),
        1 => bars().prop_map(Op::Refresh),
        1 => Just(Op::Blank),
        2 => prop::sample::select(&[Glow::Full, Glow::Dim, Glow::Off][..]).prop_map(Op::Dim),
        3 => (0..6usize, 0..1100usize).prop_map(|(later, whole)| Op::Disturb(later, whole)),
        1 => Just(Op::LoseLine),
        1 => Just(Op::PowerCycle),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..Default::default() })]

    /// Whatever happened before: a call that succeeds leaves the glass as it says, one that fails
    /// succeeds when it is made again, and nothing but what was drawn is ever lit.
    #[test]
    fn the_glass_shows_the_last_frame_that_was_shown(
        glass in prop::sample::select(glasses()),
        mounted in prop::sample::select(&ROTATIONS[..]),
        wire in prop::sample::select(&WIRES[..]),
        largest in prop::sample::select(vec![32, 61, 8192]),
        mut ops in prop::collection::vec(op(), 1..20),
    ) {
        let glass = Glass { mounted, ..glass };
        let (mut panel, emulator) = panel(glass, wire);
        emulator.state().largest = largest;
        let mut lost_power = false;
        // What is on the glass, if that is known, and how bright it is to be.
        let (mut known, mut contrast) = (None, 0xcf);
        // Up to two disturbances may still be to come, and each fails one attempt.
        ops.extend([const { Op::Show(Vec::new()) }; 2]);
        ops.push(Op::Show(vec![(1, 2, 3)]));
        let last = ops.len() - 1;
        for (index, op) in ops.into_iter().enumerate() {
            // Nothing tells the panel that it lost power: that is what a refresh is for.
            let (frame, result) = match op {
                Op::Disturb(later, whole) => {
                    emulator.state().fail_in = Some((later, whole));
                    continue;
                }
                Op::LoseLine => {
                    emulator.state().line_lost = true;
                    continue;
                }
                Op::PowerCycle => {
                    emulator.power_cycle();
                    lost_power = true;
                    continue;
                }
                Op::Show(bars) if !lost_power => {
                    let frame = drawn(&glass, &bars);
                    let result = panel.show(&frame);
                    (frame, result)
                }
                Op::Show(bars) | Op::Refresh(bars) => {
                    let frame = drawn(&glass, &bars);
                    let result = panel.refresh(&frame);
                    (frame, result)
                }
                Op::Blank => (drawn(&glass, &[]), panel.blank()),
                Op::Dim(glow) => {
                    let result = panel.dim(glow);
                    let dark = drawn(&glass, &[]);
                    let before = if glow == Glow::Off { Some(dark) } else { known.take() };
                    if glow != Glow::Off {
                        contrast = if glow == Glow::Full { 0xcf } else { 0x01 };
                    }
                    known = before.filter(|_| result.is_ok() && !lost_power);
                    if let Some(frame) = &known {
                        prop_assert_eq!(picture(&emulator.seen()), picture(frame));
                        prop_assert_eq!(emulator.contrast(), contrast);
                    }
                    continue;
                }
            };
            known = Some(frame.clone()).filter(|_| result.is_ok());
            if index == last {
                // What is left of disturbances need not have come yet: the frame before was the same
                // as nothing, so that nothing was sent.
                emulator.state().fail_in = None;
                emulator.state().line_lost = false;
                prop_assert!(result.is_ok() || panel.show(&frame).is_ok());
                prop_assert_eq!(picture(&emulator.seen()), picture(&frame));
            } else if result.is_ok() {
                lost_power = false;
                prop_assert_eq!(picture(&emulator.seen()), picture(&frame));
                prop_assert_eq!(emulator.contrast(), contrast);
            }
        }
        prop_assert!(!emulator.state().garbage_seen);
    }

    /// What a profile overrides goes for every position of the glass.
    #[test]
    fn a_glass_that_is_soldered_unusually_is_right_in_every_position(
        (glass, wiring) in unusual(),
        wire in prop::sample::select(&WIRES[..]),
        frames in prop::collection::vec(bars(), 1..4),
    ) {
        let (mut panel, emulator) = panel_wired(glass, wire, wiring);
        for bars in frames {
            let frame = drawn(&glass, &bars);
            panel.show(&frame).unwrap();
            prop_assert_eq!(picture(&emulator.seen()), picture(&frame));
        }
        prop_assert!(!emulator.state().garbage_seen);
    }
}
