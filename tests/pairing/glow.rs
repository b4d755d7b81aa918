//! What is seen stays seen, a glass that nobody looks at is dark, and the press that lights it does
//! nothing else.

use pairpanel::clock::Time;
use pairpanel::pairing::{
    Answer, Call, Command, CommandId, Dims, Event, Fittings, Glow, Key, Look, Outcome, Policy,
    Screen,
};

use crate::op::Op;
use crate::search::Search;
use crate::witness::Question;
use crate::world::{
    World, assert_ended, bonnet, close_window, device, dims, display_alone, keypad, lasting, ms,
    one_key, open_window, passkey, stick,
};

fn glow(world: &World) -> Glow {
    world.session.look(world.now).glow
}

fn is_open(world: &World) -> bool {
    world.session.status(world.now).window.is_some()
}

/// A panel with a closed window that nobody has used for so many seconds.
fn idle(fittings: Fittings, seconds: u64) -> World {
    let mut world = World::closed(Policy::default(), dims(fittings));
    world.wait(ms(seconds * 1000));
    world
}

#[test]
fn an_idle_panel_is_dimmed_and_then_switched_off_as_the_policy_says() {
    use Glow::{Dim, Full, Off};
    // Seconds until it is dim and off, and how it is after 0, 19, 20, 39, 40 and 3600.
    let cases = [
        ((20, 40), [Full, Full, Dim, Dim, Off, Off]),
        ((0, 40), [Full, Full, Full, Full, Off, Off]),
        ((20, 0), [Full, Full, Dim, Dim, Dim, Dim]),
        ((40, 20), [Full, Full, Off, Off, Off, Off]),
        ((0, 0), [Full; 6]),
    ];
    for ((dim, off), expected) in cases {
        let policy = Policy { dim_after: ms(dim * 1000), off_after: ms(off * 1000), ..lasting() };
        let start = World::closed(policy, dims(bonnet()));
        let seen = [0, 19, 20, 39, 40, 3600].map(|seconds| {
            let mut world = start.clone();
            glow(world.wait(ms(seconds * 1000)))
        });
        assert_eq!(seen, expected, "dimmed after {dim} s, off after {off} s");
        let lit = World::closed(Policy::default(), bonnet()).wait(ms(3_600_000)).session.clone();
        assert_eq!(lit.look(start.now), Look::default(), "a panel that cannot do it");
    }
}

#[test]
fn a_panel_that_is_off_is_not_woken_by_anything() {
    for board in [bonnet(), one_key(), stick(), display_alone()] {
        let mut world = idle(board, 39);
        let off = world.session.deadline(world.now);
        assert!(off.is_some_and(|at| at.since(world.now) <= ms(1000)), "{off:?}");
        world.wait(ms(1100));
        assert_eq!((glow(&world), world.session.deadline(world.now)), (Glow::Off, None));
    }
    let soon = Policy { dim_after: ms(40_000), off_after: ms(20_000), ..lasting() };
    let mut never_dim = World::closed(soon, dims(bonnet()));
    never_dim.wait(ms(21_000));
    assert_eq!((glow(&never_dim), never_dim.session.deadline(never_dim.now)), (Glow::Off, None));
    let lit = World::closed(Policy::default(), bonnet());
    assert_eq!(lit.session.deadline(lit.now), None, "nor is one that is always lit");
}

#[test]
fn an_idle_picture_moves_every_three_minutes_and_no_other_does() {
    let never = Policy { off_after: ms(0), ..lasting() };
    let mut world = World::closed(never, dims(bonnet()));
    let place = |world: &World| world.session.look(world.now).place;
    let mut places = vec![place(&world)];
    for _ in 0..16 {
        world.wait(ms(180_000));
        places.push(place(&world));
    }
    assert!(places.windows(2).all(|two| two[1] == (two[0] + 1) % 16), "{places:?}");
    world.wait(ms(30_000));
    let wakes = std::iter::successors(Some(world.now), |at| world.session.deadline(*at));
    let wakes: Vec<Time> = wakes.take(4).collect();
    assert!(wakes[1..].windows(2).all(|two| two[1].since(two[0]) == ms(180_000)), "{wakes:?}");
    world.tell(open_window(3_600_000)).wait(ms(500_000));
    assert_eq!(place(&world), 0, "the window is open");
    world.confirm(&device(1), 1);
    assert_eq!(place(&world), 0, "a code is on the glass");
}

/// What is on the glass while it has to be read, and for how many seconds it stays there.
#[test]
fn nothing_vanishes_that_somebody_has_to_see() {
    type Act = fn(&mut World);
    let acts: [(&str, Act, u64); 9] = [
        (
            "a request",
            |w| {
                w.confirm(&device(1), 1);
            },
            25,
        ),
        (
            "a passkey",
            |w| {
                let passkey = Some(passkey(7));
                w.tell(Event::DisplayPasskey { device: device(1), passkey, entered: 0 });
            },
            35,
        ),
        (
            "an accepted pairing",
            |w| {
                w.confirm(&device(1), 1);
                w.accept();
            },
            33,
        ),
        (
            "a refusal",
            |w| {
                w.confirm(&device(1), 1);
                w.tell(close_window());
            },
            60,
        ),
        (
            "a pairing",
            |w| {
                w.confirm(&device(1), 1);
                w.accept().bonded(&device(1)).tell(close_window());
            },
            5,
        ),
        (
            "a refusal without a question",
            |w| {
                w.call(&device(1), Call::RequestPasskey);
            },
            60,
        ),
        ("the open window", |_| {}, 600),
        (
            "what was looked for",
            |w| {
                w.tell(command(Command::Identify));
            },
            10,
        ),
        (
            "a menu",
            |w| {
                w.press(Key::Down, ms(50)).press(Key::Down, ms(50));
            },
            30,
        ),
    ];
    for (what, act, seconds) in acts {
        let mut world = idle(stick(), 60);
        assert_eq!(glow(&world), Glow::Off);
        if what != "a menu" && what != "what was looked for" {
            world.tell(open_window(600_000));
        }
        act(&mut world);
        for second in 0..seconds - 1 {
            assert_eq!(world.session.look(world.now), Look::default(), "{what}, {second} s");
            let idle = matches!(world.screen(), Screen::Idle { .. });
            assert!(!idle, "{what} has vanished after {second} s");
            world.wait(ms(1000));
        }
        world.tell(close_window()).wait(ms(121_000));
        assert_eq!(glow(&world), Glow::Off, "{what} is over");
    }
}

#[test]
fn any_key_takes_a_result_away() {
    for key in [Key::Accept, Key::Reject, Key::Up, Key::Left, Key::Select] {
        let mut world = World::ready(lasting(), dims(stick()));
        world.confirm(&device(1), 1);
        world.shown().press(Key::Reject, ms(80)).wait(ms(59_000));
        assert_ended(&world, Outcome::RejectedHere);
        assert!(matches!(world.press(key, ms(80)).screen(), Screen::Window { .. }), "{key:?}");
    }
}

fn command(command: Command) -> Event {
    Event::Command { id: CommandId(0), command }
}

/// Each way to press keys at a dark or a dim glass → whether the window is open then.
#[test]
fn the_press_that_lights_the_glass_does_nothing_else_for_as_long_as_it_lasts() {
    type Gesture = fn(&mut World) -> &mut World;
    let gestures: [(&str, Gesture, bool); 6] = [
        ("held for long", |w| w.press(Key::Accept, ms(9000)), false),
        (
            "pressed, and then held",
            |w| w.press(Key::Accept, ms(80)).press(Key::Accept, ms(2100)),
            true,
        ),
        (
            "held, and then held",
            |w| w.press(Key::Accept, ms(3000)).press(Key::Accept, ms(2100)),
            true,
        ),
        (
            "another one, and then held",
            |w| w.press(Key::Reject, ms(80)).press(Key::Accept, ms(2100)),
            true,
        ),
        (
            "two at once",
            |w| w.edge(Key::Reject, true).wait(ms(50)).press(Key::Accept, ms(6000)),
            false,
        ),
        (
            "pressed, and held when it is dim again",
            |w| w.press(Key::Accept, ms(80)).wait(ms(21_000)).press(Key::Accept, ms(2100)),
            false,
        ),
    ];
    for seconds in [25, 60, 4000] {
        for (what, gesture, opens) in gestures {
            let mut world = idle(bonnet(), seconds);
            world.was_bonded(&device(1));
            gesture(&mut world);
            assert_eq!(is_open(&world), opens, "{what}, after {seconds} s");
            assert_eq!(glow(&world), Glow::Full);
            let forgets = |effect: &_| matches!(effect, pairpanel::pairing::Effect::Forget(_));
            assert!(!world.effects.iter().any(forgets), "{what}");
        }
    }
    let mut lit = idle(bonnet(), 19);
    assert!(is_open(lit.press(Key::Accept, ms(2100))), "a glass that is lit is no glass to light");
    let mut never = World::closed(Policy::default(), bonnet());
    assert!(is_open(never.wait(ms(4_000_000)).press(Key::Accept, ms(2100))), "always lit");
}

#[test]
fn a_press_before_a_glass_that_cannot_be_dimmed_counts_until_it_is_off() {
    let only_off = Fittings { dims: Dims::OffOnly, ..bonnet() };
    for (seconds, shown, opens) in [(25, Glow::Full, true), (60, Glow::Off, false)] {
        let mut world = World::closed(Policy::default(), only_off.clone());
        assert_eq!(glow(world.wait(ms(seconds * 1000))), shown, "{seconds} s");
        assert_eq!(is_open(world.press(Key::Accept, ms(2100))), opens, "{seconds} s");
    }
}

#[test]
fn a_press_in_the_dark_does_nothing_although_the_glass_is_lit_before_it_has_settled() {
    type Act = fn(&mut World);
    let lit: [(&str, Act); 3] = [
        ("by a display that is opened anew", |w| {
            w.tell(Event::DisplayReady);
        }),
        ("by another key", |w| {
            w.edge(Key::Reject, true).wait(ms(18)).edge(Key::Reject, false);
        }),
        ("by a result", |w| {
            w.call(&device(1), Call::RequestPasskey);
        }),
    ];
    for (what, event) in lit {
        let mut world = idle(bonnet(), 60);
        world.edge(Key::Accept, true);
        event(&mut world);
        world.wait(ms(100));
        assert_eq!(glow(&world), Glow::Full);
        world.wait(ms(3000)).edge(Key::Accept, false).wait(ms(100));
        assert!(!is_open(&world), "lit {what}");
    }
}

#[test]
fn a_press_in_the_dark_neither_accepts_nor_refuses_what_then_comes() {
    for key in [Key::Accept, Key::Reject] {
        let mut world = idle(bonnet(), 60);
        world.was_bonded(&device(1)).edge(key, true).wait(ms(100));
        assert_eq!(glow(&world), Glow::Full);
        let uuid = "0000110b-0000-1000-8000-00805f9b34fb".to_owned();
        let request = world.call(&device(1), Call::AuthorizeService { uuid });
        world.shown().wait(ms(3000)).shown().wait(ms(2000)).edge(key, false).wait(ms(100));
        assert_eq!(world.answer(request), None, "{key:?}");
        world.accept();
        assert_eq!(world.answer(request), Some(Answer::Accept), "{key:?}");
    }
}

#[test]
fn a_request_the_window_and_a_command_light_the_glass() {
    type Event = fn(&mut World);
    let events: [(&str, Event); 4] = [
        ("the window", |w| {
            w.tell(open_window(60_000));
        }),
        ("identify", |w| {
            w.tell(command(Command::Identify));
        }),
        ("a service", |w| {
            let uuid = "0000110b-0000-1000-8000-00805f9b34fb".to_owned();
            w.was_bonded(&device(1)).call(&device(1), Call::AuthorizeService { uuid });
        }),
        ("a display that comes back", |w| {
            w.tell(pairpanel::pairing::Event::DisplayFailed);
            w.tell(pairpanel::pairing::Event::DisplayReady);
        }),
    ];
    for (what, event) in events {
        let mut world = idle(bonnet(), 60);
        event(&mut world);
        assert_eq!(glow(&world), Glow::Full, "{what}");
    }
}

#[test]
fn a_stuck_key_does_not_keep_the_glass_lit() {
    let mut world = idle(bonnet(), 60);
    world.edge(Key::Reject, true).wait(ms(29_000));
    assert_eq!(glow(&world), Glow::Full);
    world.wait(ms(25_000));
    assert_eq!(glow(&world), Glow::Off);
    assert_eq!(world.session.deadline(world.now), None);
}

#[test]
fn what_stands_on_a_dim_glass_has_not_been_shown() {
    let mut world = World::ready(lasting(), dims(bonnet()));
    let request = world.confirm(&device(1), 1);
    let acknowledge = |world: &mut World, glow| {
        let prompt = world.session.asked().unwrap();
        world.tell(Event::Shown { prompt, glow, at: world.now });
    };
    acknowledge(&mut world, Glow::Dim);
    world.wait(ms(600)).edge(Key::Accept, true).wait(ms(200));
    acknowledge(&mut world, Glow::Off);
    world.wait(ms(1500)).edge(Key::Accept, false).wait(ms(30));
    assert_eq!(world.answer(request), None);
    world.accept();
    assert_eq!(world.answer(request), Some(Answer::Accept));
}

#[test]
fn a_board_without_a_display_has_nothing_to_light() {
    let mut world = World::closed(Policy::default(), dims(keypad()));
    world.wait(ms(100_000));
    assert_eq!(world.session.look(world.now), Look::default());
}

#[test]
fn in_the_dark_as_in_the_light_nothing_happens_without_a_press_that_is_meant() {
    use Key::{Accept, Reject};
    use Question::{Compare, ForgetAll, Service, Window};
    let dark = [Op::Bonded(1), Op::CloseWindow, Op::Wait(60_000)];
    let rest = [
        Op::AuthorizeService(1),
        Op::Shown,
        Op::DimShown,
        Op::Flip(Accept),
        Op::Flip(Reject),
        Op::OpenWindow(600_000),
    ];
    Search {
        name: "two keys, in the dark",
        board: dims(bonnet()),
        before: &dark,
        alphabet: &rest,
        depth: 7,
        accepts: &[Service, Window, ForgetAll],
    }
    .run();
    Search {
        name: "two keys, a press in the dark",
        board: dims(bonnet()),
        before: &[&dark[..], &[Op::Flip(Accept), Op::Settle]].concat(),
        alphabet: &[&rest[..], &[Op::Confirm(2, 2), Op::DisplayFailed, Op::DisplayReady]].concat(),
        depth: 5,
        accepts: &[Window, ForgetAll],
    }
    .run();
    Search {
        name: "two keys, asked on a glass without light",
        board: dims(bonnet()),
        before: &[Op::CloseWindow, Op::Wait(60_000), Op::OpenWindow(600_000), Op::Confirm(1, 1)],
        alphabet: &[Op::Shown, Op::DimShown, Op::Flip(Accept), Op::Flip(Reject), Op::Cancel],
        depth: 7,
        accepts: &[Compare(1)],
    }
    .run();
}
