//! The second process: reads data for whoever is at a socket, and tells what comes of them until the
//! other end goes. Then it makes them void, and ends.
//!
//! systemd starts it for each connection to the socket (`pairpanel-oob@.service`), with the
//! connection as standard input and `CAP_NET_ADMIN` as its only capability. That data end with the
//! connection is why a daemon that is killed leaves none behind.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::Shutdown;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::retry_on_intr;
use rustix::net::sockopt::socket_domain;
use tokio::runtime;
use tokio::signal::unix::{SignalKind, signal};

use super::{Cause, News, hci, mgmt, wire};

/// Serves the connection at standard input.
pub fn serve() -> io::Result<()> {
    let input = io::stdin();
    if socket_domain(&input).is_err() {
        let why = "standard input is no socket; pairpanel-oob.socket starts this command";
        return Err(io::Error::other(why));
    }
    let mut stream = UnixStream::from(input.as_fd().try_clone_to_owned()?);
    leave_when_stopped(stream.try_clone()?)?;
    // Who asks nothing does not keep a place from others.
    stream.set_read_timeout(Some(mgmt::PATIENCE))?;
    stream.set_write_timeout(Some(mgmt::PATIENCE))?;
    // Why there are none is for who has asked, who says it once.
    let _ = lease(&mut stream, mgmt::PATIENCE, hci::open)?;
    Ok(())
}

/// Takes SIGTERM for the end of the stream, so that nothing stays good in the kernel.
fn leave_when_stopped(stream: UnixStream) -> io::Result<()> {
    let runtime = runtime::Builder::new_current_thread().enable_io().build()?;
    let entered = runtime.enter();
    let mut stopped = signal(SignalKind::terminate())?;
    drop(entered);
    thread::Builder::new().name("stop".to_owned()).spawn(move || {
        runtime.block_on(stopped.recv());
        let _ = stream.shutdown(Shutdown::Read);
    })?;
    Ok(())
}

/// Answers the questions at `stream` with what the management socket that `open` makes says within
/// `patience`, and tells what comes of the data until the stream ends or there are none. Returns why
/// there were none.
pub fn lease(
    stream: &mut UnixStream,
    patience: Duration,
    open: impl FnOnce() -> Result<OwnedFd, Cause>,
) -> io::Result<Result<(), Cause>> {
    let Some(mut adapter) = question(stream)? else { return Ok(Ok(())) };
    let channel = match adapter.and_then(|_| open()) {
        Ok(channel) => channel,
        Err(cause) => return refuse(stream, cause),
    };
    let mut last = None;
    let outcome = loop {
        let number = match adapter {
            Ok(number) => number,
            Err(cause) => break refuse(stream, cause),
        };
        if last.is_some_and(|last| last != number) {
            // Who wants another adapter's connects again.
            break refuse(stream, Cause::Question);
        }
        last = Some(number);
        match answer(stream, &channel, number, patience) {
            Ok(Ok(())) => {}
            refused => break refused,
        }
        adapter = match attend(stream, &channel, number) {
            Ok(Ok(Some(next))) => next,
            Ok(Ok(None)) => break Ok(Ok(())),
            Ok(Err(cause)) => break Ok(Err(cause)),
            Err(error) => break Err(error),
        };
    };
    // Whoever had them has gone.
    if let Some(last) = last {
        void(&channel, last, patience);
    }
    outcome
}

/// Reads data, and sends them.
fn answer(
    stream: &mut UnixStream,
    channel: &OwnedFd,
    adapter: u16,
    patience: Duration,
) -> io::Result<Result<(), Cause>> {
    let mut news = Vec::new();
    let outcome = mgmt::read(channel, adapter, patience, |said| news.push(said));
    // They are about the data that were good until now.
    for said in news {
        stream.write_all(&wire::news(said))?;
    }
    stream.write_all(&wire::answer(&outcome))?;
    Ok(outcome.map(drop))
}

/// Tells what the kernel says until there is another question, or the end of them.
fn attend(
    stream: &mut UnixStream,
    channel: &OwnedFd,
    adapter: u16,
) -> io::Result<Result<Option<Result<u16, Cause>>, Cause>> {
    loop {
        let (asked, told) = {
            let mut ready =
                [PollFd::new(&*stream, PollFlags::IN), PollFd::new(channel, PollFlags::IN)];
            retry_on_intr(|| poll(&mut ready, None))?;
            let [stream, channel] = ready.map(|fd| !fd.revents().is_empty());
            (stream, channel)
        };
        if told {
            match mgmt::news(channel, adapter) {
                Ok(Some(news)) => stream.write_all(&wire::news(news))?,
                Ok(None) => {}
                Err(cause) => return Ok(Err(cause)),
            }
        }
        if asked {
            return Ok(Ok(question(stream)?));
        }
    }
}

/// The adapter that is asked about; nothing at the end of the stream.
fn question(stream: &mut UnixStream) -> io::Result<Option<Result<u16, Cause>>> {
    let mut question = [0; wire::QUESTION];
    let first = loop {
        match stream.read(&mut question) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::ConnectionReset => break 0,
            first => break first?,
        }
    };
    if first == 0 {
        return Ok(None);
    }
    stream.read_exact(question.get_mut(first..).unwrap_or_default())?;
    Ok(Some(wire::parse_question(question)))
}

fn refuse(stream: &mut UnixStream, cause: Cause) -> io::Result<Result<(), Cause>> {
    stream.write_all(&wire::answer(&Err(cause)))?;
    Ok(Err(cause))
}

/// Has the kernel make others, which nobody is told. One that refuses has none that are good.
fn void(channel: &OwnedFd, adapter: u16, patience: Duration) {
    let nobody = |_: News| {};
    let _ = mgmt::read(channel, adapter, patience, nobody);
}
