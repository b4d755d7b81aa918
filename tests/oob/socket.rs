//! What systemd does with pairpanel-oob.socket: it listens, and starts a reader for each connection.

use std::io::{Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use pairpanel::oob::reader;

use crate::LONG;
use crate::kernel::FakeKernel;

/// A place in the file system that is removed when dropped.
pub(crate) struct Socket(PathBuf);

impl Socket {
    /// A reader at it, with the sockets of this kernel.
    pub(crate) fn for_reader(kernel: &FakeKernel) -> Self {
        let kernel = kernel.clone();
        Self::serve(move |mut stream| {
            // One that is gone is no failure of the reader.
            let _ = reader::lease(&mut stream, LONG, || Ok(kernel.open()));
        })
    }

    /// Somebody at it who says this, whatever is asked.
    pub(crate) fn that_says(answer: &[u8]) -> Self {
        let answer = answer.to_vec();
        Self::serve(move |mut stream| {
            stream.read_exact(&mut [0; 3]).unwrap();
            stream.write_all(&answer).unwrap();
        })
    }

    /// Connections are taken and nothing is said, until the other end goes.
    pub(crate) fn silent() -> Self {
        Self::serve(|mut stream| {
            let _ = stream.read_to_end(&mut Vec::new());
        })
    }

    /// As a service manager leaves it that is stopped.
    pub(crate) fn nobody_listens_at() -> Self {
        let socket = Self::no_file();
        drop(UnixListener::bind(&socket.0).unwrap());
        socket
    }

    pub(crate) fn no_file() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("pairpanel-oob-{}-{count}", std::process::id());
        Self(std::env::temp_dir().join(name))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// A thread for each connection, as systemd has a process.
    fn serve(handle: impl Fn(UnixStream) + Send + Sync + 'static) -> Self {
        let socket = Self::no_file();
        let listener = UnixListener::bind(&socket.0).unwrap();
        let handle = std::sync::Arc::new(handle);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (handle, stream) = (handle.clone(), stream.unwrap());
                thread::spawn(move || handle(stream));
            }
        });
        socket
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
