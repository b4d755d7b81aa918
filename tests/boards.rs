//! Every shipped profile loads; every rule has a file that breaks it, and its own words.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic as tests do")]

use std::fs;
use std::path::{Path, PathBuf};

use std::time::Duration;

use pairpanel::board::{self, Active, Bias, Board, Keypad, KeypadKind, Led};
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

/// The first line of each file is `# LINE:COLUMN: MESSAGE`; below the message stand that line of
/// the file and a caret in that column.
#[test]
fn every_broken_rule_is_answered_in_its_own_words() {
    let mut wrong = String::new();
    for path in toml_files(&in_package("tests/boards/bad")) {
        let text = fs::read_to_string(&path).unwrap();
        let file = format!("{}.toml", stem(&path));
        let said = Board::parse(&file, &text).expect_err(&file).to_string();

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
        kind: KeypadKind::Evdev {
            name: "Some numpad".to_owned(),
            phys: vec![
                "usb-0000:01:00.0-1.2/input0".to_owned(),
                "usb-3f980000.usb-1.4/input0".to_owned(),
            ],
        },
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
    let offsets = |lines: &[board::Line]| lines.iter().map(|line| line.offset).collect::<Vec<_>>();
    assert_eq!((offsets(&rows), offsets(&cols)), (vec![19, 17, 18, 22], vec![16, 23, 26, 27]));
    assert_eq!((rows[3].names.as_slice(), bias), (["GPIO22".to_owned()].as_slice(), Bias::AsIs));
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
fn a_lamp_is_a_device_of_the_kernel_or_a_line() {
    let line = board::Line { chips: vec!["soc".to_owned()], offset: 13, names: vec![] };
    let cases = [
        ("lamp-of-the-kernel", Led::Class("ACT".to_owned())),
        ("lamp-on-a-line", Led::Gpio { line, active: Active::Low }),
    ];
    for (profile, led) in cases {
        assert_eq!(good(profile).led, Some(led), "{profile}");
    }
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
