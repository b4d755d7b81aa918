//! What shows the pairing and hears the person: the seam for a panel of one's own.
//!
//! The daemon does not know what a panel is made of. It hands every picture to a [`Panel`] as a
//! value, and hears through a [`Reporter`] what became of it and which keys are pressed. [`Glass`]
//! is the panel that the program itself has, an OLED whose driver acknowledges its frames; a
//! display manager, a touch screen or a web page is another one.
//!
//! Three things make a panel safe, and only the panel can see to them:
//!
//! - It reports [`shown`](Reporter::shown) when people *can see* the picture, and not when it was
//!   sent on its way. Nothing is accepted that was not shown: a press counts only if it began after
//!   the acknowledgement of the very prompt that it accepts, and another acknowledgement must come
//!   while the key is held. A panel that acknowledges what nobody can see lets somebody be talked
//!   into pressing a key for a code that was never there.
//! - It reports [`failed`](Reporter::failed) as soon as it cannot show anything any more. What is
//!   asked is then refused, and bluetoothd is told that this machine has no display.
//! - It shows the code to whoever stands at the machine and to nobody else: no log, no network.
//!
//! The [crate]'s page has a small one, `tests/examples/web.rs` is a whole one.

mod glass;

use std::fmt;
use std::io;

use tokio::sync::mpsc;

use crate::clock::Clock;
use crate::pairing::{Event, Glow, Key, Look, PromptId, Screen};

pub use glass::{Glass, OpenDisplay};

/// Something that shows screens to the person at the machine.
///
/// Dropping it is the order to go dark: nothing may be read there afterwards.
pub trait Panel: Send {
    /// Makes `screen` what people see from now on. Called on the daemon's only thread, so it hands
    /// the picture over and returns at once; a picture that overtakes another replaces it.
    ///
    /// `asked` is there if something is asked or shown that has to be seen: once it is, the panel
    /// reports it by [`Reporter::shown`]. The same prompt comes with every picture of its
    /// countdown and of its hold bar, and each of them is reported.
    ///
    /// Called when the picture has changed, and for the present one after [`Reporter::ready`]. No
    /// part of a screen but what is on the glass may be kept or logged: it may hold a code.
    fn show(&mut self, screen: &Screen, asked: Option<PromptId>);

    /// How it is shown from now on. Called when that has changed, before the screen that it is for;
    /// while the glass is to be [off](Glow::Off) no screen is shown at all.
    ///
    /// Unless the [fittings](crate::pairing::Fittings::dims) say that the panel can do this, it never
    /// has to be anything but lit. While something is asked or shown, it never is either.
    fn look(&mut self, look: Look) {
        let _ = look;
    }
}

/// Starts a panel that reports here.
pub type StartPanel = Box<dyn FnOnce(Reporter) -> io::Result<Box<dyn Panel>> + Send>;

/// Tells the daemon what happens at a panel. Clones tell the same daemon, from any thread; each
/// report is dated when it is made, so make it when it happens.
#[derive(Clone, Debug)]
pub struct Reporter {
    clock: Clock,
    events: mpsc::UnboundedSender<Event>,
}

impl Reporter {
    pub(crate) fn new(clock: Clock, events: mpsc::UnboundedSender<Event>) -> Self {
        Self { clock, events }
    }

    /// The display works, and has proved it: from now on the machine has one. Until this or
    /// [`failed`](Self::failed) is said the daemon waits, for two seconds at most, before it
    /// registers with bluetoothd.
    pub fn ready(&self) {
        log::info!("display ready");
        self.tell(Event::DisplayReady);
    }

    /// The display shows nothing any more, or never did, because of `why`: one line for the log,
    /// with what to do. Holds until [`ready`](Self::ready).
    pub fn failed(&self, why: impl fmt::Display) {
        log::warn!("display: {why}");
        self.tell(Event::DisplayFailed);
    }

    /// People can see the picture that came with `prompt`, on a glass that is lit; see the
    /// [module](self) for what hangs on it. One that has been replaced meanwhile may be reported: it
    /// changes nothing.
    pub fn shown(&self, prompt: PromptId) {
        self.shown_in(prompt, Glow::Full);
    }

    /// The same, on a glass that is as bright as this.
    pub(crate) fn shown_in(&self, prompt: PromptId, glow: Glow) {
        self.tell(Event::Shown { prompt, glow, at: self.clock.now() });
    }

    /// The key works; `down` is whether it is pressed at this moment. One that is does nothing
    /// until it was up. All keys of the fittings are to be reported so, or as
    /// [`key_failed`](Self::key_failed).
    pub fn key_ready(&self, key: Key, down: bool) {
        self.tell(Event::KeyReady { key, down, at: self.clock.now() });
    }

    /// The key cannot be read. Holds until [`key_ready`](Self::key_ready).
    pub fn key_failed(&self, key: Key) {
        self.tell(Event::KeyFailed(key));
    }

    /// The key went down. What makes a press of it the daemon knows: a key that bounces may say so
    /// as it does.
    pub fn pressed(&self, key: Key) {
        self.tell(Event::Edge { key, down: true, at: self.clock.now() });
    }

    /// The key went up.
    pub fn released(&self, key: Key) {
        self.tell(Event::Edge { key, down: false, at: self.clock.now() });
    }

    fn tell(&self, event: Event) {
        // Nobody listens once the daemon is stopping.
        let _ = self.events.send(event);
    }
}
