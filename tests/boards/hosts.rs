//! Boards on machines: what a profile becomes there, and where it is refused.

use std::fs;
use std::path::Path;

use pairpanel::board::{
    Active, Backend, Board, Bus, Button, Confidence, Connection, DisplayProfile, Host, KeypadKind,
    Led, Line, Purpose, Source, SpiBus,
};

use crate::machine::{Machine, Tree};
use crate::{in_package, line, shipped, stem, toml_files};

#[test]
fn every_host_file_is_valid_and_built_in() {
    let files = toml_files(&in_package("boards/hosts"));
    let built_in = Host::built_in();
    assert_eq!(built_in.len(), files.len());
    for file in files {
        let id = stem(&file);
        let text = fs::read_to_string(&file).unwrap();
        let host = Host::parse(&format!("{id}.toml"), &text).unwrap_or_else(|e| panic!("{e}"));
        assert!(built_in.contains(&host), "{id}");
        assert_eq!(host.pin(27).and_then(|pin| pin.purpose).is_some(), host.pin(27).is_some());
    }
}

#[test]
fn every_recorded_machine_is_the_host_that_it_says() {
    for machine in Machine::all() {
        let host = Host::here(machine.tree().path()).unwrap().unwrap();
        assert_eq!(host.id, machine.host, "{}", machine.name);
        for pin in &host.pins {
            let resolved = machine.resolve(&pin.line);
            assert!(resolved.is_ok(), "{} pin {}: {resolved:?}", machine.name, pin.header);
        }
    }
}

/// By number the header's lines are the same on every kernel; by name they would not be found.
#[test]
fn a_pin_of_the_header_is_one_line_whatever_the_kernel_calls_it() {
    let expected = |host: &str| match host {
        "raspberrypi" => ("17", "4"),
        "nanopi-neo" => ("0", "203"),
        _ => ("1", "20"),
    };
    for machine in Machine::all() {
        let host = Host::here(machine.tree().path()).unwrap().unwrap();
        let offset = |pin| {
            let line = machine.resolve(&host.pin(pin).unwrap().line).unwrap();
            line.split_once(' ').unwrap().1.to_owned()
        };
        let (pin_11, pin_7) = expected(&machine.host);
        assert_eq!((offset(11).as_str(), offset(7).as_str()), (pin_11, pin_7), "{}", machine.name);
    }
}

#[test]
fn every_profile_resolves_on_each_machine_that_it_names() {
    let machines = Machine::all();
    for board in shipped() {
        for id in &board.hosts {
            assert!(machines.iter().any(|machine| machine.host == *id), "{}: {id}", board.id);
        }
        for machine in machines.iter().filter(|machine| board.hosts.contains(&machine.host)) {
            let tree = machine.tree();
            let there = board.clone().here(tree.path()).unwrap_or_else(|e| panic!("{e}"));
            for (line, what) in there.lines() {
                let resolved = machine.resolve(line);
                assert!(resolved.is_ok(), "{} on {}: {what}: {resolved:?}", board.id, machine.name);
            }
            let capability = |board: &Board| {
                pairpanel::daemon::fittings(board).abilities().capability(board.at_most)
            };
            assert_eq!(capability(&there), capability(&board), "{} on {}", board.id, machine.name);
            // A mainline kernel offers programs no SPI device, and on some machines no bus, unless
            // an overlay has it do so.
            let bus = there.display.as_ref().and_then(bus);
            let kind =
                |device: &str| device.trim_end_matches(|c: char| !c.is_alphabetic()).to_owned();
            if let Some(bus) = bus.filter(|bus| machine.buses.iter().any(|b| kind(b) == kind(bus)))
            {
                assert!(machine.buses.contains(&bus), "{} on {}: {bus}", board.id, machine.name);
            }
        }
    }
}

#[test]
fn every_profile_is_refused_on_machines_that_it_does_not_name() {
    for machine in Machine::all() {
        let tree = machine.tree();
        for board in shipped().into_iter().filter(|board| !board.hosts.is_empty()) {
            let (id, named) = (board.id.clone(), board.hosts.contains(&machine.host));
            let there = board.here(tree.path());
            assert_eq!(there.is_ok(), named, "{id} on {}: {there:?}", machine.name);
        }
    }
}

/// A wrong guess about an input is a dead key; one about an output is a short.
#[test]
fn no_profile_drives_a_line_that_nobody_has_seen_driven() {
    for board in shipped() {
        let display = board.display.as_ref().is_some_and(|display| !display.lines().is_empty());
        let keypad = board.keypad.as_ref().map(|keypad| &keypad.kind);
        let drives = display
            || matches!(board.led, Some(Led::Gpio { .. }))
            || board.buzzer.is_some()
            || matches!(keypad, Some(KeypadKind::Matrix { .. }));
        assert!(!drives || board.confidence != Confidence::Untested, "{}", board.id);
    }
}

/// systemd-logind shuts down when one is pressed while pairpanel does not run.
#[test]
fn no_profile_takes_a_power_key_for_its_own() {
    const KEY_POWER: u16 = 116;
    for board in shipped() {
        let is_power =
            |button: &Button| matches!(button.source, Source::Evdev { code: KEY_POWER, .. });
        assert!(!board.buttons.iter().any(is_power), "{}", board.id);
    }
}

const PROFILE: &str = "schema = 1\nname = \"x\"\nconfidence = \"untested\"\nsources = [\"x\"]\n";

fn board(rest: &str) -> Board {
    Board::parse("x.toml", &format!("{PROFILE}{rest}")).unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn a_board_on_a_host_has_lines_of_chips_and_a_bus_with_a_path() {
    let text = "hosts = \"example\"\n[display]\ncontroller = \"ssd1306\"\nbus = \"header\"\naddress = 0x3c\nwidth = 128\n\
                height = 64\nrotation = 0\n[led]\npin = { header = 3 }\nactive = \"high\"\n";
    let host = "schema = 1\nname = \"x\"\nconfidence = \"untested\"\nsources = [\"x\"]\n\
                compatible = \"example,*\"\nchip = [\"soc\", \"old\"]\n\
                pins = [{ header = 3, offset = 7, name = \"PIN3\" }, \
                { header = 5, offset = 1, chip = \"expander\" }]\ni2c = \"/dev/i2c-9\"\n\
                i2c-pins = [5]\n";
    let host = Host::parse("example.toml", host).unwrap();
    assert_eq!(host.pin(5).map(|pin| pin.purpose), Some(Some(Purpose::I2c)));
    let there = board(text).on(&host).unwrap();
    let lamp = Led::Gpio { line: line(&["soc", "old"], 7, &["PIN3"]), active: Active::High };
    assert_eq!(there.led, Some(lamp));
    assert_eq!(bus(&there.display.unwrap()).as_deref(), Some("/dev/i2c-9"));
    assert_eq!(host.pin(5).unwrap().line, line(&["expander"], 1, &[]));
    assert_eq!(host.pin(6), None);
}

#[test]
fn a_display_on_the_headers_spi_bus_is_a_device_and_lines_there() {
    let text = "[display]\ncontroller = \"sh1106\"\nspi = \"header\"\nchip-select = 1\n\
                dc = { header = 5 }\nreset = { header = 3 }\nwidth = 128\nheight = 64\n\
                rotation = 0\n";
    let host = |spi: &str| {
        let text = format!(
            "{PROFILE}compatible = \"example,*\"\nchip = \"soc\"\n\
             pins = [{{ header = 3, offset = 7 }}, {{ header = 5, offset = 1 }}]\n{spi}"
        );
        Host::parse("example.toml", &text).unwrap()
    };
    let display = board(text).on(&host("spi = \"/dev/spidev4\"\n")).unwrap().display.unwrap();
    assert_eq!(bus(&display).as_deref(), Some("/dev/spidev4.1"));
    let lines: Vec<Line> = display.lines().into_iter().map(|(line, _)| line.clone()).collect();
    assert_eq!(lines, [line(&["soc"], 1, &[]), line(&["soc"], 7, &[])]);
    let said = board(text).on(&host("")).unwrap_err().to_string();
    assert!(said.contains("no SPI bus of its header is known"), "{said}");
    let on_i2c = text.replace("spi = \"header\"\nchip-select = 1\ndc = { header = 5 }", "");
    let on_i2c =
        on_i2c.replace("reset = { header = 3 }", "") + "bus = \"header\"\naddress = 0x3c\n";
    let said = board(&on_i2c).on(&host("")).unwrap_err().to_string();
    assert!(said.contains("no I2C bus of its header is known"), "{said}");
}

/// The device of the bus that it is on.
fn bus(display: &DisplayProfile) -> Option<String> {
    let Backend::Oled(oled) = &display.backend else { return None };
    match &oled.connection {
        Connection::I2c { bus: Bus::Path(path), .. } => Some(path.clone()),
        Connection::Spi { bus: SpiBus::Path(path), .. } => Some(path.clone()),
        Connection::I2c { .. } | Connection::Spi { .. } => None,
    }
}

/// Profile and machine → why they do not go together.
#[test]
fn a_board_that_does_not_fit_a_machine_is_refused_with_what_to_do() {
    let button = |role, pin| {
        format!(
            "[[button]]\nrole = \"{role}\"\nlabel = \"{role}\"\npin = {pin}\nactive = \"low\"\n\
             bias = \"pull-up\"\n"
        )
    };
    let pin = |pin| button("accept", pin);
    let named =
        |pin| format!("hosts = [\"raspberrypi\", \"nanopi-neo\"]\n{}", button("accept", pin));
    let display = "[display]\ncontroller = \"ssd1306\"\nbus = \"header\"\naddress = 0x3c\n\
                   width = 128\nheight = 64\nrotation = 0\n";
    let twice =
        pin("{ header = 11 }") + &button("reject", "{ chip = \"pinctrl-rp1\", offset = 17 }");
    let keypad = "[keypad]\nkind = \"gpio-matrix\"\nrows = [{ header = 3 }, { header = 11 }, \
                  { header = 13 }, { header = 15 }]\ncols = [{ header = 7 }, { header = 12 }, \
                  { header = 16 }]\nkeymap = [\"123\", \"456\", \"789\", \"*0#\"]\nenter = \"#\"\n\
                  erase = \"*\"\nbias = \"as-is\"\n";
    const PI: &str = "raspberrypi,5-model-b";
    const OTHER: &str = "radxa,zero-3w";
    let bus = |controller: &str| {
        let pin = "{ chip = \"pinctrl-rp1\", offset = 10 }";
        let display = display.replace("bus = \"header\"\naddress = 0x3c", controller);
        display + &button("accept", pin)
    };
    let spi = bus("spi = \"header\"\nchip-select = 0\ndc = { header = 18 }");
    let other_bus = bus("bus = \"header\"\naddress = 0x3c");
    let cases: [(&str, &[&str], &str); 12] = [
        (
            &named("{ header = 11 }"),
            &[OTHER],
            "board x is known to fit raspberrypi and nanopi-neo only, and this is radxa-zero-3; if \
             you know where each of its pins leads here, copy it to /etc/pairpanel/boards, and \
             correct its pins and `hosts`",
        ),
        (
            &named("{ header = 11 }"),
            &["example,computer", "example,chip"],
            "board x is known to fit raspberrypi and nanopi-neo only, and no host file has \
             \"example,computer\"; tell where the pins of its header lead in \
             /etc/pairpanel/boards/hosts/NAME.toml, and add NAME to `hosts` in a copy of the profile",
        ),
        // Its lines are those of any chip of that name; nobody knows what they are here.
        (
            &named("{ chip = \"soc\", offset = 3 }"),
            &[],
            "board x is known to fit raspberrypi and nanopi-neo only, and no host file has a machine \
             without a device tree; tell where ",
        ),
        // Its header is another one, though its name begins the same.
        (&named("{ header = 11 }"), &["raspberrypi,model-b"], "board x is known to fit "),
        (
            &pin("{ header = 37 }"),
            &["friendlyarm,nanopi-neo"],
            "board x does not fit nanopi-neo: button \"accept\" is on pin 37, which is no GPIO line \
             of the header; correct the profile, or the host file",
        ),
        (
            &spi,
            &["friendlyarm,nanopi-neo2"],
            "board x does not fit nanopi-neo: no SPI bus of its header is known; correct ",
        ),
        (
            &twice,
            &[PI],
            "board x does not fit raspberrypi: button \"reject\" and button \"accept\" are both on \
             line 17 of pinctrl-rp1; correct ",
        ),
        // The firmware drives it, whatever it is written as.
        (
            &pin("{ chip = [\"pinctrl-bcm2711\", \"pinctrl-rp1\"], offset = 0 }"),
            &[PI],
            "board x does not fit raspberrypi: button \"accept\" is on pin 27, which is for the ID \
             EEPROM of HATs; correct ",
        ),
        (
            &spi,
            &[PI],
            "board x does not fit raspberrypi: button \"accept\" is on pin 19, which is a line of \
             the SPI bus that the display is on; correct ",
        ),
        (&other_bus, &[PI], ""),
        (
            keypad,
            &[OTHER],
            "board x does not fit radxa-zero-3: the keypad's rows are on two chips; correct ",
        ),
        (&pin("{ header = 11 }"), &["example,computer"], ""),
    ];
    for (text, compatible, expected) in cases {
        let tree = Tree::with(compatible);
        let said = board(text).here(tree.path()).map_or_else(|e| e.to_string(), |_| String::new());
        assert!(said.starts_with(expected), "{said}");
        assert_eq!(said.is_empty(), expected.is_empty(), "{said}");
    }
}

#[test]
fn a_pin_of_a_header_that_nobody_knows_stays_one() {
    let text = "[led]\npin = { header = 3 }\nactive = \"high\"\n";
    let there = board(text).here(Tree::with(&[]).path()).unwrap();
    let lamp = Led::Gpio { line: Line::Header(3), active: Active::High };
    assert_eq!(there.led, Some(lamp));
    let said = Machine::all()[0].resolve(&Line::Header(3)).unwrap_err();
    assert!(said.starts_with("where header pin 3 leads on this machine no host file tells; "));
}

#[test]
fn a_host_file_of_the_administrator_goes_before_those_of_distribution_and_binary() {
    let text = |name: &str, compatible: &str| {
        format!(
            "schema = 1\nname = \"{name}\"\nconfidence = \"untested\"\nsources = [\"x\"]\n\
             compatible = {compatible}\nchip = \"soc\"\npins = [{{ header = 1, offset = 2 }}]\n"
        )
    };
    let tree = Tree::with(&["raspberrypi,5-model-b", "brcm,bcm2712"]);
    let here = || Host::here(tree.path()).unwrap().map(|host| (host.id, host.name));
    let said = |id: &str, name: &str| Some((id.to_owned(), name.to_owned()));
    assert_eq!(here().unwrap().0, "raspberrypi");
    // The family of chips comes after the model, even where that is known by its beginning only,
    // but a whole text goes before every beginning.
    tree.write("etc/pairpanel/boards/hosts/chip.toml", &text("By chip", "\"brcm,*\""));
    assert_eq!(here().unwrap().0, "raspberrypi");
    tree.write("etc/pairpanel/boards/hosts/chip.toml", &text("By chip", "\"brcm,bcm2712\""));
    assert_eq!(here(), said("chip", "By chip"));
    let model = text("By model", "[\"x\", \"raspberrypi,5-model-b\"]");
    tree.write("usr/share/pairpanel/boards/hosts/raspberrypi.toml", &model);
    assert_eq!(here(), said("raspberrypi", "By model"));
    let model = text("By the administrator", "\"raspberrypi,5-model-b\"");
    tree.write("etc/pairpanel/boards/hosts/raspberrypi.toml", &model);
    assert_eq!(here(), said("raspberrypi", "By the administrator"));
    tree.write("etc/pairpanel/boards/hosts/raspberrypi.toml", "schema = 7\n");
    let said = Host::here(tree.path()).unwrap_err().to_string();
    let file = Path::new("etc/pairpanel/boards/hosts/raspberrypi.toml");
    assert!(said.contains(&format!("{}:1:10: schema: ", file.display())), "{said}");
}

#[test]
fn an_exception_is_written_as_what_it_is_one_of() {
    let text = "schema = 1\nname = \"x\"\nconfidence = \"untested\"\nsources = [\"x\"]\n\
                compatible = [\"acme,*\", \"chip,c1\"]\nexcept = [\"acme,old\", \"acme,mini-*\"]\n\
                chip = \"soc\"\npins = []\n";
    for (machine, is_it) in [
        ("acme,new", true),
        ("acme,older", true),
        ("acme,old", false),
        ("acme,mini-2", false),
        ("acme,mini", true),
    ] {
        let tree = Tree::with(&[machine, "chip,c1"]);
        tree.write("etc/pairpanel/boards/hosts/mine.toml", text);
        assert_eq!(Host::here(tree.path()).unwrap().is_some(), is_it, "{machine}");
    }
}
