//! The daemon's end: has data read by the reader for as long as they are wanted, and passes on what
//! comes of them.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use tokio::net::UnixStream;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use zeroize::{Zeroize as _, Zeroizing};

use super::wire::{self, Said};
use super::{AdError, Code, News, OobData};
use crate::clock::Clock;
use crate::pairing::Event;

/// Where systemd listens for the reader (`pairpanel-oob.socket`).
pub const SOCKET: &str = "/run/pairpanel-oob/socket";

/// How long an answer may take: what the kernel may take, and the start of a process on a small
/// board.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// Why there are no data. Displays as one line with what to do.
#[derive(Debug, thiserror::Error)]
pub enum OobError {
    /// Nobody listens at the socket.
    #[error(
        "the reader of out-of-band data is not there; systemctl enable --now pairpanel-oob.socket"
    )]
    Absent,
    /// The socket is not for this user.
    #[error(
        "{} does not let this user in; it is for root and the user pairpanel (systemctl restart \
         pairpanel-oob.socket, if that user is newer than it)", path.display()
    )]
    NotAllowed {
        /// The socket.
        path: PathBuf,
    },
    /// The connection failed, or ended before the answer.
    #[error(
        "the reader of out-of-band data gives no answer: {source}; see why (journalctl -u \
         'pairpanel-oob*')"
    )]
    Broken {
        /// What happened.
        source: io::Error,
    },
    /// No answer came in time.
    #[error(
        "the reader of out-of-band data gives no answer in {} s; see why (journalctl -u \
         'pairpanel-oob*')", PATIENCE.as_secs()
    )]
    Silent,
    /// The reader says why.
    #[error("no out-of-band data: {line}")]
    Refused {
        /// The reason, for programs.
        code: Code,
        /// The reason and what to do.
        line: String,
    },
    /// Another program has read data, which makes these void.
    #[error("another program has read out-of-band data of this adapter; they are read anew")]
    Taken,
    /// The reader sends something else.
    #[error(
        "the reader's data are not understood: {source}; start the daemon anew, which may be \
         older than the reader (systemctl restart pairpanel)"
    )]
    Data {
        /// What is wrong with them.
        source: AdError,
    },
}

impl OobError {
    /// Something else may come out of it without anybody changing what is installed or configured.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Broken { .. } | Self::Silent | Self::Taken => true,
            Self::Refused { code, .. } => {
                matches!(code, Code::NoAdapter | Code::Off | Code::Busy | Code::Silent)
            }
            Self::Absent | Self::NotAllowed { .. } | Self::Data { .. } => false,
        }
    }
}

/// Has data read of one adapter at a time. The data end when this is dropped.
#[derive(Debug)]
pub struct Source {
    wanted: watch::Sender<Option<String>>,
    task: JoinHandle<()>,
}

impl Source {
    /// A source that is wanted nothing of yet: it asks the reader behind the socket at `path`
    /// ([`SOCKET`]), and sends what comes of it.
    pub fn start(path: PathBuf, clock: Clock, events: mpsc::UnboundedSender<Event>) -> Self {
        let (wanted, receiver) = watch::channel(None);
        let lessee = Lessee { path, clock, events, wanted: receiver, said: None };
        Self { wanted, task: tokio::spawn(lessee.run()) }
    }

    /// Has fresh data read of the adapter with this object path, and makes void those that were read
    /// before; `None` does the latter alone.
    pub fn want(&self, adapter: Option<String>) {
        // The same adapter as before is an order too.
        self.wanted.send_replace(adapter);
    }

    /// Waits until what was read is void, if the reader takes no longer than it may.
    pub async fn leave(self) {
        let Self { wanted, task } = self;
        drop(wanted);
        let _ = task.await;
    }
}

struct Lessee {
    path: PathBuf,
    clock: Clock,
    events: mpsc::UnboundedSender<Event>,
    /// The adapter whose data are wanted (its object path), if any are.
    wanted: watch::Receiver<Option<String>>,
    /// The last reason for there being none, which is not said twice.
    said: Option<String>,
}

/// Why a lease ends.
enum End {
    /// Data of no adapter are wanted any more, or of another one.
    Unwanted,
    /// There are none, which has been told.
    Lost,
}

impl Lessee {
    /// Until nobody wants anything ever again.
    async fn run(mut self) {
        loop {
            let wanted = self.wanted.borrow_and_update().clone();
            if let Some(adapter) = wanted {
                match self.lease(&adapter).await {
                    End::Unwanted => {}
                    End::Lost => {
                        if self.wanted.changed().await.is_err() {
                            return;
                        }
                    }
                }
                if self.wanted.has_changed().is_err() {
                    return;
                }
            } else if self.wanted.changed().await.is_err() {
                return;
            }
        }
    }

    fn lost(&mut self, adapter: &str, error: &OobError) -> End {
        let said = error.to_string();
        if self.said.as_ref() != Some(&said) {
            log::warn!("{said}");
            self.said = Some(said);
        }
        let lasting = !error.is_passing();
        let _ = self.events.send(Event::OutOfBandLost { adapter: adapter.to_owned(), lasting });
        End::Lost
    }

    /// Asks as long as it is this adapter's data that are wanted.
    async fn lease(&mut self, adapter: &str) -> End {
        let Some(number) = adapter.rsplit("hci").next().and_then(|number| number.parse().ok())
        else {
            let source = io::ErrorKind::InvalidInput.into();
            return self.lost(adapter, &OobError::Broken { source });
        };
        let stream = match self.in_time(UnixStream::connect(&self.path)).await {
            Some(Ok(stream)) => stream,
            Some(Err(source)) => return self.lost(adapter, &self.not_connected(source)),
            None => return self.lost(adapter, &OobError::Silent),
        };
        let mut stream = Stream::new(stream);
        let end = match self.ask_and_listen(&mut stream, adapter, number).await {
            None => End::Unwanted,
            Some(error) => self.lost(adapter, &error),
        };
        // It closes its end when the data are void: a question before that on another connection
        // could be answered with data that this one then makes void.
        if stream.finish().is_ok() {
            self.in_time(stream.drain()).await;
        }
        end
    }

    /// Until the adapter's data are not wanted any more, or there are none, and why.
    async fn ask_and_listen(
        &mut self,
        stream: &mut Stream,
        adapter: &str,
        number: u16,
    ) -> Option<OobError> {
        loop {
            if let Err(source) = stream.write(&wire::question(number)).await {
                return Some(OobError::Broken { source });
            }
            match self.in_time(stream.data(&self.events, adapter)).await {
                Some(Ok(data)) => {
                    self.said = None;
                    let adapter = adapter.to_owned();
                    let _ = self.events.send(Event::OutOfBandData { adapter, data });
                }
                Some(Err(error)) => return Some(error),
                None => return Some(OobError::Silent),
            }
            let listens = async {
                loop {
                    let (kind, rest) = match stream.message().await {
                        Ok(message) => message,
                        Err(source) => return OobError::Broken { source },
                    };
                    match wire::parse(kind, &rest) {
                        Said::News(News::Void) => return OobError::Taken,
                        Said::News(news) => pass_on(&self.events, adapter, news),
                        _ => {}
                    }
                }
            };
            tokio::select! {
                biased;
                error = listens => return Some(error),
                changed = self.wanted.changed() => {
                    let wanted = self.wanted.borrow_and_update();
                    if changed.is_err() || wanted.as_deref() != Some(adapter) {
                        return None;
                    }
                }
            }
        }
    }

    async fn in_time<T>(&self, done: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            done = done => Some(done),
            () = self.clock.sleep_until(self.clock.now() + PATIENCE) => None,
        }
    }

    fn not_connected(&self, source: io::Error) -> OobError {
        match source.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => OobError::Absent,
            io::ErrorKind::PermissionDenied => OobError::NotAllowed { path: self.path.clone() },
            _ => OobError::Broken { source },
        }
    }
}

fn pass_on(events: &mpsc::UnboundedSender<Event>, adapter: &str, news: News) {
    let adapter = adapter.to_owned();
    let event = match news {
        News::Key(address) => Event::OutOfBandKey { adapter, address: address.to_string() },
        News::Failed(address) => Event::OutOfBandFailed { adapter, address: address.to_string() },
        News::Void => return,
    };
    let _ = events.send(event);
}

/// The connection, message by message.
struct Stream {
    socket: UnixStream,
    /// The message that has begun, which a wait that is given up must not lose; wiped when dropped.
    begun: Zeroizing<Vec<u8>>,
}

impl Stream {
    fn new(socket: UnixStream) -> Self {
        // Never so long that it is moved, and leaves a copy behind.
        Self { socket, begun: Zeroizing::new(Vec::with_capacity(wire::MOST)) }
    }

    async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut sent = 0;
        while let Some(rest @ [_, ..]) = bytes.get(sent..) {
            self.socket.writable().await?;
            sent += again(self.socket.try_write(rest))?.unwrap_or_default();
        }
        Ok(())
    }

    /// Says that nothing more is asked.
    fn finish(&self) -> io::Result<()> {
        Ok(rustix::net::shutdown(&self.socket, rustix::net::Shutdown::Write)?)
    }

    /// Until the other end is closed.
    async fn drain(&mut self) {
        while self.message().await.is_ok() {}
    }

    /// The answer; what comes before it is about data from before.
    async fn data(
        &mut self,
        events: &mpsc::UnboundedSender<Event>,
        adapter: &str,
    ) -> Result<OobData, OobError> {
        loop {
            let (kind, rest) =
                self.message().await.map_err(|source| OobError::Broken { source })?;
            match wire::parse(kind, &rest) {
                Said::Data(block) => {
                    return OobData::parse(block).map_err(|source| OobError::Data { source });
                }
                Said::None(code, line) => return Err(OobError::Refused { code, line }),
                Said::News(news) => pass_on(events, adapter, news),
                Said::Unknown => {}
            }
        }
    }

    /// The next message: its kind, and what follows.
    async fn message(&mut self) -> io::Result<(u8, Zeroizing<Vec<u8>>)> {
        let mut part = Zeroizing::new([0; wire::MOST]);
        loop {
            let length = match **self.begun {
                [_, rest, ..] => wire::HEAD + usize::from(rest),
                _ => wire::HEAD,
            };
            let missing = length.saturating_sub(self.begun.len());
            if let ([kind, _, rest @ ..], 0) = (&**self.begun, missing) {
                let message = (*kind, Zeroizing::new(rest.to_vec()));
                self.begun.zeroize();
                return Ok(message);
            }
            self.socket.readable().await?;
            match again(self.socket.try_read(part.get_mut(..missing).unwrap_or_default()))? {
                Some(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Some(more) => {
                    self.begun.extend_from_slice(part.get(..more).unwrap_or_default());
                }
                None => {}
            }
        }
    }
}

/// Nothing if it was not the moment for it.
fn again(done: io::Result<usize>) -> io::Result<Option<usize>> {
    match done {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
        done => done.map(Some),
    }
}
