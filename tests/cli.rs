//! The program as a user starts it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

#[path = "cli/simulate.rs"]
mod simulate;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use pairpanel::sim::FakeBus;

fn pairpanel(arguments: &[&str]) -> Output {
    // No bus, so that nothing can be registered by accident.
    pairpanel_on("unix:path=/nonexistent/bus", arguments)
}

fn pairpanel_on(bus: &str, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_pairpanel"))
        .args(arguments)
        .env("DBUS_SYSTEM_BUS_ADDRESS", bus)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A file that is removed when dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str, contents: &str) -> Self {
        let path = std::env::temp_dir().join(format!("pairpanel-{}-{name}", std::process::id()));
        std::fs::write(&path, contents).unwrap();
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Arguments → status, and how the message begins.
#[test]
fn what_is_wrong_with_the_arguments_or_files_is_said_with_status_2() {
    let bad_board =
        "schema = 1\nname = \"x\"\nconfidence = \"untested\"\nsources = [\"x\"]\nwdth = 3\n";
    let bad_board = Scratch::new("board.toml", bad_board);
    let bad_config = Scratch::new("config.toml", "hold-ms = 9000\n");
    let no_board = Scratch::new("no-board.toml", "hold-ms = 0\n");
    let board_message =
        format!("pairpanel: {}:5:1: wdth: there is no key `wdth` here", bad_board.path());
    let config_message = format!("pairpanel: {}:1:11: hold-ms: 9000 is not", bad_config.path());
    let cases: [(&[&str], &str); 24] = [
        (&["run", "--board", bad_board.path()], &board_message),
        (&["check", bad_board.path()], &board_message),
        (&["simulate", "--board", bad_board.path()], &board_message),
        (&["run", "--config", bad_config.path()], &config_message),
        (&["run", "--config", "/nonexistent"], "pairpanel: cannot read /nonexistent: "),
        (&["run", "--board", "nune"], "pairpanel: no board profile is called \"nune\"; "),
        (&["run", "--window", "soon"], "pairpanel: "),
        (&["run", "surplus"], "pairpanel: unexpected argument 'surplus' found; see"),
        (
            &["run", "--bord", "none"],
            "pairpanel: unexpected argument '--bord' found; a similar argument exists: '--board'; ",
        ),
        (&["simulate", "--phone", "Display"], "pairpanel: "),
        (
            &["simulate", "--answer", "maybe"],
            "pairpanel: invalid value 'maybe' for '--answer <HOW>' [possible values: accept, reject, ",
        ),
        (
            &["pair"],
            "pairpanel: the following required arguments were not provided: <ADDRESS>; see",
        ),
        (&["pair", "A4:C3:F0:1D:9A"], "pairpanel: "),
        (
            &["pair", "A4:C3:F0:1D:9A:4C", "--adapter", "/org/bluez/hci0"],
            "pairpanel: invalid value '/org/bluez/hci0' for '--adapter <hciN>': no adapter; they",
        ),
        (
            &["pair", "A4:C3:F0:1D:9A:4C", "--timeout", "0"],
            "pairpanel: invalid value '0' for '--timeout <SECONDS>': 0 is not 5 to 600 seconds; ",
        ),
        (
            &["pair", "A4:C3:F0:1D:9A:4C", "surplus"],
            "pairpanel: unexpected argument 'surplus' found; ",
        ),
        (&["dance"], "pairpanel: there is no command \"dance\"; see pairpanel help\n"),
        (&["opne"], "pairpanel: there is no command \"opne\"; did you mean \"open\"?\n"),
        (
            &["open", "0"],
            "pairpanel: invalid value '0' for '[SECONDS]': 0 is not 1 to 3600 seconds",
        ),
        (&["open", "3601"], "pairpanel: invalid value '3601' for "),
        (&["forget"], "pairpanel: the following required arguments were not provided: <DEVICE>"),
        (&["forget", "--all", "x"], "pairpanel: the argument '--all' cannot be used with "),
        (&["check", "--config", bad_config.path()], &config_message),
        (&["check", "--config", no_board.path()], "pairpanel: no board is named; put board = "),
    ];
    for (arguments, message) in cases {
        let output = pairpanel(arguments);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.starts_with(message), "{arguments:?}: {said}");
        assert_eq!(text(&output.stdout), "");
    }
}

#[test]
fn without_a_bus_it_says_so_and_fails() {
    for arguments in [["run", "--board", "none"].as_slice(), &["pair", "A4:C3:F0:1D:9A:4C"]] {
        let output = pairpanel(arguments);
        assert_eq!(output.status.code(), Some(1));
        assert!(text(&output.stderr).contains("pairpanel: cannot connect to the system bus: "));
    }
}

#[test]
fn help_is_there_for_every_command_and_exits_with_0() {
    for arguments in [[].as_slice(), &["help"], &["-h"], &["--help"]] {
        let output = pairpanel(arguments);
        assert_eq!(output.status.code(), Some(0));
        assert!(text(&output.stdout).contains("\nExit status:\n"), "{arguments:?}");
    }
    for command in pairpanel::cli::definition().get_subcommands() {
        let name = command.get_name();
        let output = pairpanel(&[name, "--help"]);
        assert_eq!(output.status.code(), Some(0));
        let said = text(&output.stdout);
        assert!(said.contains(&format!("\nUsage: pairpanel {name}")), "{said}");
        assert!(said.lines().all(|line| line.chars().count() <= 100), "{said}");
        assert_eq!(text(&pairpanel(&["help", name]).stdout), said);
    }
    let version = concat!("pairpanel ", env!("CARGO_PKG_VERSION"), "\n");
    for arguments in ["version", "--version", "-V"] {
        assert_eq!(text(&pairpanel(&[arguments]).stdout), version);
    }
}

#[test]
fn check_says_what_a_board_makes_of_the_panel() {
    let capability = |board: &str| {
        let said = text(&pairpanel(&["check", board]).stdout);
        let line = said.lines().find(|line| line.starts_with("capability")).unwrap();
        line.split_whitespace().nth(1).unwrap().to_owned()
    };
    let listed = text(&pairpanel(&["boards"]).stdout);
    let boards: Vec<_> = listed.lines().map(|line| line.split("  ").next().unwrap()).collect();
    let files = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("boards")).unwrap();
    let profiles = files.filter(|file| {
        file.as_ref().unwrap().path().extension().is_some_and(|extension| extension == "toml")
    });
    assert_eq!(boards.len(), profiles.count());
    let capabilities: Vec<_> = boards.iter().map(|board| capability(board)).collect();
    for expected in ["DisplayYesNo", "DisplayOnly", "NoInputNoOutput"] {
        assert!(capabilities.iter().any(|capability| capability == expected), "{capabilities:?}");
    }
}

/// No machine that tests run on has a HAT.
#[test]
fn a_board_that_a_hat_should_have_said_is_never_guessed() {
    let config = Scratch::new("auto.toml", "board = \"auto\"\n");
    let cases: [&[&str]; 5] = [
        &["run", "--config", config.path()],
        &["run", "--board", "auto"],
        &["check", "--config", config.path()],
        &["check", "auto"],
        &["simulate", "--board", "auto", "--answer", "accept"],
    ];
    for arguments in cases {
        let output = pairpanel(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert_eq!(
            text(&output.stderr),
            "pairpanel: no HAT says which board this is: there is no /proc/device-tree/hat; name \
             the board instead of \"auto\" (pairpanel detect says what speaks for which)\n"
        );
    }
}

#[test]
fn check_without_a_board_says_what_applies_and_from_which_files() {
    let main =
        Scratch::new("checked.toml", "board = \"none\"\nhold-ms = 1\n[allow]\nnames = [\"A*\"]\n");
    let drop_ins = Path::new(main.path()).with_extension("d");
    std::fs::create_dir(&drop_ins).unwrap();
    let drop_in = drop_ins.join("10-site.toml");
    std::fs::write(&drop_in, "hold-ms = 2\nadapter = \"hci1\"\n").unwrap();
    let checked = pairpanel(&["check", "--config", main.path()]);
    std::fs::write(&drop_in, "hold-ms = 2\nboard = \"nune\"\n").unwrap();
    let no_such_board = pairpanel(&["check", "--config", main.path()]);
    std::fs::remove_dir_all(&drop_ins).unwrap();

    let said = text(&checked.stdout);
    assert_eq!(checked.status.code(), Some(0), "{}", text(&checked.stderr));
    assert!(
        said.starts_with(&format!("{}\n{}\n\nnone: ", main.path(), drop_in.display())),
        "{said}"
    );
    for line in ["hold-ms = 2", "adapter = [\"hci1\"]", "names = [\"A*\"]", "audio = \"once\""] {
        assert!(said.lines().any(|said| said == line), "{line}: {said}");
    }
    assert_eq!(no_such_board.status.code(), Some(2));
    let said = text(&no_such_board.stderr);
    assert!(said.starts_with("pairpanel: no board profile is called \"nune\"; "), "{said}");
}

#[test]
fn sighup_applies_a_good_configuration_and_leaves_the_old_one_in_place_of_a_bad_one() {
    let bus = FakeBus::start().unwrap();
    let config = Scratch::new("reloaded.toml", "board = \"none\"\n");
    let mut daemon = Command::new(env!("CARGO_BIN_EXE_pairpanel"))
        .args(["run", "--verbose", "--window", "77", "--config", config.path()])
        .env("DBUS_SYSTEM_BUS_ADDRESS", bus.address())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(daemon.stderr.take().unwrap()).lines();
    // A daemon that has died ends its log.
    let mut logged = |part: &str| log.find(|line| line.as_ref().unwrap().contains(part)).is_some();
    let pid = daemon.id().to_string();
    let signal = |name: &str| {
        let kill = Command::new("sh").args(["-c", "kill -s \"$0\" \"$1\"", name, &pid]).status();
        assert!(kill.unwrap().success());
    };
    assert!(logged("info: board none: "));
    std::fs::write(config.path(), "board = \"none\"\nhold-ms = -1\n").unwrap();
    signal("HUP");
    let place = format!("nothing changes: {}:2:11: hold-ms: ", config.path());
    assert!(logged(&place));
    // As a file is that is being written.
    std::fs::write(config.path(), "").unwrap();
    signal("HUP");
    assert!(logged("warn: the configuration names no board any more, and nothing changes"));
    std::fs::write(config.path(), "board = \"other\"\nhold-ms = 1234\n").unwrap();
    signal("HUP");
    assert!(logged("warn: the board stays none; restart pairpanel to have \"other\""));
    assert!(logged("info: the configuration has been read again"));
    // What was said on the command line holds as well.
    assert!(logged(
        "debug: event: Policy(Policy { just_works: None, prompt: 25s, hold: 1.234s, arm: 500ms, window: 77s, "
    ));
    signal("TERM");
    assert!(daemon.wait().unwrap().success());
}

#[test]
fn the_status_is_right_when_nobody_can_be_told() {
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_pairpanel"));
    let status = command.args(["status", "--nope"]).stderr(full).status().unwrap();
    assert_eq!(status.code(), Some(2));
}

#[test]
fn the_table_is_as_bluetoothd_and_linux_behave() {
    let output = pairpanel(&["boards", "--table"]);
    let shown = text(&output.stdout);
    assert!(shown.lines().all(|line| line.chars().count() <= 100), "{shown}");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/table.txt");
    if std::env::var_os("UPDATE_TABLE").is_some() {
        std::fs::write(&path, &shown).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap();
    assert_eq!(shown, expected, "UPDATE_TABLE=1 cargo test --test cli writes it anew");
}
