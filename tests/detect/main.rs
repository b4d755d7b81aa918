//! What `pairpanel detect` makes of recorded machines, and when it writes.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod machine;
mod parts;

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use pairpanel::config::Config;
use pairpanel::detect::{AutoError, DROP_IN, exact};

use crate::machine::Machine;

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// What is printed, on one screen.
fn said(machine: &Machine) -> String {
    let output = machine.detect(&[]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let said = text(&output.stdout);
    assert!(said.lines().all(|line| line.chars().count() <= 100), "{said}");
    assert!(said.lines().count() <= 28, "{said}");
    said
}

fn json(machine: &Machine) -> serde_json::Value {
    let output = machine.detect(&["--json"]);
    assert_eq!(output.stdout.iter().filter(|byte| **byte == b'\n').count(), 1);
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Why `--apply` refuses; nothing is written then.
fn refusal(machine: &Machine) -> String {
    let before = fs::read(machine.path(DROP_IN)).ok();
    let output = machine.detect(&["--apply"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stdout));
    assert_eq!(fs::read(machine.path(DROP_IN)).ok(), before);
    text(&output.stderr)
}

#[test]
fn a_hat_that_a_profile_knows_is_suggested_first_and_applied() {
    let machine = Machine::raspberry_pi_4().with_known_hat();
    let said = said(&machine);
    let expected = "
machine       Raspberry Pi 4 Model B Rev 1.4 (raspberrypi)
HAT           \"PiSugar\" \"Whisplay\" 0x0001
GPIO          not looked at: only the machine that runs can be asked
I2C           none; displays not asked for
SPI           none
framebuffers  none
inputs        \"vc4-hdmi-0\"
LEDs          ACT, PWR

pisugar-whisplay  PiSugar Whisplay (verified)
  + is what the HAT says that it is
  + is known to fit raspberrypi
";
    assert!(said.starts_with(expected.trim_start()), "{said}");
    assert_eq!(exact(machine.root()).unwrap().id, "pisugar-whisplay");

    let written = "/etc/pairpanel/pairpanel.d/50-board.toml now says board = \"pisugar-whisplay\"";
    let there =
        "/etc/pairpanel/pairpanel.d/50-board.toml says board = \"pisugar-whisplay\" already";
    for expected in [written, there] {
        let output = machine.detect(&["--apply"]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        assert!(text(&output.stdout).contains(expected), "{}", text(&output.stdout));
        let text = fs::read_to_string(machine.path(DROP_IN)).unwrap();
        assert!(text.ends_with("\nboard = \"pisugar-whisplay\"\n"), "{text}");
        // The daemon is another user than root.
        let mode = fs::metadata(machine.path(DROP_IN)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o644);
        // Nothing is left of how it was written.
        assert_eq!(fs::read_dir(machine.path("/etc/pairpanel/pairpanel.d")).unwrap().count(), 1);
    }
}

#[test]
fn only_vendor_and_product_decide_and_never_the_uuid() {
    let other = |fields| exact(Machine::raspberry_pi_4().with_hat(fields).root());
    let same_uuid: &[(&str, &[u8])] = &[
        ("vendor", b"ACME\0"),
        ("product", b"Whisplay\0"),
        ("product_id", b"0x0001\0"),
        ("uuid", b"3a1b2c3d-0000-4444-8888-001122334455\0"),
    ];
    let other_product: &[(&str, &[u8])] = &[("vendor", b"PiSugar\0"), ("product_id", b"0x0002\0")];
    let no_product: &[(&str, &[u8])] = &[("vendor", b"PiSugar\0")];
    for fields in [same_uuid, other_product, no_product] {
        let error = other(fields).unwrap_err();
        assert!(matches!(error, AutoError::Unknown { .. }), "{error}");
    }
    let shouted: &[(&str, &[u8])] = &[("vendor", b"PISUGAR\0"), ("product_id", b"0x0001\0")];
    assert_eq!(other(shouted).unwrap().id, "pisugar-whisplay");
}

#[test]
fn a_node_that_only_looks_like_the_hat_decides_nothing() {
    let machine = Machine::raspberry_pi_4();
    for (field, bytes) in [("vendor", b"pisugar\0".as_slice()), ("product_id", b"0x0001\0")] {
        machine.write(&format!("/sys/firmware/devicetree/base/hat_stacked/{field}"), bytes);
    }
    let said = said(&machine);
    assert!(said.contains("at hat_stacked, which is not known to be the one below"), "{said}");
    assert!(refusal(&machine).contains("because no HAT says which board this is"));
    assert!(matches!(exact(machine.root()), Err(AutoError::Unknown { .. })));
}

#[test]
fn the_stick_of_a_hat_is_known_by_its_driver_but_not_applied() {
    let machine = Machine::raspberry_pi_4().with_stick();
    let said = said(&machine);
    let expected = "
sense-hat  Raspberry Pi Sense HAT (verified)
  + \"Raspberry Pi Sense HAT Joystick\" is an input device at rpi-sense-joy/input0
  + is known to fit raspberrypi
";
    assert!(said.contains(expected), "{said}");
    assert_eq!(
        refusal(&machine),
        "pairpanel: nothing is applied, because no HAT says which board this is; choose one, and \
         write board = \"NAME\" into /etc/pairpanel/pairpanel.toml\n"
    );
}

#[test]
fn a_display_that_the_kernel_drives_is_left_to_the_kernel() {
    let machine = Machine::raspberry_pi_4().with_driven_display();
    let said = said(&machine);
    let device = "I2C           ssd1306 at 0x3c on bus 1 (driver ssd130x-i2c)";
    assert!(said.contains(device), "{said}");
    let expected = "
kernel-oled-128x64  OLED 128x64 that a driver of the kernel has (dtoverlay=ssd1306 and its like)
    (documented)
  + the kernel drives a display as framebuffer \"ssd130xdrmfb\", /dev/fb0
  + fits raspberrypi, as any machine that has its pins
";
    assert!(said.contains(expected), "{said}");
    // Where no profile is for that driver.
    machine.write("/sys/class/graphics/fb0/name", b"fb_ssd1306\n");
    let said = self::said(&machine);
    let joined = said.replace("\n  ", " ");
    let against = "fit, but 0x3c on /dev/i2c-1 is that of the kernel's driver ssd130x-i2c: unbind \
                   it, or write controller = \"framebuffer\", framebuffer = \"fb_ssd1306\", in a \
                   copy of the profile: adafruit-oled-bonnet-128x64, ";
    assert!(joined.contains(against), "{said}");
}

#[test]
fn a_machine_without_a_device_tree_has_only_what_fits_any() {
    let machine = Machine::bare();
    let said = said(&machine);
    assert!(said.starts_with("machine       without a device tree (in no host file)\n"), "{said}");
    let json = json(&machine);
    let left_out = json["left_out"].as_array().unwrap();
    let why = left_out.iter().find(|left_out| left_out["board"] == "sense-hat").unwrap();
    let expected = "is known to fit raspberrypi only, and this machine is in no host file";
    assert_eq!(why["why"], expected);
    assert_eq!(json["suggestions"].as_array().unwrap().len(), 0);
    assert!(matches!(exact(machine.root()), Err(AutoError::NoHat)));
}

#[test]
fn a_hat_on_a_machine_that_it_is_not_for_is_refused_with_the_reason() {
    let machine = Machine::raspberry_pi_4().with_known_hat();
    machine.write(
        "/sys/firmware/devicetree/base/compatible",
        b"friendlyarm,nanopi-neo\0allwinner,sun8i-h3\0",
    );
    let expected = "is what the HAT says that it is, but board pisugar-whisplay is known to fit";
    assert!(said(&machine).contains(expected), "{}", said(&machine));
    let refusal = refusal(&machine);
    let expected = "pairpanel: nothing is applied: pisugar-whisplay is what the HAT says that it is, \
                    and board pisugar-whisplay is known to fit raspberrypi and radxa-zero-3 only";
    assert!(refusal.starts_with(expected), "{refusal}");
}

#[test]
fn a_hat_of_two_profiles_decides_nothing() {
    let detect = "[detect]\nhat = [{ vendor = \"pisugar\", product = \"Whisplay\" }]\n";
    let machine = Machine::raspberry_pi_4().with_known_hat().with_profile("mine", detect);
    let said = said(&machine);
    assert!(said.contains("\npisugar-whisplay  ") && said.contains("\nmine  Mine"), "{said}");
    assert_eq!(
        refusal(&machine),
        "pairpanel: nothing is applied, because the HAT is that of several board profiles: \
         pisugar-whisplay, mine; choose one, and write board = \"NAME\" into \
         /etc/pairpanel/pairpanel.toml\n"
    );
    assert_eq!(
        exact(machine.root()).unwrap_err().to_string(),
        "the HAT \"PiSugar\" \"Whisplay\" 0x0001 is that of several board profiles: mine, \
         pisugar-whisplay; name one of them instead of \"auto\", or take [detect] out of the others \
         (pairpanel detect says what speaks for which)"
    );
}

#[test]
fn a_profile_that_cannot_be_read_is_named_where_it_may_have_been_the_one() {
    let machine =
        Machine::raspberry_pi_4().with_known_hat().with_profile("pisugar-whisplay", "wrong = 1\n");
    let error = exact(machine.root()).unwrap_err().to_string();
    assert!(error.contains(", and one cannot be read: "), "{error}");
    assert!(error.contains("pisugar-whisplay.toml:5:1: wrong: there is no key"), "{error}");
    let json = json(&machine);
    let left_out = json["left_out"].as_array().unwrap();
    let why = left_out.iter().find(|left_out| left_out["board"] == "pisugar-whisplay").unwrap();
    assert!(why["why"].as_str().unwrap().contains("there is no key"), "{why}");
}

/// What is in an EEPROM somebody else has written.
#[test]
fn rubbish_in_an_eeprom_is_shown_without_harm_and_decides_nothing() {
    let long = [b'A'; 4096];
    let fields: [&[(&str, &[u8])]; 7] = [
        &[("vendor", b"pisugar\0"), ("product", b"\x1b[2J\x9b\xff\0"), ("product_id", b"0x0001\0")],
        &[("vendor", b"pisugar\0"), ("product", &long), ("product_id", b"0x0001\0")],
        &[("vendor", b"pisugar\0"), ("product_id", b"0x00010\0"), ("product", b"\n\r\t\0")],
        &[("vendor", b"pisugar\0"), ("product_id", b"0x+1\0")],
        &[("vendor", b"pisugar\0"), ("product_id", b"0x00001\0")],
        &[("vendor", b"pisugar\0pisugar\0"), ("product_id", b"0x0001\0")],
        &[("vendor", "pi\u{202e}sugar".as_bytes()), ("product_id", b"0x0001\0")],
    ];
    for fields in fields {
        let machine = Machine::raspberry_pi_4().with_hat(fields);
        let said = said(&machine);
        assert!(said.contains("is no text of a HAT: "), "{said}");
        let obeyed = |c: char| c != '\n' && (c.is_control() || !c.is_ascii());
        assert!(!said.contains(obeyed), "{said:?}");
        assert!(said.matches('A').count() < 60, "{said}");
        assert!(!json(&machine)["hats"][0]["rubbish"].as_array().unwrap().is_empty());
        assert!(refusal(&machine).contains("because no HAT says which board this is"));
        assert!(matches!(exact(machine.root()), Err(AutoError::Unknown { .. })));
    }
}

#[test]
fn names_of_devices_cannot_command_a_terminal() {
    let machine = Machine::raspberry_pi_4();
    machine.write(
        "/proc/bus/input/devices",
        b"N: Name=\"\x1b]0;x\x07\xff\"\nP: Phys=\x1b[2J\n\nN: Name=\"\"\n\nN: Name=\n\n\n\n",
    );
    machine.write("/sys/class/graphics/fb0/name", "\u{9b}2J\u{202e}".as_bytes());
    machine.write("/sys/firmware/devicetree/base/model", b"Pi\x1b[2J\xe2\x80\xae\0");
    let said = said(&machine);
    assert!(!said.contains(|c: char| c != '\n' && c.is_control()), "{said:?}");
    assert!(!said.contains('\u{202e}'), "{said:?}");
    let output = machine.detect(&["--json"]).stdout;
    assert!(!text(&output).trim_end().contains(char::is_control));
    // A file of an image has a name, too, and so has a board in it.
    let host = "schema = 1\nname = \"x\"\nconfidence = \"untested\"\nsources = [\"x\"]\n\
                compatible = \"raspberrypi,4-model-b\"\nchip = \"soc\"\npins = []\n";
    for text_of_file in [host, "schema = 7\n"] {
        let file = "/etc/pairpanel/boards/hosts/\u{1b}[2J\u{202e}.toml";
        machine.write(file, text_of_file.as_bytes());
        let output = machine.detect(&[]);
        let said = text(&output.stdout) + &text(&output.stderr);
        let obeyed = |c: char| c == '\u{202e}' || c != '\n' && c.is_control();
        assert!(said.contains("2J") && !said.contains(obeyed), "{said:?}");
    }
}

#[test]
fn what_somebody_else_has_written_is_left_alone() {
    let taken = "pairpanel: /etc/pairpanel/pairpanel.d/50-board.toml is there already and";
    for (there, says) in [
        ("board = \"none\"\n", "says board = \"none\"; it is left alone: take it away, or write"),
        ("hold-ms = 0\n", "names no board; "),
        ("bored = 1\n", "is no valid configuration; "),
    ] {
        let machine = Machine::raspberry_pi_4().with_known_hat();
        machine.write(DROP_IN, there.as_bytes());
        let refusal = refusal(&machine);
        assert!(refusal.starts_with(&format!("{taken} {says}")), "{refusal}");
    }
    let machine = Machine::raspberry_pi_4().with_known_hat();
    fs::create_dir_all(machine.path("/etc/pairpanel/pairpanel.d")).unwrap();
    symlink("/dev/null", machine.path(DROP_IN)).unwrap();
    assert!(refusal(&machine).starts_with(&format!("{taken} is no file that can be read; ")));
}

#[test]
fn a_drop_in_that_is_read_later_is_not_overruled_in_vain() {
    let machine = Machine::raspberry_pi_4().with_known_hat();
    machine.write("/etc/pairpanel/pairpanel.d/90-mine.toml", b"board = \"none\"\n");
    assert_eq!(
        refusal(&machine),
        "pairpanel: nothing is applied, because /etc/pairpanel/pairpanel.d/90-mine.toml, which is \
         read after /etc/pairpanel/pairpanel.d/50-board.toml, says board = \"none\"; take that out, \
         or take it for your choice\n"
    );
    // One that is read earlier is.
    let machine = Machine::raspberry_pi_4().with_known_hat();
    machine.write("/etc/pairpanel/pairpanel.d/10-mine.toml", b"board = \"none\"\n");
    assert_eq!(machine.detect(&["--apply"]).status.code(), Some(0));
}

#[test]
fn wrong_arguments_and_host_files_are_said_with_status_2() {
    let machine = Machine::raspberry_pi_4();
    assert_eq!(machine.detect(&["--probe-i2c"]).status.code(), Some(2));
    machine.write("/etc/pairpanel/boards/hosts/mine.toml", b"schema = 1\n");
    let output = machine.detect(&[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("hosts/mine.toml:1:1: "), "{}", text(&output.stderr));
}

/// An image is examined, and written into, from another machine.
#[test]
fn links_of_an_image_lead_to_files_of_the_image() {
    let detect = "[detect]\nhat = [{ vendor = \"ACME\", product = \"Panel\" }]\n";
    let hat: &[(&str, &[u8])] = &[("vendor", b"ACME\0"), ("product", b"Panel\0")];
    let machine = Machine::raspberry_pi_4().with_hat(hat).with_profile("mine", detect);
    for (from, to) in [("boards", "boards"), ("pairpanel.d", "drop-ins")] {
        let from = format!("/etc/pairpanel/{from}");
        fs::create_dir_all(machine.path("/data")).unwrap();
        fs::create_dir_all(machine.path(&from)).unwrap();
        fs::rename(machine.path(&from), machine.path(&format!("/data/{to}"))).unwrap();
        symlink(format!("/data/{to}"), machine.path(&from)).unwrap();
    }
    let output = machine.detect(&["--apply"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(machine.path("/data/drop-ins/50-board.toml").is_file());
    // Nor is there a way round by more links than are followed.
    let outside = Machine::bare();
    fs::remove_file(machine.path("/etc/pairpanel/pairpanel.d")).unwrap();
    for link in 0..=40 {
        let target = match link {
            0 => outside.root().to_owned(),
            _ => machine.path(&format!("/etc/pairpanel/link-{}", link - 1)),
        };
        let target = target.strip_prefix(machine.path("/etc/pairpanel")).unwrap_or(&target);
        symlink(target, machine.path(&format!("/etc/pairpanel/link-{link}"))).unwrap();
    }
    symlink("link-40", machine.path("/etc/pairpanel/pairpanel.d")).unwrap();
    assert!(refusal(&machine).contains("cannot write /etc/pairpanel/pairpanel.d/50-board.toml: "));
    assert_eq!(fs::read_dir(outside.root()).unwrap().count(), 0);
}

#[test]
fn whatever_a_profile_is_called_the_configuration_stays_valid() {
    let detect = "[detect]\nhat = [{ vendor = \"ACME\", product = \"Panel\" }]\n";
    let hat: &[(&str, &[u8])] = &[("vendor", b"ACME\0"), ("product", b"Panel\0")];
    for name in ["my panel", "\"", "\\", "cafe\u{301}", "\u{1b}[2J\u{7f}\n"] {
        let machine = Machine::raspberry_pi_4().with_hat(hat).with_profile(name, detect);
        for done in ["now says board = ", "says board = "] {
            let output = machine.detect(&["--apply"]);
            assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
            let said = text(&output.stdout);
            assert!(said.contains(done) && !said.contains(|c: char| c != '\n' && c.is_control()));
        }
        let written = fs::read_to_string(machine.path(DROP_IN)).unwrap();
        let config = Config::parse(Path::new(DROP_IN), &written).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(config.board.as_deref(), Some(name), "{written}");
    }
}
