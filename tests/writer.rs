//! The panel's thread against panels that the test holds in its hands. No test waits for a clock:
//! each step ends with a report or with a call that the panel received.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic as tests do")]

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use pairpanel::display::{Backoff, Driver, DriverError, Frame, Report, Writer};
use pairpanel::pairing::Glow;

/// When what a test waits for will not come any more.
const NEVER: Duration = Duration::from_secs(30);

/// What the thread asked of the panel.
#[derive(Debug, PartialEq)]
enum Call {
    Open,
    /// Which of the test's frames.
    Show(usize),
    Refresh(usize),
    Blank,
    Dim(Glow),
}

/// A panel of which every call waits until the test lets it pass or fail. Clones are one panel.
#[derive(Clone)]
struct HeldPanel {
    calls: Sender<Call>,
    verdicts: Arc<Mutex<Receiver<Verdict>>>,
}

type Verdict = Result<(), &'static str>;

/// The test's end of it.
struct Hand {
    writer: Option<Writer>,
    calls: Receiver<Call>,
    verdicts: Sender<Verdict>,
    reports: Receiver<Report>,
}

impl HeldPanel {
    fn call(&self, call: Call) -> Result<(), DriverError> {
        self.calls.send(call).unwrap();
        // A test that has ended lets everything pass.
        let verdict = self.verdicts.lock().unwrap().recv().unwrap_or(Ok(()));
        verdict.map_err(|reason| DriverError::TransferFailed {
            bus: "bus".to_owned(),
            address: 0x3c,
            errno: None,
            reason: reason.to_owned(),
        })
    }
}

impl Driver for HeldPanel {
    fn show(&mut self, frame: &Frame) -> Result<(), DriverError> {
        self.call(Call::Show(number_of(frame)))
    }

    fn refresh(&mut self, frame: &Frame) -> Result<(), DriverError> {
        self.call(Call::Refresh(number_of(frame)))
    }

    fn blank(&mut self) -> Result<(), DriverError> {
        self.call(Call::Blank)
    }

    fn dim(&mut self, glow: Glow) -> Result<(), DriverError> {
        self.call(Call::Dim(glow))
    }
}

impl Hand {
    fn new(wait: Duration) -> Self {
        let (call, calls) = channel();
        let (verdict, verdicts) = channel();
        let (report, reports) = channel();
        let panel = HeldPanel { calls: call, verdicts: Arc::new(Mutex::new(verdicts)) };
        let open = move || -> Result<Box<dyn Driver>, DriverError> {
            panel.call(Call::Open)?;
            Ok(Box::new(panel.clone()))
        };
        let told = move |told| {
            // A test that has ended does not listen.
            let _ = report.send(told);
        };
        let backoff = Backoff { first: wait, longest: wait };
        let writer = Writer::start(open, told, backoff).unwrap();
        Self { writer: Some(writer), calls, verdicts: verdict, reports }
    }

    /// A hand whose panel is open and ready.
    fn ready() -> Self {
        Self::ready_to_wait(Duration::ZERO)
    }

    /// One that waits for so long before it opens the panel again.
    fn ready_to_wait(wait: Duration) -> Self {
        let hand = Self::new(wait);
        hand.answer(Call::Open, Ok(()));
        hand.answer(Call::Blank, Ok(()));
        hand.expect(Report::Ready);
        hand
    }

    fn show(&self, number: usize, refresh: bool) {
        self.writer.as_ref().unwrap().show(frame(number), number as u64, refresh);
    }

    fn dim(&self, glow: Glow) {
        self.writer.as_ref().unwrap().dim(glow);
    }

    /// Waits for a call and does not answer it yet.
    fn await_call(&self, expected: Call) {
        assert_eq!(self.calls.recv_timeout(NEVER).unwrap(), expected);
    }

    fn verdict(&self, verdict: Verdict) {
        self.verdicts.send(verdict).unwrap();
    }

    fn answer(&self, expected: Call, verdict: Verdict) {
        self.await_call(expected);
        self.verdict(verdict);
    }

    fn expect(&self, expected: Report) {
        assert_eq!(self.reports.recv_timeout(NEVER).unwrap(), expected);
    }

    fn expect_failure(&self, reason: &str) {
        let Report::Failed(line) = self.reports.recv_timeout(NEVER).unwrap() else {
            panic!("not a failure")
        };
        assert!(line.contains(reason) && !line.contains('\n'), "{line}");
    }

    /// Lets the panel go dark, and gives back what was reported on the way.
    fn close(mut self) -> Vec<Report> {
        self.verdict(Ok(()));
        self.writer.take().unwrap().close();
        assert_eq!(self.calls.try_iter().last(), Some(Call::Blank));
        self.reports.try_iter().collect()
    }
}

fn frame(number: usize) -> Frame {
    let mut frame = Frame::new(8, 8);
    (0..number).for_each(|x| frame.set(x, 0, true));
    frame
}

fn number_of(frame: &Frame) -> usize {
    (0..8).filter(|&x| frame.get(x, 0)).count()
}

#[test]
fn a_frame_is_reported_when_it_is_on_the_glass_and_not_before() {
    let hand = Hand::ready();
    hand.show(1, false);
    hand.await_call(Call::Show(1));
    assert!(hand.reports.try_recv().is_err());
    hand.verdict(Ok(()));
    hand.expect(Report::Shown { tag: 1, glow: Glow::Full });
    assert_eq!(hand.close(), []);
}

#[test]
fn the_latest_frame_wins_and_the_overtaken_one_is_never_shown() {
    let hand = Hand::ready();
    hand.show(1, false);
    hand.await_call(Call::Show(1));
    hand.show(2, false);
    hand.show(3, false);
    hand.verdict(Ok(()));
    hand.answer(Call::Show(3), Ok(()));
    hand.expect(Report::Shown { tag: 1, glow: Glow::Full });
    hand.expect(Report::Shown { tag: 3, glow: Glow::Full });
    assert_eq!(hand.close(), []);
}

#[test]
fn a_refresh_survives_the_frame_that_overtakes_it() {
    let hand = Hand::ready();
    hand.show(1, false);
    hand.await_call(Call::Show(1));
    hand.show(2, true);
    hand.show(3, false);
    hand.verdict(Ok(()));
    hand.answer(Call::Refresh(3), Ok(()));
    hand.show(4, false);
    hand.answer(Call::Show(4), Ok(()));
    for tag in [1, 3, 4] {
        hand.expect(Report::Shown { tag, glow: Glow::Full });
    }
    assert_eq!(hand.close(), []);
}

#[test]
fn one_disturbed_transfer_is_repeated_without_a_word() {
    let hand = Hand::ready();
    hand.show(1, false);
    hand.answer(Call::Show(1), Err("noise"));
    hand.answer(Call::Refresh(1), Ok(()));
    hand.expect(Report::Shown { tag: 1, glow: Glow::Full });
    assert_eq!(hand.close(), []);
}

#[test]
fn a_failed_panel_is_opened_again_and_shows_the_latest_frame() {
    let hand = Hand::ready();
    hand.show(1, false);
    hand.answer(Call::Show(1), Err("pulled out"));
    hand.await_call(Call::Refresh(1));
    hand.show(2, false);
    hand.verdict(Err("pulled out"));
    hand.expect_failure("pulled out");
    hand.answer(Call::Open, Ok(()));
    hand.answer(Call::Blank, Ok(()));
    hand.expect(Report::Ready);
    hand.answer(Call::Show(2), Ok(()));
    hand.expect(Report::Shown { tag: 2, glow: Glow::Full });
    assert_eq!(hand.close(), []);
}

#[test]
fn a_frame_that_was_on_the_glass_comes_back_with_the_panel() {
    let hand = Hand::ready();
    hand.show(1, false);
    hand.answer(Call::Show(1), Ok(()));
    hand.expect(Report::Shown { tag: 1, glow: Glow::Full });
    hand.show(2, false);
    hand.answer(Call::Show(2), Err("pulled out"));
    hand.answer(Call::Refresh(2), Err("pulled out"));
    hand.expect_failure("pulled out");
    hand.answer(Call::Open, Ok(()));
    hand.answer(Call::Blank, Ok(()));
    hand.answer(Call::Show(2), Ok(()));
    hand.expect(Report::Ready);
    hand.expect(Report::Shown { tag: 2, glow: Glow::Full });
    assert_eq!(hand.close(), []);
}

#[test]
fn a_failure_is_told_once_for_as_long_as_it_is_the_same() {
    let hand = Hand::new(Duration::ZERO);
    for _ in 0..3 {
        hand.answer(Call::Open, Err("no bus"));
    }
    hand.answer(Call::Open, Ok(()));
    hand.answer(Call::Blank, Err("no answer"));
    hand.answer(Call::Open, Ok(()));
    hand.answer(Call::Blank, Ok(()));
    hand.expect_failure("no bus");
    hand.expect_failure("no answer");
    hand.expect(Report::Ready);
    assert_eq!(hand.close(), []);
}

#[test]
fn a_transfer_that_hangs_does_not_keep_the_program_from_ending() {
    let mut hand = Hand::ready();
    hand.show(1, false);
    hand.await_call(Call::Show(1));
    hand.writer.take().unwrap().close();
    assert_eq!(hand.reports.try_iter().count(), 0);
}

#[test]
fn a_panel_that_failed_is_darkened_all_the_same_when_the_thread_ends() {
    let mut hand = Hand::ready_to_wait(NEVER);
    hand.show(1, false);
    hand.answer(Call::Show(1), Err("disturbed"));
    hand.answer(Call::Refresh(1), Err("disturbed"));
    hand.expect_failure("disturbed");
    hand.verdict(Ok(()));
    hand.verdict(Ok(()));
    hand.writer.take().unwrap().close();
    assert_eq!(hand.calls.try_iter().collect::<Vec<_>>(), [Call::Open, Call::Blank]);
}

#[test]
fn the_glass_is_lit_before_the_frame_that_needs_it() {
    let hand = Hand::ready();
    hand.show(1, false);
    hand.answer(Call::Show(1), Ok(()));
    hand.expect(Report::Shown { tag: 1, glow: Glow::Full });
    hand.dim(Glow::Dim);
    hand.answer(Call::Dim(Glow::Dim), Ok(()));
    hand.show(2, false);
    hand.answer(Call::Show(2), Ok(()));
    hand.expect(Report::Shown { tag: 2, glow: Glow::Dim });
    hand.dim(Glow::Full);
    hand.await_call(Call::Dim(Glow::Full));
    hand.show(3, true);
    assert!(hand.reports.try_recv().is_err());
    hand.verdict(Ok(()));
    hand.answer(Call::Refresh(3), Ok(()));
    hand.expect(Report::Shown { tag: 3, glow: Glow::Full });
    assert_eq!(hand.close(), []);
}

#[test]
fn a_glass_that_is_off_gets_no_frame_until_it_is_lit() {
    let hand = Hand::ready();
    hand.show(1, false);
    hand.answer(Call::Show(1), Ok(()));
    hand.expect(Report::Shown { tag: 1, glow: Glow::Full });
    hand.dim(Glow::Off);
    hand.await_call(Call::Dim(Glow::Off));
    hand.show(2, false);
    hand.show(3, false);
    hand.verdict(Ok(()));
    hand.dim(Glow::Full);
    hand.answer(Call::Dim(Glow::Full), Ok(()));
    hand.answer(Call::Show(3), Ok(()));
    hand.expect(Report::Shown { tag: 3, glow: Glow::Full });
    assert_eq!(hand.close(), []);
}

#[test]
fn a_glass_that_does_not_get_light_has_failed_and_shows_nothing() {
    let hand = Hand::ready();
    hand.dim(Glow::Off);
    hand.answer(Call::Dim(Glow::Off), Ok(()));
    hand.dim(Glow::Full);
    hand.await_call(Call::Dim(Glow::Full));
    hand.show(1, true);
    hand.verdict(Err("no light"));
    hand.answer(Call::Dim(Glow::Full), Err("no light"));
    hand.expect_failure("no light");
    hand.answer(Call::Open, Ok(()));
    hand.answer(Call::Blank, Ok(()));
    hand.answer(Call::Refresh(1), Ok(()));
    hand.expect(Report::Ready);
    hand.expect(Report::Shown { tag: 1, glow: Glow::Full });
    assert_eq!(hand.close(), []);
}

#[test]
fn a_panel_that_comes_back_is_as_dark_as_it_should_be() {
    let hand = Hand::ready();
    hand.dim(Glow::Dim);
    hand.answer(Call::Dim(Glow::Dim), Ok(()));
    hand.show(1, false);
    hand.answer(Call::Show(1), Err("pulled out"));
    hand.answer(Call::Refresh(1), Err("pulled out"));
    hand.expect_failure("pulled out");
    hand.answer(Call::Open, Ok(()));
    hand.answer(Call::Blank, Ok(()));
    hand.answer(Call::Dim(Glow::Dim), Ok(()));
    hand.answer(Call::Show(1), Ok(()));
    hand.expect(Report::Ready);
    hand.expect(Report::Shown { tag: 1, glow: Glow::Dim });
    assert_eq!(hand.close(), []);
}

#[test]
fn a_frame_comes_back_after_a_disturbance_while_the_glass_was_dimmed() {
    let hand = Hand::ready();
    hand.show(1, false);
    hand.answer(Call::Show(1), Ok(()));
    hand.expect(Report::Shown { tag: 1, glow: Glow::Full });
    hand.dim(Glow::Dim);
    hand.answer(Call::Dim(Glow::Dim), Err("noise"));
    hand.answer(Call::Dim(Glow::Dim), Ok(()));
    hand.answer(Call::Show(1), Ok(()));
    hand.expect(Report::Shown { tag: 1, glow: Glow::Dim });
    assert_eq!(hand.close(), []);
}

#[test]
fn a_frame_that_the_glass_has_lost_in_the_dark_never_comes_back() {
    let hand = Hand::ready();
    hand.show(1, false);
    hand.answer(Call::Show(1), Ok(()));
    hand.expect(Report::Shown { tag: 1, glow: Glow::Full });
    hand.dim(Glow::Off);
    hand.answer(Call::Dim(Glow::Off), Err("pulled out"));
    hand.answer(Call::Dim(Glow::Off), Err("pulled out"));
    hand.expect_failure("pulled out");
    hand.answer(Call::Open, Ok(()));
    hand.answer(Call::Blank, Ok(()));
    hand.expect(Report::Ready);
    hand.answer(Call::Dim(Glow::Off), Ok(()));
    hand.dim(Glow::Full);
    hand.answer(Call::Dim(Glow::Full), Ok(()));
    hand.show(2, false);
    hand.answer(Call::Show(2), Ok(()));
    hand.expect(Report::Shown { tag: 2, glow: Glow::Full });
    assert_eq!(hand.close(), []);
}
