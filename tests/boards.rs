//! Every shipped profile loads; every rule has a file that breaks it, and its own words.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic as tests do")]

#[path = "boards/hosts.rs"]
mod hosts;
#[path = "boards/machine.rs"]
mod machine;
#[path = "boards/table.rs"]
mod table;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use pairpanel::board::{
    self, Active, Bias, Board, BoardError, Bus, Buzzer, BuzzerKind, Hat, Host, InputDevice, Keypad,
    KeypadKind, Led, Line, NfcProfile, Source,
};
use pairpanel::pairing::Key;

#[test]
fn every_shipped_profile_loads_under_the_name_of_its_file() {
    let shipped = toml_files(&in_package("boards"));
    assert!(!shipped.is_empty());
    for path in shipped {
        let id = stem(&path);
        let text = fs::read_to_string(&path).unwrap();
        let from_file =
            Board::parse(&format!("{id}.toml"), &text).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(from_file.id, id);
        assert_eq!(Board::load(path.to_str().unwrap()).unwrap(), from_file);
        assert!(board::names().contains(&id), "{id} is not built in");
    }
}

#[test]
fn every_broken_rule_is_answered_in_its_own_words() {
    each_bad_file("tests/boards/bad", |file, text| Board::parse(file, text).map(drop));
}

#[test]
fn every_broken_rule_of_host_files_is_answered_in_its_own_words() {
    each_bad_file("tests/boards/bad-hosts", |file, text| Host::parse(file, text).map(drop));
}

/// The first line of each file is `# LINE:COLUMN: MESSAGE`; below the message stand that line of
/// the file and a caret in that column.
fn each_bad_file(directory: &str, parse: fn(&str, &str) -> Result<(), BoardError>) {
    let mut wrong = String::new();
    for path in toml_files(&in_package(directory)) {
        let text = fs::read_to_string(&path).unwrap();
        let file = format!("{}.toml", stem(&path));
        let said = parse(&file, &text).expect_err(&file).to_string();

        let expected = text.lines().next().unwrap().trim_start_matches("# ");
        let mut place = expected.splitn(3, ':').map(|number| number.parse().unwrap_or(1));
        let (line, column): (usize, usize) = (place.next().unwrap(), place.next().unwrap_or(1));
        let excerpt = text.lines().nth(line - 1).unwrap();
        let shown = format!("{file}:{expected}\n{excerpt}\n{}^", " ".repeat(column - 1));
        if said.trim_end_matches('~') != shown {
            wrong.push_str(&format!("{said}\n\n"));
        }
    }
    assert!(wrong.is_empty(), "not as the files expect:\n\n{wrong}");
}

#[test]
fn a_numpad_has_the_usual_labels_unless_told_otherwise() {
    let expected = Keypad {
        kind: KeypadKind::Evdev(InputDevice {
            name: "Some numpad".to_owned(),
            phys: vec![
                "usb-0000:01:00.0-1.2/input0".to_owned(),
                "usb-3f980000.usb-1.4/input0".to_owned(),
            ],
        }),
        enter: "Enter".to_owned(),
        erase: "<-".to_owned(),
        escape: Some("Esc".to_owned()),
        debounce: Duration::from_millis(20),
    };
    assert_eq!(good("usb-numpad").keypad, Some(expected));
}

#[test]
fn a_keymap_says_what_the_keys_of_a_matrix_are_for() {
    let keypad = good("matrix-keypad").keypad.unwrap();
    assert_eq!((keypad.enter.as_str(), keypad.erase.as_str()), ("#", "*"));
    assert_eq!(keypad.escape.as_deref(), Some("D"));
    assert_eq!(keypad.debounce, Duration::from_millis(5));
    let KeypadKind::Matrix { rows, cols, keys, bias } = keypad.kind else { panic!("no matrix") };
    let line = |labels: &[&str], offset| line(labels, offset, &[]);
    let mut expected = [19, 17, 18, 22].map(|offset| line(&["soc"], offset));
    expected[3] = self::line(&["soc"], 22, &["GPIO22"]);
    assert_eq!((rows.as_slice(), bias), (expected.as_slice(), Bias::AsIs));
    assert_eq!(cols, [16, 23, 26, 27].map(|offset| line(&["expander", "other"], offset)));
    let digit = |digit| Some(Key::Digit(digit));
    let expected = [
        [digit(1), digit(2), digit(3), None],
        [digit(4), digit(5), digit(6), None],
        [digit(7), digit(8), digit(9), None],
        [Some(Key::Erase), digit(0), Some(Key::Enter), Some(Key::Escape)],
    ];
    assert_eq!(keys, expected);
}

#[test]
fn a_button_is_a_key_of_the_kernel_or_a_line() {
    let device = InputDevice {
        name: "gpio-keys".to_owned(),
        phys: vec!["gpio-keys/input0".to_owned(), "gpio-keys/input1".to_owned()],
    };
    let line = Line::Header(29);
    let expected = [
        Source::Evdev { device, code: 28 },
        Source::Gpio { line, active: Active::High, bias: Bias::PullDown },
    ];
    let board = good("keys-of-the-kernel");
    let sources: Vec<Source> = board.buttons.iter().map(|button| button.source.clone()).collect();
    assert_eq!(
        (sources.as_slice(), board.hosts.as_slice()),
        (expected.as_slice(), ["x".into()].as_slice())
    );
    let hat = |product: Option<&str>, product_id| {
        let (vendor, product) = ("Example".to_owned(), product.map(str::to_owned));
        Hat { vendor, product, product_id }
    };
    assert_eq!(board.hats, [hat(None, Some(0x1f)), hat(Some("Panel"), None)]);
}

#[test]
fn a_lamp_is_a_device_of_the_kernel_or_a_line() {
    let line = line(&["soc"], 13, &[]);
    let cases = [
        ("lamp-of-the-kernel", Led::Class("ACT".to_owned())),
        ("lamp-on-a-line", Led::Gpio { line, active: Active::Low }),
    ];
    for (profile, led) in cases {
        assert_eq!(good(profile).led, Some(led), "{profile}");
    }
}

#[test]
fn a_buzzer_is_on_a_line_and_has_a_tone_or_needs_one() {
    let line = line(&["soc"], 20, &[]);
    let expected = Buzzer { line, active: Active::High, kind: BuzzerKind::Tone };
    assert_eq!(good("buzzer").buzzer, Some(expected));
}

#[test]
fn a_tag_is_on_the_bus_that_the_header_has_on_the_host() {
    let expected = NfcProfile { bus: Bus::Header, address: 0x53, size: 2048 };
    assert_eq!(expected.system_address(), 0x57);
    let board = good("nfc-tag");
    assert_eq!(board.nfc.as_ref(), Some(&expected));
    let host = |keys: &str| {
        let text = "schema = 1\nname = \"x\"\nconfidence = \"untested\"\nsources = [\"x\"]\n\
                    compatible = \"example,*\"\nchip = \"soc\"\npins = [{ header = 3, offset = 7 }]\n";
        Host::parse("example.toml", &format!("{text}{keys}")).unwrap()
    };
    let there = host("i2c = \"/dev/i2c-9\"\n");
    let on = board.clone().on(&there).unwrap().nfc.unwrap();
    assert_eq!(on.bus, Bus::Path("/dev/i2c-9".to_owned()));
    let said = board.clone().on(&host("")).unwrap_err().to_string();
    assert!(said.contains("no I2C bus of its header is known"), "{said}");
    // A lamp on a line of that bus.
    let lamp = Led::Gpio { line: line(&["soc"], 7, &[]), active: Active::High };
    let board = Board { led: Some(lamp), ..board };
    let said = board.on(&host("i2c = \"/dev/i2c-9\"\ni2c-pins = [3]\n")).unwrap_err().to_string();
    assert!(said.contains("is a line of the I2C bus that the board is on"), "{said}");
}

#[test]
fn the_example_in_the_readme_is_a_profile() {
    let readme = fs::read_to_string(in_package("boards/README.md")).unwrap();
    let examples: Vec<&str> = readme.split("```toml\n").skip(1).collect();
    assert!(!examples.is_empty());
    for example in examples {
        let example = example.split("```").next().unwrap();
        let text = format!(
            "schema = 1\nname = \"x\"\nconfidence = \"untested\"\nsources = [\"x\"]\n{example}"
        );
        Board::parse("README.md", &text).unwrap_or_else(|e| panic!("{e}"));
    }
}

#[test]
fn no_board_is_known_to_the_code() {
    // English has this word too, and the profile of that name is about no board.
    let names_a_board = |id: &String| id != "none";
    let mut wanted: Vec<String> = Vec::new();
    for path in toml_files(&in_package("boards")) {
        wanted.push(Board::load(path.to_str().unwrap()).unwrap().name);
        wanted.extend(Some(stem(&path)).filter(names_a_board));
    }
    for source in rust_files(&in_package("src")) {
        let text = fs::read_to_string(&source).unwrap().to_lowercase();
        for name in &wanted {
            let found = text.contains(&name.to_lowercase());
            assert!(!found, "{} knows the board \"{name}\"", source.display());
        }
    }
}

fn line(labels: &[&str], offset: u32, names: &[&str]) -> Line {
    let owned = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
    Line::Chip { labels: owned(labels), offset, names: owned(names) }
}

/// Every profile that ships, by its name.
fn shipped() -> Vec<Board> {
    let files = toml_files(&in_package("boards"));
    files.iter().map(|path| Board::load(path.to_str().unwrap()).unwrap()).collect()
}

/// A profile under `tests/boards/good/`.
fn good(name: &str) -> Board {
    let path = in_package("tests/boards/good").join(format!("{name}.toml"));
    Board::load(path.to_str().unwrap()).unwrap()
}

fn in_package(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn toml_files(directory: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(directory).unwrap().map(|e| e.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|ext| ext == "toml"));
    files.sort();
    files
}

fn rust_files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let (directories, mut files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    files.retain(|path| path.extension().is_some_and(|ext| ext == "rs"));
    files.extend(directories.iter().flat_map(|directory| rust_files(directory)));
    files
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap().to_str().unwrap().to_owned()
}
