//! Whoever leaves, at whatever question, leaves nothing behind.

use pairpanel::bench::Ended;
use pairpanel::pairing::Key;

use crate::bench::Act::Type;
use crate::bench::FakeBench;
use crate::conversation::{FULL, all_well, all_wrong};

#[test]
fn who_leaves_at_any_question_finds_nothing_written_and_the_display_dark() {
    let with_file = |mut acts: Vec<_>, answers: &[&'static str]| {
        acts.extend(answers.iter().map(|answer| Type(answer)));
        acts
    };
    let long = with_file(all_wrong(), &["", "y"]);
    for (acts, idle_down) in [(all_well(), vec![]), (long, vec![Key::Accept])] {
        for length in 0..acts.len() {
            let mut bench = FakeBench::new(&acts[..length]);
            bench.idle_down.clone_from(&idle_down);
            // So that the last question comes, too.
            let path = "/etc/pairpanel/boards/mine.toml";
            bench.files.insert(path.into(), "old".to_owned());
            let ended = bench.try_all(FULL);
            if ended == Ended::Left {
                assert!(bench.said.ends_with("nothing is written.\n"), "{}", bench.said);
            } else {
                // All that came after it was said already.
                assert_eq!(ended, Ended::AsShipped, "after {length}: {}", bench.said);
            }
            assert!(!bench.lit && !bench.busy, "after {length}");
            assert_eq!(bench.files.values().collect::<Vec<_>>(), ["old"], "after {length}");
        }
    }
}

#[test]
fn nothing_is_tried_without_a_yes() {
    for answer in ["", "n", "no", "maybe", "1"] {
        let mut bench = FakeBench::new(&[Type(answer)]);
        assert_eq!(bench.try_all(FULL), Ended::Declined);
        assert!(bench.shown.is_empty() && bench.lights.is_empty() && bench.sounds.is_empty());
        assert!(bench.said.ends_with("Nothing was tried.\n"));
    }
}

#[test]
fn what_will_be_touched_is_said_before_it_is() {
    let mut bench = FakeBench::new(&[]);
    bench.try_all(FULL);
    for said in [
        "display  pictures are written at 0x3c on /dev/i2c-1",
        "keys     line 5 of soc is read; line 6 of soc is read\n",
        "lamp     line 7 of soc is driven\n",
        "buzzer   line 8 of soc is driven\n",
    ] {
        assert!(bench.said.contains(said), "{said}: {}", bench.said);
    }
}

#[test]
fn an_answer_that_is_none_is_asked_for_again() {
    let mut bench = FakeBench::new(&[Type("y"), Type("11"), Type("0"), Type("up"), Type("10")]);
    bench.try_all(FULL);
    assert_eq!(bench.said.matches("Type a number from 1 to 10.\n").count(), 3, "{}", bench.said);
}
