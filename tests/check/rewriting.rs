//! The text of every shipped profile, with every change that can be found.

use std::fs;
use std::path::Path;

use pairpanel::bench::{Checked, Guess};
use pairpanel::board::{
    Active, Backend, Board, Controller, KeypadKind, Led, Rotation, Source, Wiring,
};

const MODEL: &str = "Some \"Board\" Rev 1\\2";

fn profiles() -> Vec<(String, String)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("boards");
    let files = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|ext| ext == "toml"));
    let file = |path: std::path::PathBuf| {
        (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(path).unwrap())
    };
    files.map(file).collect()
}

/// Everything that differs in one way from the board.
fn changes(board: &Board) -> Vec<Board> {
    let mut changes = Vec::new();
    if let Some(display) = &board.display {
        for rotation in [Rotation::None, Rotation::Right, Rotation::Half, Rotation::Left] {
            let mut found = board.clone();
            found.display.as_mut().unwrap().rotation = rotation;
            changes.push(found);
        }
        for guess in guesses(display.rotation) {
            let mut found = board.clone();
            found.display = Some(guess.put_into(display));
            changes.push(found);
        }
    }
    for n in 0..board.buttons.len() {
        let mut found = board.clone();
        if let Source::Gpio { active, .. } = &mut found.buttons[n].source {
            *active = other(*active);
            changes.push(found);
        }
        if n > 0 {
            let mut found = board.clone();
            let (first, last) = found.buttons.split_at_mut(n);
            std::mem::swap(&mut first[0].role, &mut last[0].role);
            std::mem::swap(&mut first[0].label, &mut last[0].label);
            changes.push(found);
        }
    }
    let mut found = board.clone();
    if let Some(KeypadKind::Matrix { keys, .. }) = found.keypad.as_mut().map(|k| &mut k.kind) {
        let first = keys[0][0];
        keys[0][0] = keys[1][1];
        keys[1][1] = keys[3][0];
        keys[3][0] = first;
        changes.push(found);
    }
    let mut found = board.clone();
    if let Some(Led::Gpio { active, .. }) = &mut found.led {
        *active = other(*active);
        changes.push(found);
    }
    let mut found = board.clone();
    if let Some(buzzer) = &mut found.buzzer {
        buzzer.active = other(buzzer.active);
        changes.push(found);
    }
    changes
}

/// Every glass as it usually is, and one that is not.
fn guesses(rotation: Rotation) -> Vec<Guess> {
    let mut guesses = Vec::new();
    for controller in Controller::ALL {
        for &size in controller.sizes() {
            let usual = Guess { rotation, ..Guess::usual(controller, size) };
            guesses.push(usual);
            let unusual = Wiring { com_offset: 3, ..usual.wiring };
            guesses.push(Guess { wiring: unusual, ..usual });
            if controller != Controller::Sh1107 {
                let com_seq = !usual.wiring.com_seq;
                let unusual = Wiring { com_seq, com_lrremap: true, ..usual.wiring };
                guesses.push(Guess { wiring: unusual, ..usual });
            }
        }
    }
    guesses
}

const fn other(active: Active) -> Active {
    match active {
        Active::Low => Active::High,
        Active::High => Active::Low,
    }
}

#[test]
fn every_shipped_profile_takes_every_change_and_keeps_its_comments() {
    let checked = Checked { works: vec!["the display".to_owned()], open: Vec::new() };
    let mut written = 0;
    for (file, text) in profiles() {
        let board = Board::parse(&file, &text).unwrap();
        for found in changes(&board) {
            // What no profile can say is refused, and never written as something else.
            let glass = found.display.as_ref();
            let fits = glass.is_none_or(|display| {
                let (width, height) = display.frame_size();
                pairpanel::display::draw::fits(width, height)
            });
            let kernel = glass.is_some_and(|d| matches!(d.backend, Backend::Framebuffer(_)));
            let resized =
                kernel && glass.map(|d| d.width) != board.display.as_ref().map(|d| d.width);
            let new = checked.write(&text, &board, &found, &file, MODEL);
            if !fits || resized {
                assert!(new.is_err() || resized, "{file}: {found:?}");
                continue;
            }
            let new = new.unwrap_or_else(|error| panic!("{file}: {error}\n{found:?}"));
            let read = Board::parse(&file, &new).unwrap();
            assert_eq!((&read.display, &read.buttons), (&found.display, &found.buttons), "{file}");
            assert_eq!((&read.keypad, &read.led), (&found.keypad, &found.led), "{file}");
            assert_eq!(read.sources.len(), board.sources.len() + 1);
            let source = format!("pairpanel check on {MODEL}: all of it seen to work by a person");
            assert_eq!(read.sources.last(), Some(&source), "{file}");
            for line in text.lines().filter_map(|line| line.find('#').map(|at| &line[at..])) {
                assert!(new.contains(line), "{file} has lost {line:?}:\n{new}");
            }
            assert_eq!(new.lines().next() == text.lines().next(), text.starts_with("#:schema"));
            written += 1;
        }
    }
    assert!(written > 400, "{written}");
}

#[test]
fn a_text_that_says_something_else_than_the_board_is_not_written() {
    let checked = Checked::default();
    let (file, text) = profiles().into_iter().find(|(file, _)| file.starts_with("sh1106")).unwrap();
    let board = Board::parse(&file, &text).unwrap();
    let mut found = board.clone();
    found.display.as_mut().unwrap().rotation = Rotation::Half;
    // Somebody has changed it meanwhile.
    let other = text.replace("0x3c", "0x3d");
    let refused = checked.write(&other, &board, &found, &file, MODEL).unwrap_err().to_string();
    assert!(refused.starts_with("the profile would not say what was found"), "{refused}");
    assert!(checked.write("schema = 1\n", &board, &found, &file, MODEL).is_err());
}

#[test]
fn what_an_sh1107_has_no_command_for_is_taken_out_of_the_profile() {
    let text = "schema = 1\nname = \"x\"\nconfidence = \"untested\"\nsources = [\"x\"]\n[display]\n\
                controller = \"ssd1306\"\nbus = \"/dev/i2c-1\"\naddress = 0x3c\nwidth = 128\n\
                height = 64\nrotation = 0\ncol-offset = 0\n# odd\ncom-seq = true # why?\n";
    let board = Board::parse("x.toml", text).unwrap();
    let guess = Guess::usual(Controller::Sh1107, (128, 128));
    let mut found = board.clone();
    found.display = Some(guess.put_into(board.display.as_ref().unwrap()));
    let new = Checked::default().write(text, &board, &found, "x.toml", MODEL).unwrap();
    assert!(!new.contains("\ncom-seq") && new.contains("col-offset = 0\n# odd\n"), "{new}");
}
