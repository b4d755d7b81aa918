//! A panel that is none of ours: what it does not acknowledge is never accepted.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use pairpanel::clock::{Clock, ManualClock};
use pairpanel::daemon::{self, Setup};
use pairpanel::pairing::{
    Capability, Fittings, Key, KeyFitting, Light, Policy, Press, PromptId, Screen,
};
use pairpanel::panel::{Panel, Reporter};
use pairpanel::sim::{FakeBluetoothd, FakeBus, Habit, Options, Outcome, Store};
use tokio::sync::watch;

use crate::world::{eventually, open_window, phone, registered};

/// The last screen, and how many there have been.
type Seen = (Option<Screen>, usize);

struct Paper {
    reporter: Reporter,
    seen: watch::Sender<Seen>,
    acknowledges: Arc<AtomicBool>,
}

impl Panel for Paper {
    fn show(&mut self, screen: &Screen, asked: Option<PromptId>) {
        self.seen.send_modify(|(last, count)| {
            *last = Some(screen.clone());
            *count += 1;
        });
        if let Some(prompt) = asked.filter(|_| self.acknowledges.load(Ordering::SeqCst)) {
            self.reporter.shown(prompt);
        }
    }
}

struct Desk {
    clock: ManualClock,
    bluetoothd: FakeBluetoothd,
    reporter: Reporter,
    seen: watch::Receiver<Seen>,
    light: watch::Receiver<Light>,
    acknowledges: Arc<AtomicBool>,
    _bus: FakeBus,
}

impl Desk {
    async fn new() -> Self {
        let bus = FakeBus::start().unwrap();
        let clock = ManualClock::new();
        let time = Clock::Manual(clock.clone());
        let (options, store) = (Options::default(), Store::default());
        let bluetoothd =
            FakeBluetoothd::start(bus.address(), time.clone(), options, store).await.unwrap();
        let accept = KeyFitting { label: "Enter".to_owned(), debounce: Duration::ZERO };
        let buttons = BTreeMap::from([(Key::Accept, accept)]);
        let fittings = Fittings { display: true, buttons, ..Fittings::default() };
        let policy = Policy { hold: Duration::ZERO, ..open_window() };
        let acknowledges = Arc::new(AtomicBool::new(true));
        let (sender, seen) = watch::channel((None, 0));
        let (hand_over, handed_over) = tokio::sync::oneshot::channel();
        let on_paper = Arc::clone(&acknowledges);
        let setup = Setup::new(fittings, policy, move |reporter: Reporter| {
            reporter.ready();
            reporter.key_ready(Key::Accept, false);
            let _ = hand_over.send(reporter.clone());
            Ok(Box::new(Paper { reporter, seen: sender, acknowledges: on_paper }))
        });
        let setup = Setup { clock: time, bus: Some(bus.address().to_owned()), ..setup };
        let light = setup.light.subscribe();
        tokio::spawn(daemon::run(setup, std::future::pending()));
        let reporter = handed_over.await.unwrap();
        registered(&bluetoothd, Capability::DisplayYesNo).await;
        eventually("the window is open", || bluetoothd.is_discoverable()).await;
        Self { clock, bluetoothd, reporter, seen, light, acknowledges, _bus: bus }
    }

    /// A pairing, at whose prompt the key is pressed; if that does nothing, nobody tries again.
    async fn pair(&mut self) -> Outcome {
        let (phone, mut person) = (phone(), Habit::Accepts);
        let pairing = phone.pair(&self.bluetoothd, &mut person);
        let presses = async {
            let mut shows = async |wanted: Option<Press>| {
                let is_shown = |(screen, _): &Seen| match screen {
                    Some(Screen::Compare { keys, .. }) => wanted == Some(keys.press),
                    _ => wanted.is_none(),
                };
                self.seen.wait_for(is_shown).await.unwrap();
            };
            shows(Some(Press::Tap)).await;
            self.clock.advance(Duration::from_secs(1));
            self.reporter.pressed(Key::Accept);
            if self.acknowledges.load(Ordering::SeqCst) {
                self.reporter.released(Key::Accept);
                shows(None).await;
            } else {
                shows(Some(Press::LetGo)).await;
                self.reporter.released(Key::Accept);
                shows(Some(Press::Tap)).await;
                self.clock.advance(Duration::from_secs(25));
            }
        };
        tokio::join!(pairing, presses).0
    }
}

#[tokio::test]
async fn a_panel_of_ones_own_pairs_if_it_says_that_the_code_can_be_seen_and_not_otherwise() {
    let mut desk = Desk::new().await;
    desk.acknowledges.store(false, Ordering::SeqCst);
    assert_eq!(desk.pair().await, Outcome::RefusedByPanel);
    desk.acknowledges.store(true, Ordering::SeqCst);
    assert_eq!(desk.pair().await, Outcome::Paired { authenticated: true });
}

#[tokio::test]
async fn a_panel_that_comes_back_is_shown_the_present_screen() {
    let mut desk = Desk::new().await;
    desk.reporter.failed("out of paper");
    registered(&desk.bluetoothd, Capability::NoInputNoOutput).await;
    let (screen, before) = desk.seen.borrow_and_update().clone();
    desk.reporter.ready();
    registered(&desk.bluetoothd, Capability::DisplayYesNo).await;
    let (again, after) = desk.seen.borrow_and_update().clone();
    assert!(screen.is_some() && again.is_some() && after > before);
}

#[tokio::test]
async fn a_lamp_is_told_what_the_screen_says() {
    let mut desk = Desk::new().await;
    let mut light = desk.light.clone();
    light.wait_for(|light| *light == Light::Window).await.unwrap();
    let waits = async { light.wait_for(|light| *light == Light::Waiting).await.map(|_| ()) };
    let (waited, outcome) = tokio::join!(waits, desk.pair());
    waited.unwrap();
    assert_eq!(outcome, Outcome::Paired { authenticated: true });
    let told = desk.light.wait_for(|light| *light == Light::Good).await;
    assert!(told.is_ok());
}
