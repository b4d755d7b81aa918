//! What a prompt costs on the wire: a table in the README. Each row is measured here, beside what
//! the `ssd1306` crate's buffered mode sends for the same pictures.
//!
//! `UPDATE_TABLE=1 cargo test --test panel table` writes the file anew.

use std::fs;
use std::path::Path;

use ::ssd1306::mode::DisplayConfig as _;
use ::ssd1306::prelude::*;
use ::ssd1306::{I2CDisplayInterface, Ssd1306};
use display_interface::WriteOnlyDataCommand;
use pairpanel::board::Controller;
use pairpanel::display::draw::{Style, draw};
use pairpanel::display::{Driver as _, Frame};
use pairpanel::pairing::{Keys, Passkey, Peer, Press, Screen};

use crate::glass::{Emulator, Glass, Which};
use crate::panels::{WIRES, Wire, dark, glass, panel, picture};

const BEGIN: &str = "<!-- The table below is written by a test: see tests/panel/table.rs. -->\n";
const END: &str = "<!-- End of the table. -->\n";

/// Transactions and bytes of each step.
type Costs = [(usize, usize); 4];

const STEPS: [&str; 4] = ["first prompt", "countdown tick", "hold-bar step", "no change"];

/// A prompt at each step, and before the third one another picture that is not counted: a bar that
/// is there already.
struct Pictures {
    prompt: Frame,
    tick: Frame,
    holding: Frame,
    step: Frame,
}

impl Pictures {
    fn on(glass: &Glass) -> Self {
        let drawn = |seconds, press| {
            let keys = Keys { accept: Some("A".into()), reject: Some("B".into()), press };
            let peer = Peer::new("Anna's Pixel", "00:11:22:33:9A:4C".into());
            let passkey = Passkey::new(14_980).unwrap();
            let mut frame = dark(glass);
            draw(&Screen::Compare { peer, passkey, seconds, keys }, &Style::default(), &mut frame);
            frame
        };
        Self {
            prompt: drawn(24, Press::Hold),
            tick: drawn(23, Press::Hold),
            holding: drawn(23, Press::Holding(7)),
            step: drawn(23, Press::Holding(8)),
        }
    }
}

/// Shows the pictures with `show`, the first of them with `first`, and counts.
fn costs<P>(
    glass: &Glass,
    emulator: &Emulator,
    panel: &mut P,
    first: impl Fn(&mut P, &Frame),
    show: impl Fn(&mut P, &Frame),
) -> Costs {
    let pictures = Pictures::on(glass);
    let counted = |frame: &Frame| {
        assert_eq!(picture(&emulator.seen()), picture(frame), "{glass:?}");
        emulator.take_counts()
    };
    emulator.take_counts();
    first(panel, &pictures.prompt);
    let prompt = counted(&pictures.prompt);
    show(panel, &pictures.tick);
    let tick = counted(&pictures.tick);
    show(panel, &pictures.holding);
    counted(&pictures.holding);
    show(panel, &pictures.step);
    let step = counted(&pictures.step);
    show(panel, &pictures.step);
    [prompt, tick, step, counted(&pictures.step)]
}

/// As `pairpanel run`: dark when it starts, and a new prompt initialises the panel anew.
fn ours(glass: Glass, wire: Wire) -> Costs {
    let (mut panel, emulator) = panel(glass, wire);
    panel.blank().unwrap();
    costs(
        &glass,
        &emulator,
        &mut panel,
        |panel, frame| panel.refresh(frame).unwrap(),
        |panel, frame| panel.show(frame).unwrap(),
    )
}

#[derive(Clone, Copy)]
enum Way {
    /// The buffer is cleared and drawn anew, as programs do.
    Anew,
    /// Only pixels that differ are set, which the crate cannot know by itself.
    Changed,
}

/// As a program that draws the same pictures with the crate's buffered mode.
fn of_crate<S: DisplaySize>(glass: Glass, wire: Wire, size: S, way: Way) -> Costs {
    let emulator = Emulator::new(glass);
    match wire {
        Wire::I2c => {
            let interface = I2CDisplayInterface::new(emulator.clone());
            buffered(glass, &emulator, interface, size, way)
        }
        Wire::Spi => {
            let interface = SPIInterface::new(emulator.clone(), emulator.line(Which::Dc));
            buffered(glass, &emulator, interface, size, way)
        }
    }
}

fn buffered<I: WriteOnlyDataCommand, S: DisplaySize>(
    glass: Glass,
    emulator: &Emulator,
    interface: I,
    size: S,
    way: Way,
) -> Costs {
    let mut panel =
        Ssd1306::new(interface, size, DisplayRotation::Rotate0).into_buffered_graphics_mode();
    panel.init().unwrap();
    panel.flush().unwrap();
    let mut panel = (panel, dark(&glass));
    let show = |(panel, shown): &mut (_, Frame), frame: &Frame| {
        let panel: &mut Ssd1306<I, S, ::ssd1306::mode::BufferedGraphicsMode<S>> = panel;
        if let Way::Anew = way {
            panel.clear_buffer();
            *shown = dark(&glass);
        }
        for (x, y) in (0..frame.width()).flat_map(|x| (0..frame.height()).map(move |y| (x, y))) {
            if frame.get(x, y) != shown.get(x, y) {
                panel.set_pixel(x as u32, y as u32, frame.get(x, y));
            }
        }
        panel.flush().unwrap();
        *shown = frame.clone();
    };
    costs(&glass, emulator, &mut panel, show, show)
}

fn row(panel: &str, wire: Wire, driver: &str, costs: Costs) -> String {
    let cells: Vec<_> = costs
        .iter()
        .map(|(transfers, bytes)| match transfers {
            0 => "0".to_owned(),
            _ => format!("{bytes} ({transfers})"),
        })
        .collect();
    let wire = if wire == Wire::I2c { "I2C" } else { "SPI" };
    format!("| {panel} | {wire} | {driver} | {} |\n", cells.join(" | "))
}

fn table() -> String {
    let mut table = format!("| panel | bus | driver | {} |\n", STEPS.join(" | "));
    table.push_str("|---|---|---|---|---|---|---|\n");
    let large = glass(Controller::Ssd1306, 128, 64);
    let small = glass(Controller::Ssd1306, 128, 32);
    let (anew, changed) = ("`ssd1306` crate, drawn anew", "`ssd1306` crate, changed pixels set");
    for wire in WIRES {
        let name = "SSD1306 128x64";
        table += &row(name, wire, "pairpanel", ours(large, wire));
        for (words, way) in [(anew, Way::Anew), (changed, Way::Changed)] {
            table += &row(name, wire, words, of_crate(large, wire, DisplaySize128x64, way));
        }
    }
    for wire in WIRES {
        let name = "SSD1306 128x32";
        table += &row(name, wire, "pairpanel", ours(small, wire));
        for (words, way) in [(anew, Way::Anew), (changed, Way::Changed)] {
            table += &row(name, wire, words, of_crate(small, wire, DisplaySize128x32, way));
        }
    }
    let others = [
        ("SSD1309 128x64", glass(Controller::Ssd1309, 128, 64)),
        ("SH1106 128x64", glass(Controller::Sh1106, 128, 64)),
        ("SH1107 128x128", glass(Controller::Sh1107, 128, 128)),
    ];
    for (name, glass) in others {
        for wire in WIRES {
            table += &row(name, wire, "pairpanel", ours(glass, wire));
        }
    }
    table
}

#[test]
fn the_table_of_bytes_in_the_readme_is_what_is_measured() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let (before, rest) = readme.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let expected = format!("{before}{BEGIN}\n{}\n{END}{after}", table());
    if std::env::var_os("UPDATE_TABLE").is_some() {
        fs::write(&path, &expected).unwrap();
    }
    let readme = fs::read_to_string(path).unwrap();
    assert_eq!(readme, expected, "UPDATE_TABLE=1 cargo test --test panel table writes it anew");
}

#[test]
fn what_has_not_changed_costs_nothing_on_any_panel() {
    for (glass, wire) in crate::panels::glasses().into_iter().flat_map(|g| WIRES.map(|w| (g, w))) {
        let (mut panel, emulator) = panel(glass, wire);
        let frame = crate::panels::corner(&glass);
        panel.show(&frame).unwrap();
        emulator.take_counts();
        panel.show(&frame).unwrap();
        assert_eq!(emulator.take_counts(), (0, 0), "{glass:?} {wire:?}");
    }
}
