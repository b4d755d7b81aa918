//! The thread that a tag is written by: a chip takes up to half a second, and a bus that hangs as long
//! as its adapter lets it. The event loop waits for neither.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;
use std::{fmt, io};

use embedded_hal::delay::DelayNs;
use embedded_hal::i2c::I2c;
use tokio::sync::mpsc::UnboundedSender;

use super::{Message, St25dv, TagError};
use crate::display::Errno;
use crate::pairing::Event;

/// How long the end waits for the tag to be wiped.
const CLOSING: Duration = Duration::from_secs(1);

/// How often something is done to a tag that nobody has ordered.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// How often it is looked whether somebody has changed what is on it.
    pub looks: Duration,
    /// How long before one that could not be opened, or may still have data on it, is tried again.
    pub again: Duration,
}

impl Default for Pace {
    /// Two seconds and five.
    fn default() -> Self {
        Self { looks: Duration::from_secs(2), again: Duration::from_secs(5) }
    }
}

/// A tag, as far as it is written and wiped.
pub trait Tag: Send {
    /// Puts a message on it instead of what was there.
    ///
    /// # Errors
    ///
    /// [`TagError`]; there is nothing on the tag then, unless it is [`TagError::NotWiped`].
    fn write(&mut self, message: &Message) -> Result<(), TagError>;

    /// Makes sure that the message is still what is on it; wipes it otherwise.
    ///
    /// # Errors
    ///
    /// [`TagError`], as above.
    fn check(&mut self) -> Result<(), TagError>;

    /// Takes everything off it.
    ///
    /// # Errors
    ///
    /// [`TagError::NotWiped`].
    fn wipe(&mut self) -> Result<(), TagError>;
}

impl<I, D> Tag for St25dv<I, D>
where
    I: I2c + Send,
    I::Error: Errno + fmt::Display,
    D: DelayNs + Send,
{
    fn write(&mut self, message: &Message) -> Result<(), TagError> {
        Self::write(self, message)
    }

    fn check(&mut self) -> Result<(), TagError> {
        Self::check(self)
    }

    fn wipe(&mut self) -> Result<(), TagError> {
        Self::wipe(self)
    }
}

/// Opens a tag, and leaves nothing on it.
pub type OpenTag = Box<dyn FnMut() -> Result<Box<dyn Tag>, TagError> + Send>;

/// What is to be on the tag, with the number that comes back in [`Event::OnTag`].
type Order = Option<(u32, Message)>;

/// Writes a tag on a thread of its own, which wipes it at the end: when this is dropped, which takes a
/// second at most. A transfer that hangs is left to end by itself.
#[derive(Debug)]
pub struct Writer {
    orders: Option<Sender<Order>>,
    /// Never sent to: disconnects when the thread has ended.
    ended: Receiver<()>,
}

impl Writer {
    /// Opens a tag, now and whenever it was lost; [`Event::OnTag`] is sent for each message that is on
    /// it.
    ///
    /// # Errors
    ///
    /// There is no thread.
    pub fn start(open: OpenTag, events: UnboundedSender<Event>, pace: Pace) -> io::Result<Self> {
        let (orders, received) = channel();
        let (alive, ended) = channel();
        let mut keeper = Keeper { open, events, pace, tag: None, said: None };
        thread::Builder::new().name("tag".to_owned()).spawn(move || {
            keeper.run(&received);
            drop(alive);
        })?;
        Ok(Self { orders: Some(orders), ended })
    }

    /// Puts a message on the tag, or wipes it.
    pub fn put(&self, message: Option<(u32, Message)>) {
        if let Some(orders) = &self.orders {
            let _ = orders.send(message);
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.orders = None;
        if self.ended.recv_timeout(CLOSING) == Err(RecvTimeoutError::Timeout) {
            log::warn!("the tag was not wiped within {CLOSING:?}; leaving it");
        }
    }
}

struct Keeper {
    open: OpenTag,
    events: UnboundedSender<Event>,
    pace: Pace,
    tag: Option<Box<dyn Tag>>,
    /// The last failure, which is not said twice.
    said: Option<String>,
}

impl Keeper {
    fn run(&mut self, orders: &Receiver<Order>) {
        // What is to be on it, and whether it is.
        let (mut wanted, mut done): (Order, bool) = (None, false);
        loop {
            if !done {
                let put = self.put(wanted.as_ref().map(|(_, message)| message));
                done = self.succeeded(put);
                if let Some((id, _)) = wanted.as_ref().filter(|_| done) {
                    let _ = self.events.send(Event::OnTag(*id));
                }
            }
            let wait = if !done {
                self.pace.again
            } else if wanted.is_some() {
                self.pace.looks
            } else {
                Duration::MAX
            };
            match wait_for(orders, wait) {
                Ok(mut newest) => {
                    // Only the last one counts.
                    while let Ok(newer) = orders.try_recv() {
                        newest = newer;
                    }
                    (wanted, done) = (newest, false);
                }
                Err(RecvTimeoutError::Timeout) if done => {
                    let checked = self.tag.as_mut().map_or(Ok(()), |tag| tag.check());
                    done = self.succeeded(checked);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        let wiped = self.put(None);
        self.succeeded(wiped);
    }

    fn put(&mut self, message: Option<&Message>) -> Result<(), TagError> {
        let tag = match &mut self.tag {
            Some(tag) => tag,
            // Opened is wiped.
            None => self.tag.insert((self.open)()?),
        };
        match message {
            Some(message) => tag.write(message),
            None => tag.wipe(),
        }
    }

    fn succeeded(&mut self, done: Result<(), TagError>) -> bool {
        let Err(error) = done else {
            self.said = None;
            return true;
        };
        let said = error.to_string();
        if self.said.as_ref() != Some(&said) {
            log::warn!("tag: {said}");
            self.said = Some(said);
        }
        // Another chip may be there by the next time.
        self.tag = None;
        false
    }
}

fn wait_for(orders: &Receiver<Order>, wait: Duration) -> Result<Order, RecvTimeoutError> {
    if wait == Duration::MAX {
        return orders.recv().map_err(|_| RecvTimeoutError::Disconnected);
    }
    orders.recv_timeout(wait)
}
