//! `pairpanel simulate`: whole pairings, with what is shown and what is not.

use std::process::Output;

use pairpanel::pairing::Capability;
use pairpanel::pairing::association::{Request, Transport, request_to_responder};

use crate::{Scratch, pairpanel, text};

/// (board, phone, answer) → exit status, and the last word.
#[test]
fn simulate_succeeds_exactly_if_the_phone_is_paired() {
    let bonnet = "adafruit-oled-bonnet-128x64";
    let refused = "not paired: the phone says RefusedByPanel";
    let cases = [
        (bonnet, "KeyboardDisplay", "accept", 0, "paired: the code was checked"),
        (bonnet, "DisplayYesNo", "accept", 0, "paired: the code was checked"),
        (bonnet, "KeyboardOnly", "ignore", 0, "paired: the code was checked"),
        (bonnet, "KeyboardDisplay", "reject", 1, refused),
        (bonnet, "KeyboardDisplay", "ignore", 1, refused),
        (bonnet, "DisplayOnly", "accept", 1, "not paired: the phone says RefusedWithoutAsking"),
        ("adafruit-pioled-128x32", "KeyboardDisplay", "ignore", 0, "paired: the code was checked"),
        ("ssd1306-72x40", "KeyboardDisplay", "ignore", 0, "paired: the code was checked"),
        ("none", "KeyboardDisplay", "ignore", 0, "paired: not verified"),
    ];
    for (board, phone, answer, status, last) in cases {
        let arguments = ["simulate", "--board", board, "--phone", phone, "--answer", answer];
        let output = pairpanel(&arguments);
        let said = text(&output.stdout) + &text(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {said}");
        assert!(said.contains(last), "{arguments:?}: {said}");
    }
}

/// What is typed at the simulated panel, picked or held for, leads to what the table says.
#[test]
fn each_capability_pairs_with_each_phone_as_the_table_says() {
    let boards = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/appliance/boards");
    let numpad = format!("{boards}/numpad.toml");
    let both = format!("{boards}/cp2112-numpad.toml");
    let alone = format!("{boards}/cp2112-display-only.toml");
    let panels = [
        (Capability::DisplayOnly, alone.as_str()),
        (Capability::DisplayYesNo, "cp2112"),
        (Capability::KeyboardOnly, &numpad),
        (Capability::NoInputNoOutput, "none"),
        (Capability::KeyboardDisplay, &both),
    ];
    for (panel, board) in panels {
        for phone in Capability::ALL {
            let transport = Transport::LeSecureConnections;
            let request = request_to_responder(panel, phone, transport, true);
            let output = pairpanel(&["simulate", "--board", board, "--phone", phone.as_str()]);
            let printed = text(&output.stdout);
            assert!(printed.contains(&format!("The panel is {panel}")), "{printed}");
            let ending = match request {
                Request::Refused => None,
                Request::Authorization => Some("paired: not verified"),
                _ => Some("paired: the code was checked"),
            };
            let ended = printed.lines().find(|line| line.starts_with("paired"));
            assert_eq!(ended, ending, "{panel} with {phone}: {}", text(&output.stderr));
            assert_eq!(output.status.success(), ending.is_some());
        }
    }
}

/// A profile with a display of this size, and what else is said.
fn board_with_display(width: u32, height: u32, rest: &str) -> Scratch {
    let text = format!(
        "schema = 1\nname = \"x\"\nconfidence = \"untested\"\nsources = [\"x\"]\n[display]\n\
         controller = \"ssd1306\"\nbus = \"/dev/i2c-1\"\naddress = 0x3c\nwidth = {width}\n\
         height = {height}\nrotation = 0\n{rest}"
    );
    Scratch::new(&format!("{width}x{height}.toml"), &text)
}

fn button(role: &str, label: &str, offset: u32) -> String {
    format!(
        "[[button]]\nrole = \"{role}\"\nlabel = \"{label}\"\npin = {{ chip = \"soc\", offset = \
         {offset} }}\nactive = \"low\"\nbias = \"pull-up\"\n"
    )
}

/// Shown, compared, typed there and typed here, on the smallest glass.
#[test]
fn a_panel_of_any_size_plays_every_method() {
    let keys = button("accept", "K1", 5) + &button("reject", "K2", 6);
    let numpad = "[keypad]\nkind = \"evdev\"\nname = \"Numpad\"\nphys = \"usb\"\n";
    let both = format!("{keys}{numpad}");
    let cases = [
        ("", "KeyboardDisplay", Capability::DisplayOnly),
        (&keys, "KeyboardDisplay", Capability::DisplayYesNo),
        (&keys, "KeyboardOnly", Capability::DisplayYesNo),
        (&both, "DisplayOnly", Capability::KeyboardDisplay),
    ];
    for (width, height) in [(64, 48), (72, 40)] {
        for (rest, phone, is) in cases {
            let board = board_with_display(width, height, rest);
            let output = pairpanel(&["simulate", "--board", board.path(), "--phone", phone]);
            let said = text(&output.stdout) + &text(&output.stderr);
            assert!(output.status.success(), "{width}x{height} with {phone}: {said}");
            assert!(said.contains(&format!("The panel is {is}")), "{said}");
            assert!(said.contains("paired: the code was checked"), "{said}");
        }
    }
}

#[test]
fn simulate_speaks_the_language_of_the_configuration_on_a_panel_of_any_size() {
    let key = button("accept", "A", 5);
    let [small, smaller] = [(64, 48), (72, 40)].map(|(w, h)| board_with_display(w, h, &key));
    for board in ["adafruit-oled-bonnet-128x64", small.path(), smaller.path()] {
        let headlines = ["en", "de", "ja"].map(|language| {
            let config = Scratch::new("language.toml", &format!("language = \"{language}\"\n"));
            let output = pairpanel(&["simulate", "--config", config.path(), "--board", board]);
            let shown = text(&output.stdout);
            assert!(output.status.success() && shown.contains("on the glass: "), "{shown}");
            // The first rows of each picture, in which there is no digit of the code.
            let lines: Vec<_> = shown.lines().collect();
            let tops = lines.windows(2).filter(|lines| lines[0].starts_with('┌'));
            tops.map(|lines| lines[1]).collect::<String>()
        });
        assert!(headlines[0] != headlines[1] && headlines[1] != headlines[2], "{headlines:?}");
    }
}

#[test]
fn a_simulated_pairing_shows_the_code_of_the_phone_on_the_glass_and_keeps_it_out_of_the_log() {
    let output = pairpanel(&["simulate", "--verbose"]);
    let (glass, phone) = codes(&output);
    assert_eq!(glass, phone);
    let log = text(&output.stderr);
    assert!(log.contains("debug: event: Call"), "{log}");
    assert_hides(&log, &glass);
}

#[test]
fn a_trace_tells_a_pairing_line_by_line_and_never_the_code() {
    let bonnet = "adafruit-oled-bonnet-128x64";
    // Input has ended, so that stepping runs on.
    for (pace, phone, call) in [
        (
            "--trace",
            "KeyboardDisplay",
            "#0 RequestConfirmation hci0/dev_A4_C3_F0_1D_9A_4C (******)",
        ),
        ("--step", "KeyboardDisplay", "#0 RequestConfirmation hci0/dev_A4_C3_F0_1D_9A_4C (******)"),
        ("--trace", "KeyboardOnly", "DisplayPasskey hci0/dev_A4_C3_F0_1D_9A_4C (******, 0 typed)"),
    ] {
        let output =
            pairpanel(&["simulate", "--board", bonnet, "--phone", phone, pace, "--verbose"]);
        assert_eq!(output.status.code(), Some(0));
        let trace = text(&output.stderr);
        let is_there = |line: &str| trace.lines().any(|told| told.starts_with(line));
        assert!(is_there(&format!("trace call {call}")), "{trace}");
        assert!(is_there("trace event DisplayReady"), "{trace}");
        assert!(is_there("trace state: Window, Ready, window 120 s, DisplayYesNo"), "{trace}");
        let confirmed = phone == "KeyboardDisplay";
        assert_eq!(is_there("trace reply #0 accept after "), confirmed, "{trace}");
        assert_hides(&trace, &codes(&output).0);
    }
}

/// The six digits on the glass, and what the phone said.
fn codes(output: &Output) -> (String, String) {
    let shown = text(&output.stdout);
    let code = |lead: &str| {
        let line = shown.lines().find_map(|line| line.strip_prefix(lead));
        line.unwrap_or_else(|| panic!("no {lead:?} in:\n{shown}")).replace(' ', "")
    };
    let glass = code("on the glass: ");
    assert_eq!(glass.len(), 6);
    (glass, code("on the phone: "))
}

/// In none of the ways in which a program prints six digits.
fn assert_hides(log: &str, code: &str) {
    let digits: Vec<char> = code.chars().collect();
    let number = code.trim_start_matches('0');
    let mut spellings = vec![
        code.to_owned(),
        format!("{} {}", &code[..3], &code[3..]),
        format!("{digits:?}").replace('\'', ""),
    ];
    // A shorter number stands in a log for many other things.
    spellings.extend((number.len() > 3).then(|| number.to_owned()));
    for spelling in spellings {
        assert!(!log.contains(&spelling), "{spelling} is in:\n{log}");
    }
}
