//! What is to be heard of a panel.

use std::time::Duration;

use pairpanel::pairing::{Call, Event, Key, Policy, Sound};

use crate::world::{
    World, bonnet, bonnet_and_keypad, close_window, device, lasting, ms, open_window, passkey,
    request_pin,
};

/// What is heard while this goes on, as the daemon hears it: of each event by itself.
fn heard(world: &mut World, act: impl FnOnce(&mut World)) -> Vec<Sound> {
    world.heard.clear();
    act(world);
    world.heard.clone()
}

fn audio() -> Call {
    Call::AuthorizeService { uuid: "0000110b-0000-1000-8000-00805f9b34fb".into() }
}

#[test]
fn each_thing_that_happens_is_heard_once() {
    use Sound::{Bad, Good, Request, Window};
    type Act = fn(&mut World);
    let acts: [(&str, Act, &[Sound]); 12] = [
        ("the window is opened by hand", |w| drop_it(w.press(Key::Accept, ms(2100))), &[Window]),
        ("it is opened from elsewhere", |w| drop_it(w.tell(open_window(60_000))), &[Window]),
        ("it closes", |w| drop_it(w.tell(close_window())), &[]),
        (
            "a pairing",
            |w| {
                w.tell(open_window(60_000)).confirm(&device(1), 1);
                w.accept().bonded(&device(1)).wait(ms(10_000));
            },
            &[Window, Request, Good],
        ),
        (
            "a no",
            |w| {
                w.tell(open_window(60_000)).confirm(&device(1), 1);
                w.shown().press(Key::Reject, ms(80)).wait(ms(100_000));
            },
            &[Window, Request, Bad],
        ),
        (
            "nobody is there",
            |w| {
                w.tell(open_window(60_000)).confirm(&device(1), 1);
                w.shown().wait(ms(30_000));
            },
            &[Window, Request, Bad],
        ),
        (
            "a passkey with digits that are typed",
            |w| {
                w.tell(open_window(60_000));
                for entered in 0..6 {
                    let passkey = Some(passkey(7));
                    w.tell(Event::DisplayPasskey { device: device(1), passkey, entered });
                }
            },
            &[Window, Request],
        ),
        (
            "a PIN that stays on the glass",
            |w| {
                w.tell(open_window(60_000)).call(&device(1), request_pin());
                w.accept().wait(ms(1000));
            },
            &[Window, Request],
        ),
        (
            "one question after the other",
            |w| {
                w.tell(open_window(60_000)).confirm(&device(1), 1);
                w.tell(Event::Cancel).confirm(&device(2), 2);
            },
            &[Window, Request, Bad, Request],
        ),
        (
            "a service",
            |w| {
                w.was_bonded(&device(1)).call(&device(1), audio());
                w.accept();
            },
            &[Request, Good],
        ),
        ("a refusal without a question", |w| drop_it(w.confirm(&device(1), 1)), &[]),
        ("a countdown", |w| drop_it(w.wait(Duration::from_secs(500))), &[]),
    ];
    for (what, act, expected) in acts {
        let mut world = World::closed(lasting(), bonnet());
        assert_eq!(heard(&mut world, act), expected, "{what}");
        let mut quiet = World::closed(Policy { sound: false, ..lasting() }, bonnet());
        assert_eq!(heard(&mut quiet, act), [], "{what}");
    }
}

fn drop_it<T>(_: T) {}

#[test]
fn typing_is_not_heard() {
    let mut world = World::ready(lasting(), bonnet_and_keypad());
    world.call(&device(1), Call::RequestPasskey);
    world.shown().wait(ms(600));
    assert_eq!(heard(&mut world, |w| drop_it(w.types("123<456"))), []);
}
