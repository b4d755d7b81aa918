//! Evidence that no recorded tree has: lines of GPIO chips, and what answers on a bus.

use std::collections::BTreeMap;
use std::io;

use pairpanel::board::Board;
use pairpanel::detect::{Chip, Evidence, Probe, ProbeBus, Probed, Suggestion, gather, suggest};
use pairpanel::input::{ChipInfo, HeldLine};

use crate::machine::Machine;

/// A bus with something at some addresses, which says what it was asked.
#[derive(Default)]
struct FakeBus {
    /// What answers where; an error number for what does not answer as it should.
    there: BTreeMap<u8, Result<u8, i32>>,
    asked: Vec<(String, u8)>,
}

impl ProbeBus for FakeBus {
    fn read(&mut self, bus: &str, address: u8) -> io::Result<u8> {
        const EREMOTEIO: i32 = 121;
        self.asked.push((bus.to_owned(), address));
        let found = self.there.get(&address).copied().unwrap_or(Err(EREMOTEIO));
        found.map_err(io::Error::from_raw_os_error)
    }
}

fn board(file: &str, text: &str) -> Board {
    let head = "schema = 1\nname = \"Mine\"\nconfidence = \"verified\"\nsources = [\"me\"]\n";
    Board::parse(file, &format!("{head}{text}")).unwrap()
}

fn display(file: &str, address: u8) -> Board {
    let keys = "controller = \"ssd1306\"\nbus = \"header\"\nwidth = 128\nheight = 64\nrotation = 0";
    board(file, &format!("[display]\n{keys}\naddress = {address}\n"))
}

fn key(file: &str, pin: u8) -> Board {
    let keys = "role = \"accept\"\nlabel = \"A\"\nactive = \"low\"\nbias = \"pull-up\"";
    board(
        file,
        &format!("hosts = \"raspberrypi\"\n[[button]]\n{keys}\npin = {{ header = {pin} }}\n"),
    )
}

fn probed(machine: &Machine, bus: &mut FakeBus) -> Evidence {
    gather(machine.root(), false, Some(bus)).unwrap()
}

fn judged(evidence: &Evidence, boards: Vec<Board>) -> (Vec<Suggestion>, Vec<Suggestion>) {
    let boards = boards.into_iter().map(|board| (board.id.clone(), Ok(board))).collect();
    let outcome = suggest(evidence, boards);
    assert_eq!(outcome.left_out, []);
    (outcome.suggestions, outcome.silent)
}

#[test]
fn the_bus_is_asked_only_when_wanted_and_at_two_addresses() {
    let machine = Machine::raspberry_pi_4();
    assert_eq!(gather(machine.root(), false, None).unwrap().probe, Probe::NotWanted);
    let mut bus = FakeBus { there: BTreeMap::from([(0x3c, Ok(0x43))]), asked: Vec::new() };
    let evidence = probed(&machine, &mut bus);
    let header = "/dev/i2c-1".to_owned();
    assert_eq!(bus.asked, [(header.clone(), 0x3c), (header.clone(), 0x3d)]);
    let found = vec![(0x3c, Probed::Answers(0x43)), (0x3d, Probed::Silent)];
    assert_eq!(evidence.probe, Probe::Done { bus: header, found });

    let boards = vec![display("a.toml", 0x3d), display("b.toml", 0x3c), display("c.toml", 0x3e)];
    let (suggestions, silent) = judged(&evidence, boards);
    let [only] = suggestions.as_slice() else { panic!("{suggestions:?}") };
    assert_eq!(only.board.id, "b");
    let reasons = [
        "something answers at 0x3c on /dev/i2c-1",
        "fits raspberrypi, as any machine that has its pins",
    ];
    assert_eq!(only.reasons, reasons);
    assert_eq!(silent[0].against, ["nothing answers at 0x3d on /dev/i2c-1"]);
    assert!(silent[1].against.is_empty(), "nobody has asked 0x3e");
}

#[test]
fn an_address_that_a_driver_of_the_kernel_has_is_not_asked() {
    let machine = Machine::raspberry_pi_4().with_driven_display();
    let mut bus = FakeBus { there: BTreeMap::from([(0x3c, Ok(0x43))]), asked: Vec::new() };
    let evidence = probed(&machine, &mut bus);
    assert_eq!(bus.asked, [("/dev/i2c-1".to_owned(), 0x3d)]);
    let Probe::Done { found, .. } = &evidence.probe else { panic!("{:?}", evidence.probe) };
    assert_eq!(found[0], (0x3c, Probed::Owned("ssd130x-i2c".to_owned())));
}

#[test]
fn a_machine_in_no_host_file_or_without_the_bus_is_not_asked() {
    let without_bus = Machine::raspberry_pi_4();
    std::fs::remove_file(without_bus.path("/dev/i2c-1")).unwrap();
    for (machine, why) in [
        (Machine::bare(), "no host file says which I2C bus this machine's header has"),
        (
            without_bus,
            "there is no /dev/i2c-1; enable it (dtparam=i2c_arm=on in a Raspberry Pi's config.txt) \
             and load the module i2c-dev",
        ),
    ] {
        let mut bus = FakeBus::default();
        assert_eq!(probed(&machine, &mut bus).probe, Probe::Impossible(why.to_owned()));
        assert_eq!(bus.asked, []);
    }
}

/// Only by its number can be told whether a driver of the kernel has an address on it.
#[test]
fn a_bus_whose_number_nobody_knows_is_not_asked() {
    let host = |bus: &str| {
        let machine = Machine::raspberry_pi_4().with_driven_display();
        let text = format!(
            "schema = 1\nname = \"x\"\nconfidence = \"untested\"\nsources = [\"x\"]\n\
             compatible = \"raspberrypi,4-model-b\"\nchip = \"soc\"\npins = []\ni2c = \"{bus}\"\n"
        );
        machine.write("/etc/pairpanel/boards/hosts/mine.toml", text.as_bytes());
        machine.write("/dev/header", b"");
        std::os::unix::fs::symlink("i2c-1", machine.path("/dev/linked")).unwrap();
        machine
    };
    let mut bus = FakeBus::default();
    let probe = probed(&host("/dev/header"), &mut bus).probe;
    let why = "which addresses of /dev/header a driver of the kernel has cannot be told; name the \
               bus as /dev/i2c-N, or by a link to it, in the host file";
    assert_eq!((probe, bus.asked), (Probe::Impossible(why.to_owned()), vec![]));
    let mut bus = FakeBus::default();
    probed(&host("/dev/linked"), &mut bus);
    assert_eq!(bus.asked, [("/dev/linked".to_owned(), 0x3d)]);
}

#[test]
fn a_bus_that_fails_is_not_taken_for_a_silent_one() {
    const EACCES: i32 = 13;
    let denied = BTreeMap::from([(0x3c, Err(EACCES))]);
    let mut bus = FakeBus { there: denied, asked: Vec::new() };
    let evidence = probed(&Machine::raspberry_pi_4(), &mut bus);
    let Probe::Done { found, .. } = &evidence.probe else { panic!("{:?}", evidence.probe) };
    let denied = Probed::Failed("Permission denied (os error 13)".to_owned());
    assert_eq!(*found, [(0x3c, denied), (0x3d, Probed::Silent)]);
    let (suggestions, silent) = judged(&evidence, vec![display("a.toml", 0x3c)]);
    assert!(suggestions.is_empty() && silent[0].against.is_empty());
}

#[test]
fn lines_that_others_have_speak_against_a_board_and_its_own_do_not() {
    let mut evidence = gather(Machine::raspberry_pi_4().root(), false, None).unwrap();
    assert!(evidence.chips.is_empty() && evidence.chips_unknown.is_some());
    let path = "/dev/gpiochip0".to_owned();
    let info = ChipInfo { path, label: "pinctrl-bcm2711".to_owned(), lines: 58 };
    let held = |offset, consumer: &str| HeldLine { offset, consumer: consumer.to_owned() };
    // Header pins 29, 31 and 32.
    let held = vec![held(5, "onewire@0"), held(6, "pairpanel"), held(12, "")];
    evidence.chips = vec![Chip { info, held }];
    let boards = [29, 31, 32, 33].map(|pin| key(&format!("{pin}.toml"), pin)).to_vec();
    let (_, silent) = judged(&evidence, boards);
    let against: Vec<&[String]> = silent.iter().map(|s| s.against.as_slice()).collect();
    let other = "\"onewire@0\" has line 5 of pinctrl-bcm2711, which is for button \"A\"".to_owned();
    let kernel = "the kernel has line 12 of pinctrl-bcm2711, which is for button \"A\"".to_owned();
    assert_eq!(against, [&[other][..], &[], &[kernel], &[]]);
}

#[test]
fn the_stronger_reason_goes_first_and_then_what_has_less_against_it() {
    let machine = Machine::raspberry_pi_4().with_known_hat().with_stick();
    let mut bus = FakeBus { there: BTreeMap::from([(0x3c, Ok(0))]), asked: Vec::new() };
    let evidence = probed(&machine, &mut bus);
    let hat = "[detect]\nhat = [{ vendor = \"pisugar\", product-id = 1 }]\n";
    let stick = |phys: &str| {
        format!(
            "[[button]]\nrole = \"accept\"\nlabel = \"A\"\n[button.evdev]\nname = \"Raspberry Pi \
             Sense HAT Joystick\"\nphys = \"{phys}\"\ncode = \"KEY_ENTER\"\n"
        )
    };
    let lamp = "[led]\nsysfs = \"missing\"\n";
    let here = stick("rpi-sense-joy/input0");
    let boards = vec![
        display("answers.toml", 0x3c),
        board("elsewhere.toml", &stick("usb-1/input0")),
        board("exact.toml", hat),
        board("known-dark.toml", &format!("{here}{lamp}")),
        board("known.toml", &here),
    ];
    let (suggestions, silent) = judged(&evidence, boards);
    let ids: Vec<&str> = suggestions.iter().map(|s| s.board.id.as_str()).collect();
    assert_eq!(ids, ["exact", "known", "known-dark", "answers"]);
    assert_eq!(suggestions[2].against, ["there is no LED missing in /sys/class/leds"]);
    assert_eq!(
        silent[0].against,
        [
            "\"Raspberry Pi Sense HAT Joystick\" is at rpi-sense-joy/input0 and not where the profile \
          has it; write that as `phys` in a copy"
        ]
    );
}

#[test]
fn a_framebuffer_is_known_by_how_its_name_begins_and_a_bus_of_spi_has_to_be_there() {
    let machine = Machine::raspberry_pi_4().with_driven_display();
    let size = "width = 128\nheight = 64\nrotation = 0\n";
    let kernel = |file, name| {
        let keys = format!("controller = \"framebuffer\"\nframebuffer = \"{name}\"\n");
        board(file, &format!("[display]\n{keys}{size}"))
    };
    let pins = "spi = \"header\"\nchip-select = 0\ndc = { header = 18 }\n";
    let spi = board("spi.toml", &format!("[display]\ncontroller = \"sh1106\"\n{pins}{size}"));
    let boards = vec![kernel("known.toml", "ssd130x"), kernel("other.toml", "fb_sh1106"), spi];
    let evidence = gather(machine.root(), false, None).unwrap();
    let (suggestions, silent) = judged(&evidence, boards.clone());
    assert_eq!(suggestions.len(), 1);
    assert_eq!(
        suggestions[0].reasons[0],
        "the kernel drives a display as framebuffer \"ssd130xdrmfb\", /dev/fb0"
    );
    assert_eq!(silent[0].against, ["no framebuffer of the kernel is called \"fb_sh1106\""]);
    assert_eq!(silent[1].against, ["there is no /dev/spidev0.0; enable it first"]);

    machine.write("/sys/class/graphics/fb1/name", b"ssd130xdrmfb\n");
    machine.write("/dev/spidev0.0", b"");
    let evidence = gather(machine.root(), false, None).unwrap();
    let (suggestions, silent) = judged(&evidence, boards);
    assert!(suggestions.is_empty(), "{suggestions:?}");
    let two = "more than one framebuffer of the kernel is called \"ssd130x\"; write more of the \
               name in a copy of the profile";
    assert_eq!(silent[0].against, [two]);
    assert!(silent[2].against.is_empty());
}
