//! Which bonds the data stand for.

use pairpanel::pairing::{
    Allow, Call, Command, CommandId, Event, Glow, JustWorks, Key, Method, Outcome, Policy, Refusal,
    Screen,
};

use super::{PAIRED, policy, shows_code};
use crate::world::{ADAPTER, World, bonnet, close_window, device, lasting, ms, with_code};

#[test]
fn a_bond_by_the_data_on_the_glass_is_paired_whichever_news_comes_first() {
    type News = fn(&mut World);
    let orders: [News; 2] = [
        |w| {
            w.key(1).bonded(&device(1));
        },
        |w| {
            w.bonded(&device(1)).wait(ms(1000)).key(1);
        },
    ];
    for news in orders {
        let mut world = World::scanned(policy());
        world.connected(&device(1), true);
        news(&mut world);
        assert_eq!(world.finished(), [PAIRED]);
        assert!(!world.forgets(1));
        assert_eq!(world.asked_for().last(), Some(&None), "one bond is what the window is for");
        world.wait(ms(5000));
        assert!(matches!(world.screen(), Screen::Idle { .. }));
    }
}

#[test]
fn a_device_that_pairs_again_by_the_data_is_said_to_have() {
    let mut world = World::scanned(Policy { out_of_band: true, ..lasting() });
    world.was_bonded(&device(1)).fresh().code_shown();
    world.wait(ms(10_000)).connected(&device(1), true);
    world.effects.clear();
    world.key(1);
    assert_eq!(world.finished(), [PAIRED]);
}

/// Why a bond is none by the data → what it is taken for.
#[test]
fn a_bond_that_the_data_do_not_explain_is_an_unknown_one() {
    type Story = fn() -> World;
    let stories: [(&str, Story); 8] = [
        ("the glass has shown a question instead", || {
            let mut world = World::offering(policy(), with_code(bonnet()));
            world.confirm(&device(2), 7);
            world.shown();
            world.key(1).bonded(&device(1));
            world
        }),
        ("no glass has shown them", || {
            let mut world = World::offering(policy(), with_code(bonnet()));
            world.key(1).bonded(&device(1));
            world
        }),
        ("the glass was dark", || {
            let mut world = World::offering(policy(), with_code(bonnet()));
            world.press(Key::Accept, ms(80));
            let prompt = world.session.on_screen(world.now).unwrap();
            world.tell(Event::Shown { prompt, glow: Glow::Dim, at: world.now });
            world.key(1).bonded(&device(1));
            world
        }),
        ("no key is authenticated", || {
            let mut world = World::scanned(policy());
            world.bonded(&device(1)).wait(ms(2000));
            world
        }),
        ("the key is another device's", || {
            let mut world = World::scanned(policy());
            world.key(2).bonded(&device(1));
            world
        }),
        ("the key is of another adapter", || {
            let mut world = World::scanned(policy());
            let (adapter, address) = ("/org/bluez/hci1".into(), device(1).address());
            world.tell(Event::OutOfBandKey { adapter, address });
            world.bonded(&device(1)).wait(ms(2000));
            world
        }),
        ("the window has closed", || {
            let mut world = World::scanned(policy());
            world.tell(close_window()).key(1).bonded(&device(1));
            world
        }),
        ("the window closes before the key comes", || {
            let mut world = World::scanned(policy());
            world.bonded(&device(1)).tell(close_window()).key(1).wait(ms(2000));
            world
        }),
    ];
    for (why, story) in stories {
        let world = story();
        assert!(world.forgets(1), "{why}");
        assert!(!world.finished().contains(&PAIRED), "{why}");
    }
}

#[test]
fn where_somebody_was_asked_it_is_not_by_the_data() {
    let mut world = World::scanned(Policy { window_bonds: 0, ..policy() });
    world.connected(&device(1), true).wait(ms(2000));
    world.confirm(&device(1), 7);
    world.accept().key(1).bonded(&device(1)).key(1);
    assert_eq!(world.finished(), [(Method::NumericComparison, Outcome::PairedChecked)]);
    assert!(world.asked_for().contains(&Some(ADAPTER)), "whatever ends, there are others");

    let mut expected = World::scanned(Policy { window_bonds: 0, ..policy() });
    let command = Command::Pair(device(2).address());
    expected.tell(Event::Command { id: CommandId(1), command }).bonded(&device(2));
    assert!(matches!(expected.screen(), Screen::Keep { .. }), "what is begun here is asked about");
}

#[test]
fn the_rules_of_the_window_hold_for_bonds_by_the_data() {
    let nobody = Allow { addresses: vec!["00:00:00:00:00:00".into()], names: vec![] };
    let cases = [
        (Policy { allow: nobody, ..policy() }, Refusal::NotAllowed),
        (Policy { bond_limit: 1, ..policy() }, Refusal::BondLimit),
    ];
    for (policy, why) in cases {
        let mut world = World::scanned(policy);
        world.was_bonded(&device(9)).fresh().code_shown();
        world.effects.clear();
        world.key(1).bonded(&device(1));
        assert_eq!(world.finished()[0], (Method::OutOfBand, Outcome::Refused(why)));
        assert!(world.forgets(1), "{why:?}");
    }
    let mut refused = World::scanned(policy());
    refused.connected(&device(1), true);
    refused.confirm(&device(1), 7);
    refused.press(Key::Reject, ms(80)).connected(&device(1), false).wait(ms(2000));
    refused.effects.clear();
    refused.connected(&device(1), true).wait(ms(2000)).key(1).bonded(&device(1));
    assert_eq!(refused.finished()[0], (Method::OutOfBand, Outcome::Refused(Refusal::SaidNo)));
    assert!(refused.forgets(1));
}

/// bluetoothd before 5.83 keeps the link when a pairing has failed.
#[test]
fn a_question_that_came_to_nothing_is_not_in_the_way_of_the_data_in_the_same_link() {
    type Question = fn(&mut World);
    let questions: [Question; 3] = [
        |w| {
            w.confirm(&device(1), 7);
            w.wait(ms(40_000)).failed(1);
        },
        |w| {
            w.confirm(&device(1), 7);
            w.tell(Event::Cancel).failed(1);
        },
        |w| {
            let uuid = "0000110d-0000-1000-8000-00805f9b34fb".into();
            w.call(&device(1), Call::AuthorizeService { uuid });
            w.wait(ms(40_000));
        },
    ];
    for (n, question) in questions.into_iter().enumerate() {
        let mut world = World::scanned(policy());
        world.connected(&device(1), true).wait(ms(2000));
        question(&mut world);
        world.fresh().wait(ms(60_000));
        if !shows_code(&world) {
            world.press(Key::Accept, ms(80));
        }
        world.code_shown().effects.clear();
        world.key(1).bonded(&device(1));
        assert_eq!(world.finished(), [PAIRED], "way {n}");
        assert!(!world.forgets(1), "way {n}");
    }
}

#[test]
fn a_bond_that_is_wanted_from_here_is_asked_about_whichever_news_comes_first() {
    let command = Command::Pair(device(2).address());
    let pair = Event::Command { id: CommandId(1), command };
    for key_first in [true, false] {
        let mut world = World::scanned(Policy { window_bonds: 0, ..policy() });
        world.tell(pair.clone());
        if key_first {
            world.key(2).bonded(&device(2));
        } else {
            world.bonded(&device(2)).key(2);
        }
        assert!(matches!(world.screen(), Screen::Keep { .. }), "key first: {key_first}");
        assert_eq!(world.finished(), [], "key first: {key_first}");
    }
}

#[test]
fn a_bond_by_the_open_window_alone_stays_though_the_window_ends_while_a_key_is_waited_for() {
    let rules = Policy { just_works: Some(JustWorks::Window), ..policy() };
    let mut world = World::scanned(rules);
    world.bonded(&device(1)).tell(close_window()).wait(ms(2000));
    assert!(!world.forgets(1));
    assert_eq!(world.finished(), [(Method::JustWorks, Outcome::PairedUnchecked)]);
}
