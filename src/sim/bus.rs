//! An in-process D-Bus bus on a socket of its own.

use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};

use futures_util::future::select;
use tokio::sync::oneshot;

/// A message bus that lives as long as this value, for connections of this machine's user.
///
/// Names, senders and `NameOwnerChanged` are real, as opposed to a peer-to-peer connection, where
/// a call has no sender. It differs from a bus in one way that matters: a call to a name nobody
/// owns is dropped without an error reply.
#[derive(Debug)]
pub struct FakeBus {
    address: String,
    directory: PathBuf,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Why a [`FakeBus`] does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartBus {
    /// No private directory could be made for the socket.
    #[error("cannot make a directory for the bus at {path}")]
    MakeDirectory {
        /// The directory.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// No thread could be started.
    #[error("cannot start a thread for the bus")]
    StartThread(#[source] io::Error),
    /// The bus could not listen on its socket.
    #[error("cannot listen for the bus: {0}")]
    Listen(String),
}

impl FakeBus {
    /// Starts a bus and returns when it takes connections. The caller needs no runtime.
    ///
    /// # Errors
    ///
    /// Without a writable directory for temporary files, or without a thread to run on.
    pub fn start() -> Result<Self, StartBus> {
        let directory = private_directory()?;
        let (stop, stopped) = oneshot::channel();
        let (listening, listens) = mpsc::channel();
        let socket = directory.join("bus");
        // A thread of its own: inside a tokio runtime zbus would put the bus's connections on
        // that runtime while busd's sockets stay on zruntime.
        let thread = thread::Builder::new()
            .name("bus".into())
            .spawn(move || zruntime::block_on(run(&socket, &listening, stopped)));
        let mut bus = Self { address: String::new(), directory, stop: Some(stop), thread: None };
        bus.thread = Some(thread.map_err(StartBus::StartThread)?);
        match listens.recv() {
            Ok(Ok(address)) => bus.address = address,
            Ok(Err(reason)) => return Err(StartBus::Listen(reason)),
            Err(mpsc::RecvError) => return Err(StartBus::Listen("its thread ended".into())),
        }
        Ok(bus)
    }

    /// The address to connect to, as in `DBUS_SYSTEM_BUS_ADDRESS`.
    pub fn address(&self) -> &str {
        &self.address
    }
}

impl Drop for FakeBus {
    /// Disconnects everybody and removes the socket.
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        let _ = fs::remove_dir_all(&self.directory);
    }
}

async fn run(
    socket: &Path,
    listening: &mpsc::Sender<Result<String, String>>,
    stopped: oneshot::Receiver<()>,
) {
    let address = format!("unix:path={}", socket.display());
    let mut bus = match busd::bus::Bus::for_address(Some(&address)).await {
        Ok(bus) => bus,
        Err(error) => {
            let _ = listening.send(Err(format!("{error:#}")));
            return;
        }
    };
    let _ = listening.send(Ok(bus.address().to_string()));
    select(pin!(bus.run()), stopped).await;
    // Detached tasks outlive `block_on` on a helper thread; a peer that leaves the map ends its.
    bus.peers().peers_mut().await.clear();
}

fn private_directory() -> Result<PathBuf, StartBus> {
    use std::hash::{BuildHasher, RandomState};

    let unique = RandomState::new().hash_one(std::process::id());
    let path = std::env::temp_dir().join(format!("pairpanel-{unique:016x}"));
    match fs::DirBuilder::new().mode(0o700).create(&path) {
        Ok(()) => Ok(path),
        Err(source) => Err(StartBus::MakeDirectory { path, source }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn two_connections_reach_each_other_and_the_socket_is_gone_with_the_bus() {
        let bus = FakeBus::start().unwrap();
        let directory = bus.directory.clone();
        let connect = || zbus::connection::Builder::address(bus.address());
        let server = connect().name("org.pairpanel.Test").build().await.unwrap();
        let client = connect().build().await.unwrap();

        let proxy = zbus::fdo::DBusProxy::new(&client).await.unwrap();
        let owner = proxy.get_name_owner("org.pairpanel.Test".try_into().unwrap()).await.unwrap();
        assert_eq!(Some(&owner), server.unique_name());

        drop(bus);
        client.closed().await;
        server.closed().await;
        assert!(!directory.exists());
    }
}
