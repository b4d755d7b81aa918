//! The thread that writes a tag, with a tag that can be taken off, changed by others, and be on a bus
//! that hangs.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use pairpanel::nfc::{Message, OpenTag, Pace, Tag, TagError, Writer};
use pairpanel::oob::OobData;
use pairpanel::pairing::Event;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

#[derive(Default)]
struct State {
    /// What whoever holds a phone to it reads.
    held: Option<Vec<u8>>,
    is_off: bool,
    opened: usize,
    /// What was written last.
    written: Vec<u8>,
    /// Whoever uses it waits until the other end is dropped.
    hangs: Option<Receiver<()>>,
}

/// Clones are the same tag. Each thing that was done to it is told.
#[derive(Clone)]
struct FakeTag(Arc<Mutex<State>>, Sender<&'static str>);

impl FakeTag {
    fn new() -> (Self, Receiver<&'static str>) {
        let (sender, done) = channel();
        // Somebody was killed, and has left this behind.
        let held = Some(b"stale".to_vec());
        (Self(Arc::new(Mutex::new(State { held, ..State::default() })), sender), done)
    }

    fn opens(&self) -> OpenTag {
        let tag = self.clone();
        Box::new(move || {
            let state = &mut *tag.0.lock().unwrap();
            state.opened += 1;
            tag.there(state)?;
            state.held = None;
            Ok(Box::new(tag.clone()))
        })
    }

    fn there(&self, state: &State) -> Result<(), TagError> {
        if let Some(hangs) = &state.hangs {
            let _ = hangs.recv();
        }
        let done = if state.is_off { "off" } else { "there" };
        let _ = self.1.send(done);
        if state.is_off { Err(TagError::NotWiped("no answer".to_owned())) } else { Ok(()) }
    }

    fn held(&self) -> Option<Vec<u8>> {
        self.0.lock().unwrap().held.clone()
    }
}

impl Tag for FakeTag {
    fn write(&mut self, message: &Message) -> Result<(), TagError> {
        let state = &mut *self.0.lock().unwrap();
        self.there(state)?;
        state.written = message.as_bytes().to_vec();
        state.held = Some(state.written.clone());
        Ok(())
    }

    fn check(&mut self) -> Result<(), TagError> {
        let state = &mut *self.0.lock().unwrap();
        self.there(state)?;
        if state.held.as_ref() == Some(&state.written) {
            return Ok(());
        }
        state.held = None;
        Err(TagError::Changed)
    }

    fn wipe(&mut self) -> Result<(), TagError> {
        let state = &mut *self.0.lock().unwrap();
        self.there(state)?;
        state.held = None;
        Ok(())
    }
}

fn message(name: &str) -> Message {
    let uri = "PAIRPANEL:1:IZGJUHPQYOSAAAICAMCAKBQHBAEQUCYMBUHA6EARCIJRIFIWC4MBSGQ3DQOR4HY";
    Message::of(&OobData::from_uri(uri).unwrap(), name)
}

fn on_tag(events: &mut UnboundedReceiver<Event>, id: u32) {
    assert_eq!(events.blocking_recv(), Some(Event::OnTag(id)));
}

/// Does nothing unasked while a test is running.
const SELDOM: Pace = Pace { looks: Duration::from_secs(3600), again: Duration::from_secs(3600) };
const ALWAYS: Pace = Pace { looks: Duration::ZERO, again: Duration::ZERO };

#[test]
fn the_tag_is_wiped_at_the_start_and_at_the_end_and_told_of_when_it_has_the_data() {
    let (tag, done) = FakeTag::new();
    let (sender, mut events) = unbounded_channel();
    let writer = Writer::start(tag.opens(), sender, SELDOM).unwrap();
    assert_eq!([done.recv(), done.recv()], [Ok("there"), Ok("there")], "opened, and wiped");
    assert_eq!(tag.held(), None);
    for (id, name) in [(1, "box"), (2, "other box")] {
        writer.put(Some((id, message(name))));
        on_tag(&mut events, id);
        assert_eq!(tag.held().unwrap(), message(name).as_bytes());
    }
    writer.put(None);
    drop(writer);
    assert_eq!(tag.held(), None);
    assert!(events.try_recv().is_err(), "nothing is told of a tag that was wiped");
    assert_eq!(tag.0.lock().unwrap().opened, 1);
}

#[test]
fn what_is_on_it_when_pairpanel_ends_is_wiped() {
    let (tag, _done) = FakeTag::new();
    let (sender, mut events) = unbounded_channel();
    let writer = Writer::start(tag.opens(), sender, SELDOM).unwrap();
    writer.put(Some((1, message("box"))));
    on_tag(&mut events, 1);
    drop(writer);
    assert_eq!(tag.held(), None);
}

#[test]
fn a_tag_that_was_off_is_opened_anew_for_the_next_order() {
    let (tag, done) = FakeTag::new();
    tag.0.lock().unwrap().is_off = true;
    let (sender, mut events) = unbounded_channel();
    let writer = Writer::start(tag.opens(), sender, SELDOM).unwrap();
    assert_eq!(done.recv(), Ok("off"));
    tag.0.lock().unwrap().is_off = false;
    writer.put(Some((1, message("box"))));
    on_tag(&mut events, 1);
    assert_eq!(tag.held().unwrap(), message("box").as_bytes());
    assert_eq!(tag.0.lock().unwrap().opened, 2);
}

#[test]
fn a_tag_that_somebody_has_changed_is_wiped_and_written_anew() {
    let (tag, _done) = FakeTag::new();
    let (sender, mut events) = unbounded_channel();
    let writer = Writer::start(tag.opens(), sender, ALWAYS).unwrap();
    writer.put(Some((1, message("box"))));
    on_tag(&mut events, 1);
    tag.0.lock().unwrap().held = Some(b"another box".to_vec());
    on_tag(&mut events, 1);
    drop(writer);
    assert_eq!(tag.held(), None);
    assert_eq!(tag.0.lock().unwrap().opened, 2);
}

#[test]
fn a_bus_that_hangs_is_left_behind() {
    let (tag, _done) = FakeTag::new();
    let (hangs, hung) = channel();
    tag.0.lock().unwrap().hangs = Some(hung);
    let (sender, _events) = unbounded_channel();
    drop(Writer::start(tag.opens(), sender, SELDOM).unwrap());
    assert!(hangs.send(()).is_ok(), "it has not ended by itself");
}
