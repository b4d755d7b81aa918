//! A lease: what the daemon learns while it wants data, and what is left of them when it does not.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::Duration;

use pairpanel::clock::{Clock, ManualClock};
use pairpanel::oob::source::{PATIENCE, Source};
use pairpanel::oob::{Cause, OobData, reader};
use pairpanel::pairing::Event;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::kernel::{Adapter, FakeKernel};
use crate::socket::Socket;
use crate::{LONG, values};

const HCI0: &str = "/org/bluez/hci0";
const PHONE: [u8; 6] = [0xf5, 0xf4, 0xf3, 0xf2, 0xf1, 0xf0];

/// A daemon, as far as it wants data, by a clock that stands still: a slow machine is no reason to
/// give up.
struct Daemon {
    source: Source,
    events: UnboundedReceiver<Event>,
    clock: ManualClock,
}

impl Daemon {
    fn at(socket: &Socket) -> Self {
        let (sender, events) = unbounded_channel();
        let clock = ManualClock::new();
        let source = Source::start(socket.path().to_owned(), Clock::Manual(clock.clone()), sender);
        Self { source, events, clock }
    }

    fn want(&self, adapter: Option<&str>) {
        self.source.want(adapter.map(str::to_owned));
    }

    async fn data(&mut self) -> OobData {
        match self.events.recv().await {
            Some(Event::OutOfBandData { data, .. }) => data,
            other => panic!("{other:?}"),
        }
    }

    /// Whether asking again would be in vain.
    async fn lost(&mut self) -> bool {
        match self.events.recv().await {
            Some(Event::OutOfBandLost { lasting, .. }) => lasting,
            other => panic!("{other:?}"),
        }
    }
}

async fn until(what: &str, holds: impl Fn() -> bool) {
    for _ in 0..60_000 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("{what}");
}

#[tokio::test]
async fn each_time_that_data_are_wanted_they_are_new() {
    let kernel = FakeKernel::with(Adapter::default());
    let socket = Socket::for_reader(&kernel);
    let mut daemon = Daemon::at(&socket);
    for made in 1..=20 {
        daemon.want(Some(HCI0));
        assert_eq!(values(&daemon.data().await), FakeKernel::values(made));
    }
}

#[tokio::test]
async fn data_that_nobody_wants_any_more_are_made_void_before_others_are_read() {
    let kernel = FakeKernel::with(Adapter::default());
    kernel.plug(1);
    let socket = Socket::for_reader(&kernel);
    let mut daemon = Daemon::at(&socket);
    for adapter in [Some(HCI0), Some("/org/bluez/hci1"), Some(HCI0)] {
        daemon.want(adapter);
        daemon.data().await;
    }
    daemon.want(None);
    until("the last ones stay good", || kernel.reads().len() == 6).await;
    assert_eq!(kernel.reads(), [0, 0, 1, 1, 0, 0]);

    daemon.want(Some(HCI0));
    daemon.data().await;
    daemon.source.leave().await;
    assert_eq!(kernel.reads().len(), 8, "a daemon that leaves leaves nothing behind");
}

#[test]
fn a_daemon_that_is_killed_leaves_no_data_behind() {
    let kernel = FakeKernel::with(Adapter::default());
    let (mut daemon, mut helper) = UnixStream::pair().unwrap();
    let of_reader = kernel.clone();
    let reader =
        thread::spawn(move || reader::lease(&mut helper, LONG, || Ok(of_reader.open())).unwrap());
    daemon.write_all(&[1, 0, 0]).unwrap();
    let mut head = [0; 2];
    daemon.read_exact(&mut head).unwrap();
    assert_eq!((head[0], kernel.made()), (0, 1));
    // What was not read of the answer makes the end an abrupt one.
    drop(daemon);
    assert_eq!(reader.join().unwrap(), Ok(()));
    assert_eq!(kernel.made(), 2);
}

#[tokio::test]
async fn keys_that_prove_something_and_failures_are_told_and_nothing_else() {
    let kernel = FakeKernel::with(Adapter::default());
    kernel.plug(1);
    let socket = Socket::for_reader(&kernel);
    let mut daemon = Daemon::at(&socket);
    daemon.want(Some(HCI0));
    daemon.data().await;
    // Legacy keys, unauthenticated ones, debug ones; another adapter; BR/EDR.
    for kind in [0, 1, 2, 4] {
        kernel.new_key(0, PHONE, kind);
    }
    kernel.new_key(1, PHONE, 3);
    kernel.authentication_failed(1, PHONE, 1);
    kernel.authentication_failed(0, PHONE, 0);

    kernel.new_key(0, PHONE, 3);
    let (adapter, address) = (HCI0.to_owned(), "F0:F1:F2:F3:F4:F5".to_owned());
    let key = Event::OutOfBandKey { adapter: adapter.clone(), address: address.clone() };
    assert_eq!(daemon.events.recv().await, Some(key));
    kernel.authentication_failed(0, PHONE, 2);
    let failed = Event::OutOfBandFailed { adapter, address };
    assert_eq!(daemon.events.recv().await, Some(failed));
}

#[tokio::test]
async fn data_that_another_program_has_made_void_are_lost_and_can_be_had_again() {
    let kernel = FakeKernel::with(Adapter::default());
    let socket = Socket::for_reader(&kernel);
    let mut daemon = Daemon::at(&socket);
    daemon.want(Some(HCI0));
    daemon.data().await;
    super::read(&kernel).unwrap();
    assert!(!daemon.lost().await);
    daemon.want(Some(HCI0));
    let last = daemon.data().await;
    assert_eq!(values(&last), FakeKernel::values(kernel.made()));
}

/// What is wrong → whether it is for good.
#[tokio::test]
async fn the_daemon_learns_whether_it_may_ask_again() {
    let mut cases = vec![
        (Socket::no_file(), true),
        (Socket::nobody_listens_at(), true),
        // Of a later version, and what is none.
        (Socket::that_says(b"\x37\x05later"), true),
        (Socket::that_says(b""), false),
        (Socket::that_says(&[0]), false),
        (Socket::that_says(&[0, 9, 1]), false),
        (Socket::that_says(&[0, 1, 255]), true),
        (Socket::that_says(&[0, 0]), true),
        (Socket::that_says(b"\x02\x0coff\n<0>forged"), false),
    ];
    let adapters = [
        (Adapter { powered: false, ..Adapter::default() }, Cause::Off(0)),
        (Adapter { privacy: true, ..Adapter::default() }, Cause::Rejected(0)),
    ];
    for (adapter, cause) in adapters {
        let passes = matches!(cause, Cause::Off(_));
        cases.push((Socket::for_reader(&FakeKernel::with(adapter)), !passes));
    }
    for (case, (socket, lasting)) in cases.into_iter().enumerate() {
        let mut daemon = Daemon::at(&socket);
        daemon.want(Some(HCI0));
        assert_eq!(daemon.lost().await, lasting, "{case}");
    }
}

#[tokio::test]
async fn a_reader_that_never_answers_is_given_up_at_the_deadline() {
    let socket = Socket::silent();
    let mut daemon = Daemon::at(&socket);
    daemon.want(Some(HCI0));
    let last = Duration::from_millis(1);
    for step in [Duration::ZERO, PATIENCE / 2, PATIENCE / 2 - last] {
        daemon.clock.advance(step);
        for _ in 0..50 {
            tokio::task::yield_now().await;
        }
        assert!(daemon.events.try_recv().is_err());
    }
    daemon.clock.advance(PATIENCE);
    assert!(!daemon.lost().await);
}
