//! Random events against the rules.

use std::time::Duration;

use pairpanel::pairing::ServiceRule::{Always, Never};
use pairpanel::pairing::{Fittings, Key, Policy, Reason};
use proptest::prelude::*;

use crate::op::{Bench, Op};
use crate::world::{
    bonnet, bonnet_and_keypad, dims, display_alone, keypad, keys_of, lasting, one_key, stick,
    with_code,
};

fn boards() -> [Fittings; 12] {
    let none = Fittings::default();
    [
        bonnet(),
        dims(bonnet()),
        display_alone(),
        dims(one_key()),
        keypad(),
        dims(bonnet_and_keypad()),
        stick(),
        dims(stick()),
        with_code(bonnet()),
        with_code(display_alone()),
        Fittings { tag: true, ..bonnet() },
        none,
    ]
}

fn op(board: &Fittings) -> BoxedStrategy<Op> {
    let keys = match keys_of(board) {
        keys if keys.is_empty() => vec![Key::Accept],
        keys => keys,
    };
    let any_key = proptest::sample::select(keys.clone());
    let saying = |key: &Key| matches!(key, Key::Accept | Key::Reject | Key::Enter | Key::Escape);
    let saying: Vec<Key> = keys.iter().copied().filter(saying).collect();
    let key = prop_oneof![any_key.clone(), proptest::sample::select(saying)];
    let (peer, code) = (0..3u8, 0..4u32);
    let reason = prop_oneof![Just(Reason::Authentication), Just(Reason::Remote)];
    let wait = proptest::sample::select(vec![
        1, 19, 20, 100, 300, 500, 999, 1000, 1100, 5000, 24_000, 36_000, 120_000,
    ]);
    let window = proptest::sample::select(vec![1000, 30_000, 600_000]);
    let calls = prop_oneof![
        4 => (peer.clone(), code.clone()).prop_map(|(d, c)| Op::Confirm(d, c)),
        2 => peer.clone().prop_map(Op::Authorize),
        2 => peer.clone().prop_map(Op::RequestPasskey),
        2 => peer.clone().prop_map(Op::RequestPin),
        1 => peer.clone().prop_map(Op::DisplayPin),
        2 => peer.clone().prop_map(Op::AuthorizeService),
        1 => peer.clone().prop_map(Op::Malformed),
        2 => (peer.clone(), code, 0..300u16).prop_map(|(d, c, n)| Op::DisplayPasskey(d, c, n)),
    ];
    let keys = prop_oneof![
        12 => (key.clone(), any::<bool>()).prop_map(|(k, d)| Op::Edge(k, d)),
        12 => any_key.prop_map(Op::Tap),
        1 => key.clone().prop_map(Op::KeyFailed),
        1 => (key, any::<bool>()).prop_map(|(k, d)| Op::KeyReady(k, d)),
    ];
    let world = prop_oneof![
        1 => Just(Op::Cancel),
        1 => Just(Op::Release),
        1 => Just(Op::Unregistered),
        1 => Just(Op::AdapterRemoved),
        1 => Just(Op::DisplayFailed),
        2 => Just(Op::DisplayReady),
        4 => peer.clone().prop_map(Op::Bonded),
        4 => (peer.clone(), any::<bool>()).prop_map(|(d, c)| Op::Connected(d, c)),
        1 => (peer.clone(), reason).prop_map(|(d, r)| Op::Disconnected(d, r)),
        1 => peer.prop_map(Op::Removed),
        2 => window.prop_map(Op::OpenWindow),
        1 => Just(Op::CloseWindow),
    ];
    let time = prop_oneof![
        8 => wait.prop_map(Op::Wait),
        8 => Just(Op::Next),
        2 => Just(Op::Almost),
    ];
    let data = prop_oneof![
        4 => Just(Op::Data),
        4 => Just(Op::CodeShown),
        2 => Just(Op::OnTag),
        1 => Just(Op::OldOnTag),
        1 => Just(Op::ReadData),
        1 => Just(Op::LateData),
        1 => Just(Op::LateRead),
        1 => Just(Op::DataLost),
        4 => (0..3u8).prop_map(Op::LeKey),
        2 => (0..3u8).prop_map(Op::LeFailed),
    ];
    let data_weight = if board.code || board.tag { 12 } else { 0 };
    prop_oneof![
        data_weight => data,
        8 => calls,
        14 => keys,
        10 => Just(Op::Shown),
        1 => Just(Op::OldShown),
        1 => Just(Op::DimShown),
        8 => world,
        14 => time,
    ]
    .boxed()
}

fn policy() -> impl Strategy<Value = Policy> {
    let hold = prop_oneof![Just(Policy::default().hold), Just(Duration::ZERO)];
    let rule = prop_oneof![3 => Just(None), 1 => Just(Some(Always)), 1 => Just(Some(Never))];
    (hold, rule).prop_map(|(hold, rule)| {
        let services = rule.map(|rule| ("audio", rule)).into_iter().collect();
        // On a board that has neither glass nor tag for them nothing comes of it.
        Policy { hold, services, out_of_band: true, ..lasting() }
    })
}

/// A board, and what happens at it.
fn life() -> impl Strategy<Value = (Fittings, Vec<Op>)> {
    let board = proptest::sample::select(boards().to_vec());
    board.prop_flat_map(|board| {
        let ops = proptest::collection::vec(op(&board), 1..60);
        (Just(board), ops)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..Default::default() })]

    /// On every board, whatever happens in whatever order.
    #[test]
    fn nothing_pairs_without_presence(policy in policy(), (board, ops) in life()) {
        let mut bench = Bench::new(&policy, &board);
        for op in ops {
            bench.apply(op);
        }
        bench.apply(Op::Wait(60_000));
        prop_assert!(bench.witness.calls.is_empty(), "a call without answer");
    }
}
