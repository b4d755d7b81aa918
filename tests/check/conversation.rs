//! Whole conversations, with what a person answers and what comes of it.

use pairpanel::bench::Ended;
use pairpanel::board::{Active, Backend, Confidence, Controller, Led, Role, Rotation, Source};
use pairpanel::pairing::Key;

use crate::bench::Act::{self, Nothing, Press, Type};
use crate::bench::{FakeBench, board};

/// With every part that there is, and comments.
pub(crate) const FULL: &str = "\
#:schema ./schema/board.json
schema = 1
name = \"A board\" # mine
confidence = \"verified\"
sources = [
    \"its page\", # page 3
]

# Mounted upside down.
[display]
controller = \"ssd1306\"
bus = \"/dev/i2c-1\"
address = 0x3c # J2
width = 128
height = 64
rotation = 0 # as printed

[[button]]
role = \"accept\"
label = \"A\" # the green one
pin = { chip = \"soc\", offset = 5 }
active = \"low\"
bias = \"pull-up\"

[[button]]
role = \"reject\"
label = \"B\"
pin = { chip = \"soc\", offset = 6 }
active = \"low\"
bias = \"pull-up\"

[led]
pin = { chip = \"soc\", offset = 7 }
active = \"high\"

[buzzer]
pin = { chip = \"soc\", offset = 8 }
active = \"high\"
kind = \"active\"
";

/// Pressed, and the level settles before and after it is let go.
pub(crate) const fn press(key: Key) -> [Act; 4] {
    [Press(key, true), Nothing, Nothing, Nothing]
}

/// All as the profile says.
pub(crate) fn all_well() -> Vec<Act> {
    let mut acts = vec![Type("y"), Type("1")];
    acts.extend(&press(Key::Accept)[..2]);
    acts.extend(&press(Key::Reject)[..2]);
    acts.extend([Type(""), Type("1"), Type(""), Type("1")]);
    acts
}

/// An SH1106 that is mounted upside down, keys the other way round of which one is connected to the
/// supply, and a lamp and a buzzer that the other level switches on.
pub(crate) fn all_wrong() -> Vec<Act> {
    let mut acts = vec![Type("y"), Type("3"), Type("5"), Type("1")];
    // B's line is where A is.
    acts.extend(&press(Key::Reject)[..2]);
    acts.push(Type("3"));
    // The other one counts as pressed while it is not.
    acts.extend([Nothing, Type("3"), Press(Key::Accept, false), Nothing]);
    acts.extend([Type(""), Type("4"), Type(""), Type("1")]);
    acts.extend([Type(""), Type("4"), Type(""), Type("1")]);
    acts
}

#[test]
fn a_board_that_is_as_its_profile_says_needs_no_other_one() {
    let mut bench = FakeBench::new(&all_well());
    assert_eq!(bench.try_all(FULL), Ended::AsShipped, "{}", bench.said);
    assert!(bench.said.contains("As shipped; nothing to write.\n"), "{}", bench.said);
    assert!(bench.said.ends_with("board = \"mine\"\n"), "{}", bench.said);
    assert!(bench.files.is_empty() && !bench.lit && !bench.busy);
    assert_eq!(bench.shown, [board(FULL).display.unwrap()]);
}

#[test]
fn what_is_different_is_found_and_written_with_all_comments_kept() {
    let mut acts = all_wrong();
    acts.push(Type(""));
    let mut bench = FakeBench::new(&acts);
    bench.idle_down = vec![Key::Accept];
    let ended = bench.try_all(FULL);
    let path = "/etc/pairpanel/boards/mine.toml";
    assert_eq!(ended, Ended::Written(path.into()), "{}", bench.said);
    assert!(!bench.lit && !bench.busy);
    let (was, found) = (board(FULL), board(bench.written()));
    let display = found.display.as_ref().unwrap();
    let Backend::Oled(oled) = &display.backend else { panic!("no oled") };
    assert_eq!((oled.controller, display.rotation), (Controller::Sh1106, Rotation::Half));
    assert_eq!(oled.wiring.col_offset, 2);
    let [first, second] = found.buttons.as_slice() else { panic!("not two") };
    assert_eq!((first.role, first.label.as_str()), (Role::Reject, "B"));
    assert_eq!((second.role, second.label.as_str()), (Role::Accept, "A"));
    let level = |source: &Source| match source {
        Source::Gpio { active, .. } => *active,
        Source::Evdev { .. } => panic!("no line"),
    };
    assert_eq!((level(&first.source), level(&second.source)), (Active::High, Active::Low));
    assert!(matches!(found.led, Some(Led::Gpio { active: Active::Low, .. })));
    assert_eq!(found.buzzer.unwrap().active, Active::Low);
    assert_eq!((was.confidence, found.confidence), (Confidence::Verified, Confidence::Documented));
    for comment in
        ["# mine", "# page 3", "# Mounted upside down.", "# J2", "# as printed", "# the green one"]
    {
        assert!(bench.written().contains(comment), "{comment}: {}", bench.written());
    }
    let expected = include_str!("written.toml");
    assert_eq!(bench.written(), expected, "{}", bench.written());
}

#[test]
fn what_was_not_seen_is_said_and_makes_the_profile_untested() {
    // Upside down; nobody presses B; the lamp cannot be seen.
    let mut acts = vec![Type("y"), Type("5"), Type("1")];
    acts.extend(&press(Key::Accept)[..2]);
    acts.extend([Type(""), Type(""), Type("3"), Type(""), Type("1"), Type("/tmp/x.toml")]);
    let mut bench = FakeBench::new(&acts);
    assert_eq!(bench.try_all(FULL), Ended::Written("/tmp/x.toml".into()), "{}", bench.said);
    let found = board(bench.written());
    assert_eq!(found.confidence, Confidence::Untested);
    assert!(bench.written().contains("# Not seen to work: key B (nothing arrived).\n"));
    assert!(bench.written().contains("# Not seen to work: the lamp (nothing was to be seen).\n"));
    assert!(found.sources[1].contains("the display, key A, the buzzer seen to work"));
    assert!(bench.said.ends_with("board = \"/tmp/x.toml\"\n"), "{}", bench.said);
}

#[test]
fn without_a_display_that_shows_anything_the_terminal_asks_for_the_keys() {
    let mut acts = vec![Type("y"), Type("10")];
    acts.extend(&press(Key::Accept)[..2]);
    acts.extend(&press(Key::Reject)[..2]);
    acts.extend([Type(""), Type("1"), Type(""), Type("1")]);
    let mut bench = FakeBench::new(&acts);
    assert_eq!(bench.try_all(FULL), Ended::NotConfirmed, "{}", bench.said);
    assert!(bench.said.contains("Press A (accept): right\n"), "{}", bench.said);
    assert!(bench.said.contains("  not seen   display (given up)\n"), "{}", bench.said);
}

#[test]
fn a_display_that_nothing_can_be_seen_on_is_not_found_and_the_person_is_told_what_to_look_at() {
    let acts: Vec<_> = [Type("y")].into_iter().chain([Type("2"); 40]).collect();
    let mut bench = FakeBench::new(&acts);
    bench.try_all(FULL);
    assert!(bench.said.contains("nothing gives light; check the cable"), "{}", bench.said);
    // The charge pump of the profile's, and then the others that there are.
    assert!(bench.shown.len() <= 4, "{}", bench.shown.len());
}

#[test]
fn of_a_display_of_the_kernel_only_the_rotation_is_asked() {
    let text = "schema = 1\nname = \"x\"\nconfidence = \"untested\"\nsources = [\"x\"]\n[display]\n\
                controller = \"framebuffer\"\nframebuffer = \"ssd130xdrmfb\"\nwidth = 128\n\
                height = 64\nrotation = 90\n";
    let mut bench = FakeBench::new(&[Type("y"), Type("7"), Type("1"), Type("")]);
    bench.try_all(text);
    assert_eq!(board(bench.written()).display.unwrap().rotation, Rotation::Half);
    let mut bench = FakeBench::new(&[Type("y"), Type("8"), Type("")]);
    assert_eq!(bench.try_all(text), Ended::NotConfirmed);
    assert!(bench.said.contains("the business of the kernel's driver"), "{}", bench.said);
}

#[test]
fn glass_that_is_too_small_for_the_screens_is_found_and_no_profile_is_made_of_it() {
    // Mounted sideways, 128x32 has too few columns.
    let text = FULL.replace("height = 64", "height = 32");
    let acts = [Type("y"), Type("6"), Type("1")];
    let mut bench = FakeBench::new(&acts);
    assert_eq!(bench.try_all(&text), Ended::Left);
    let said = "glass of 128x32, mounted like this, is too small for the screens";
    assert!(bench.said.contains(said), "{}", bench.said);
}

#[test]
fn an_existing_file_is_replaced_only_after_a_yes() {
    let mut acts = vec![Type("y"), Type("5"), Type("1")];
    acts.extend(&press(Key::Accept)[..2]);
    acts.extend(&press(Key::Reject)[..2]);
    acts.extend([Type(""), Type("1"), Type(""), Type("1")]);
    let path = std::path::PathBuf::from("/etc/pairpanel/boards/mine.toml");
    for (answers, ended, replaced) in [
        (vec![Type(""), Type(""), Type("no")], Ended::NotWritten, false),
        (vec![Type(""), Type("y")], Ended::Written(path.clone()), true),
        (vec![Type("mine"), Type("no")], Ended::NotWritten, false),
    ] {
        let acts: Vec<_> = acts.iter().copied().chain(answers).collect();
        let mut bench = FakeBench::new(&acts);
        bench.files.insert(path.clone(), "old".to_owned());
        assert_eq!(bench.try_all(FULL), ended, "{}", bench.said);
        assert_eq!(bench.files[&path] != "old", replaced);
        assert_eq!(bench.files.len(), 1);
    }
    let refused: Vec<_> = acts.iter().copied().chain([Type(""), Type("no")]).collect();
    let mut bench = FakeBench::new(&refused);
    bench.refuses = true;
    assert_eq!(bench.try_all(FULL), Ended::Failed("cannot write it: read-only".to_owned()));
}
