//! Whichever transfer fails, and however: what a phone reads is the old message, nothing, or the new
//! one, and the next wipe leaves nothing.

use crate::chip::{Bench, Fault};
use crate::phone::Read;
use crate::{FAMILY, Tag, assert_empty, heard, message, open, tag, text};
use pairpanel::nfc::TagError;

const FAULTS: [Fault; 6] = [
    Fault::Lost,
    Fault::Doubted,
    Fault::Dead,
    Fault::Unpowered(0),
    Fault::Unpowered(1),
    Fault::Unpowered(2),
];

/// Something that is done to a tag that holds a message.
type Step = fn(&mut Tag) -> Result<(), TagError>;

const STEPS: [(&str, Step); 3] = [
    ("write", |tag| tag.write(&message(2, "Hall, by the stairs"))),
    ("check", Tag::check),
    ("wipe", Tag::wipe),
];

#[test]
fn whichever_transfer_fails_nobody_reads_half_a_message() {
    for (size, page) in [FAMILY[0], FAMILY[3]] {
        for (what, step) in STEPS {
            let (mut tag, bench) = written(size, page);
            let before = bench.chip().transfers;
            step(&mut tag).unwrap();
            let transfers = bench.chip().transfers - before;
            assert!(transfers > 10, "{what}");
            for fault in FAULTS {
                // Those that find the chip busy, too, of which there are many with small pages.
                for nth in (0..transfers).step_by(if page == 4 { 7 } else { 1 }) {
                    interrupt(size, page, what, step, nth, fault);
                }
            }
        }
    }
}

fn written(size: usize, page: usize) -> (Tag, Bench) {
    let (mut tag, bench) = tag(size, page);
    tag.write(&message(1, "Kitchen")).unwrap();
    bench.chip().finish();
    bench.chip().heard.clear();
    (tag, bench)
}

fn interrupt(
    size: usize,
    page: usize,
    what: &str,
    step: fn(&mut Tag) -> Result<(), TagError>,
    nth: u64,
    fault: Fault,
) {
    let at = format!("{what} of {size}/{page} at {nth}, {fault:?}");
    let (old, new) = (text(&message(1, "Kitchen")), text(&message(2, "Hall, by the stairs")));
    let (mut tag, bench) = written(size, page);
    bench.chip().fault = Some((nth, fault));
    let done = step(&mut tag);

    let all = bench.chip().heard.clone();
    let whole = |read: &Read| [&Read::Silence, &Read::Empty, &old, &new].contains(&read);
    assert!(all.iter().all(whole), "{at}: {all:?}");
    let now = heard(&bench);
    match (&done, what) {
        (Ok(()), "write") => assert_eq!(now, new, "{at}"),
        (Ok(()), "check") => assert_eq!(now, old, "{at}"),
        (Ok(()), _) => assert_eq!(now, Read::Silence, "{at}"),
        (Err(TagError::NotWiped(_)), _) => assert!(whole(&now), "{at}: {now:?}"),
        (Err(_), _) => assert_empty(&bench),
    }
    // One transfer that fails is nothing.
    let is_passing = [Fault::Lost, Fault::Doubted].contains(&fault);
    assert!(done.is_ok() || !is_passing, "{at}: {done:?}");
    if bench.chip().powered {
        bench.chip().fault = None;
    } else {
        bench.chip().power_cycle();
        assert_eq!(heard(&bench), Read::Silence, "{at}");
    }

    // The daemon goes on, or another one starts.
    if nth.is_multiple_of(2) {
        tag.wipe().unwrap();
    } else {
        drop(tag);
        tag = open(&bench).unwrap();
    }
    bench.chip().finish();
    assert_empty(&bench);
    tag.write(&message(2, "Hall, by the stairs")).unwrap();
    assert_eq!(heard(&bench), new, "{at}");
}

/// The order of the writes alone keeps a phone from half a message, should the radio not sleep.
#[test]
fn a_phone_that_is_there_all_the_time_reads_whole_messages() {
    let (old, new) = (text(&message(1, "Kitchen")), text(&message(2, "Hall, by the stairs")));
    for (what, step) in STEPS {
        for nth in 0.. {
            let (mut tag, bench) = written(512, 16);
            bench.chip().sleepless = true;
            bench.chip().fault = Some((nth, Fault::Dead));
            let done = step(&mut tag);
            bench.chip().fault = None;
            tag.wipe().unwrap();
            let all = bench.chip().heard.clone();
            let whole = |read: &Read| [&Read::Silence, &Read::Empty, &old, &new].contains(&read);
            assert!(all.iter().all(whole), "{what} at {nth}: {all:?}");
            if done.is_ok() {
                break;
            }
        }
    }
}

#[test]
fn a_first_start_that_is_cut_off_anywhere_is_made_good_by_the_next() {
    let (_tag, bench) = tag(512, 16);
    for nth in 0..bench.chip().transfers {
        for fault in FAULTS {
            let bench = Bench::new(crate::chip::Chip::new(512, 16));
            bench.chip().fault = Some((nth, fault));
            let _ = open(&bench);
            bench.chip().power_cycle();
            let mut tag = open(&bench).unwrap();
            assert_eq!(heard(&bench), Read::Silence);
            tag.write(&message(1, "x")).unwrap();
            assert_eq!(heard(&bench), text(&message(1, "x")), "{nth} {fault:?}");
        }
    }
}
