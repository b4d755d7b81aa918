//! A glass that nobody looks at.

use std::time::Duration;

use pairpanel::board::{Board, Role};
use pairpanel::daemon::fittings;
use pairpanel::display::Frame;
use pairpanel::pairing::{AtStart, Capability, Command, CommandId, Dims, Event, Glow, Policy};
use pairpanel::sim::Outcome;

use crate::world::{BONNET, Gesture, World, eventually, phone, registered};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test]
async fn an_idle_glass_goes_dark_and_a_press_does_no_more_than_light_it() {
    let never = Policy { window_at_start: AtStart::Never, ..Policy::default() };
    let world = World::new(BONNET, never);
    let bluetoothd = world.start_bluetoothd().await;
    registered(&bluetoothd, Capability::DisplayYesNo).await;
    eventually("what bluetoothd opened is closed again", || !bluetoothd.is_pairable()).await;
    let glass = world.panel.glass.clone();
    let dark = Frame::new(128, 64);
    let is_dark = || *glass.watch().borrow() == dark;
    eventually("it is lit", || !is_dark()).await;
    world.clock.advance(SECOND * 20);
    eventually("it is dim", || glass.glow() == Glow::Dim).await;
    assert!(!is_dark());
    world.clock.advance(SECOND * 20);
    eventually("it is off", || glass.glow() == Glow::Off && is_dark()).await;

    world.panel.edge(Role::Accept, true);
    world.panel.pass(Duration::from_millis(50)).await;
    eventually("it is lit by the finger", || glass.glow() == Glow::Full && !is_dark()).await;
    world.panel.pass(SECOND * 5).await;
    world.panel.edge(Role::Accept, false);
    world.panel.pass(Duration::from_millis(50)).await;
    assert!(!bluetoothd.is_pairable());
    world.panel.press(Role::Accept, Duration::from_millis(2100)).await;
    eventually("it is open", || bluetoothd.is_pairable()).await;
}

#[tokio::test]
async fn a_phone_pairs_at_a_glass_that_was_dark_when_the_window_opened() {
    let never = Policy { window_at_start: AtStart::Never, ..Policy::default() };
    let mut world = World::new(BONNET, never);
    let bluetoothd = world.start_bluetoothd().await;
    registered(&bluetoothd, Capability::DisplayYesNo).await;
    eventually("what bluetoothd opened is closed again", || !bluetoothd.is_pairable()).await;
    world.clock.advance(SECOND * 3600);
    let glass = world.panel.glass.clone();
    eventually("it is off", || glass.glow() == Glow::Off).await;
    let command = Command::OpenWindow(None);
    world.panel.tell(Event::Command { id: CommandId(7), command });
    eventually("it is open", || bluetoothd.is_pairable()).await;
    let outcome = world.pair(&bluetoothd, &phone(), Gesture::Hold).await;
    assert_eq!(outcome, Outcome::Paired { authenticated: true });
    assert_eq!(glass.glow(), Glow::Full);
}

#[test]
fn only_a_display_that_has_a_brightness_is_dimmed() {
    let of_kernel = BONNET.replace(
        "controller = \"ssd1306\"\nbus = \"/dev/i2c-1\"\naddress = 0x3c",
        "controller = \"framebuffer\"\nframebuffer = \"ssd130xdrmfb\"",
    );
    let cases = [(BONNET, Dims::DimAndOff), (&of_kernel, Dims::OffOnly)];
    for (board, expected) in cases {
        let board = Board::parse("board.toml", board).unwrap();
        assert_eq!(fittings(&board).dims, expected, "{:?}", board.display);
    }
    assert_eq!(fittings(&Board::load("none").unwrap()).dims, Dims::Never);
}
