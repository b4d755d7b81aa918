//! The program as it is started: at a terminal, and not at one.

use std::fs::File;
use std::io::Read as _;
use std::process::{Command, Stdio};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

fn check(board: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pairpanel"));
    command.args(["check", board]).env("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus");
    command
}

/// What it prints where standard input and output are a terminal, and its status.
fn at_a_terminal(board: &str) -> (String, Option<i32>) {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&ours).unwrap();
    unlockpt(&ours).unwrap();
    let name = ptsname(&ours, Vec::new()).unwrap().into_string().unwrap();
    let open = || File::options().read(true).write(true).open(&name).unwrap();
    let mut child = check(board).stdin(open()).stdout(open()).stderr(open()).spawn().unwrap();
    let status = child.wait().unwrap().code();
    // As long as one is open there is no end; and without one, reading fails after what is left.
    let mut said = Vec::new();
    let _ = File::from(ours).read_to_end(&mut said);
    (String::from_utf8(said).unwrap().replace("\r\n", "\n"), status)
}

#[test]
fn not_at_a_terminal_the_profile_is_printed_and_nothing_is_tried() {
    let output = check("sh1106-128x64").stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(said.starts_with("sh1106-128x64: "), "{said}");
    let last = said.lines().last().unwrap();
    assert!(last.starts_with("tried       nothing: this is no terminal"), "{last}");
    assert!(output.stderr.is_empty());
}

#[test]
fn at_a_terminal_of_a_machine_without_the_parts_it_says_which_are_not_there() {
    let directory = std::env::temp_dir().join(format!("pairpanel-check-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let path = directory.join("mine.toml");
    let text = "schema = 1\nname = \"x\"\nconfidence = \"untested\"\nsources = [\"x\"]\n[display]\n\
                controller = \"ssd1306\"\nbus = \"/dev/i2c-of-nobody\"\naddress = 0x3c\n\
                width = 128\nheight = 64\nrotation = 0\n";
    std::fs::write(&path, text).unwrap();
    let (said, status) = at_a_terminal(path.to_str().unwrap());
    std::fs::remove_dir_all(&directory).unwrap();
    assert_eq!(status, Some(0), "{said}");
    let last = said.lines().last().unwrap();
    assert!(last.starts_with("tried       nothing: ") && last.contains("I2C"), "{said}");

    let (said, status) = at_a_terminal("none");
    assert_eq!(status, Some(0));
    assert!(said.ends_with("tried       nothing: the board has no parts\n"), "{said}");
    // It names hosts, and this is none of them.
    let (said, status) = at_a_terminal("adafruit-oled-bonnet-128x64");
    assert_eq!(status, Some(0), "{said}");
    assert!(said.contains("tried       nothing: board adafruit-oled-bonnet-128x64 "), "{said}");
}
