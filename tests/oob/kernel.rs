//! A kernel with adapters, as far as its management interface for out-of-band data: what
//! `read_local_oob_ext_data` of Linux' net/bluetooth/mgmt.c answers, and what else arrives meanwhile.

use std::collections::BTreeMap;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, Mutex, Weak};
use std::thread;

use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, send, socketpair,
};

const CONFIRMATION: u8 = 0x22;
const RANDOM: u8 = 0x23;

/// What an adapter is like. `Adapter::default()` is a dual-mode one that is on, as bluetoothd sets
/// it up.
#[derive(Clone, Debug)]
pub(crate) struct Adapter {
    pub(crate) powered: bool,
    pub(crate) le: bool,
    pub(crate) simple_pairing: bool,
    pub(crate) secure_connections: bool,
    pub(crate) privacy: bool,
    pub(crate) advertising: bool,
    pub(crate) address: [u8; 6],
}

impl Default for Adapter {
    fn default() -> Self {
        Self {
            powered: true,
            le: true,
            simple_pairing: true,
            secure_connections: true,
            privacy: false,
            advertising: false,
            address: [0x4c, 0x9a, 0x1d, 0xf0, 0xc3, 0xa4],
        }
    }
}

/// How the kernel treats who asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Manner {
    /// As Linux does since 4.1.
    #[default]
    Usual,
    /// From before 4.1.
    Old,
    /// The socket was opened without `CAP_NET_ADMIN`.
    Untrusted,
    /// It never answers.
    Silent,
    /// It never answers, and never stops sending events.
    Flood,
    /// It ends the connection.
    Closing,
    /// It answers with half of the data.
    Torn,
}

/// The kernel. Clones are the same one.
#[derive(Clone, Default)]
pub(crate) struct FakeKernel(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    manner: Manner,
    adapters: BTreeMap<u16, Adapter>,
    /// How many key pairs it has made.
    made: u8,
    /// The management sockets that are open, and whether data were read at each.
    sockets: Vec<(Weak<OwnedFd>, bool)>,
    /// The adapters that data were read of, in this order.
    reads: Vec<u16>,
}

impl FakeKernel {
    pub(crate) fn with(adapter: Adapter) -> Self {
        let kernel = Self::default();
        kernel.0.lock().unwrap().adapters.insert(0, adapter);
        kernel
    }

    pub(crate) fn in_the_manner(manner: Manner) -> Self {
        let kernel = Self::with(Adapter::default());
        kernel.0.lock().unwrap().manner = manner;
        kernel
    }

    pub(crate) fn change(&self, change: impl FnOnce(&mut Adapter)) {
        self.0.lock().unwrap().adapters.entry(0).and_modify(change);
    }

    /// The confirmation and random value of the key pair number `made`, from 1.
    pub(crate) fn values(made: u8) -> ([u8; 16], [u8; 16]) {
        ([made; 16], [!made; 16])
    }

    /// A management socket, with the kernel at the other end.
    pub(crate) fn open(&self) -> OwnedFd {
        let kind = (SocketType::SEQPACKET, SocketFlags::CLOEXEC);
        let (ours, theirs) = socketpair(AddressFamily::UNIX, kind.0, kind.1, None).unwrap();
        let (kernel, ours) = (self.clone(), Arc::new(ours));
        kernel.0.lock().unwrap().sockets.push((Arc::downgrade(&ours), false));
        thread::spawn(move || kernel.serve(&ours));
        theirs
    }

    /// How many key pairs it has made: what is good is the last one.
    pub(crate) fn made(&self) -> u8 {
        self.0.lock().unwrap().made
    }

    /// The adapters that data were read of, in this order.
    pub(crate) fn reads(&self) -> Vec<u16> {
        self.0.lock().unwrap().reads.clone()
    }

    /// Another adapter, like the first.
    pub(crate) fn plug(&self, index: u16) {
        self.0.lock().unwrap().adapters.insert(index, Adapter::default());
    }

    /// A key was made on an adapter, of a type as `MGMT_LTK_*` has them.
    pub(crate) fn new_key(&self, index: u16, address: [u8; 6], kind: u8) {
        let mut key = vec![1];
        key.extend(address);
        key.extend([2, kind, 0, 16, 0, 0]);
        key.extend([0x5a; 24]);
        self.happens(&event(0x0a, index, &key));
    }

    /// A pairing has failed; `kind` is 0 for BR/EDR, and 1 or 2 for LE.
    pub(crate) fn authentication_failed(&self, index: u16, address: [u8; 6], kind: u8) {
        self.happens(&event(0x11, index, &[address.as_slice(), &[kind, 0x05]].concat()));
    }

    fn happens(&self, event: &[u8]) {
        for (socket, _) in &self.0.lock().unwrap().sockets {
            socket.upgrade().map(|socket| tell(&*socket, event));
        }
    }

    /// Those who have read data learn of it when somebody else does.
    fn update_others(&self, reader: &Arc<OwnedFd>, answer: &[u8]) {
        let good = answer.starts_with(&[1, 0]) && answer.get(8) == Some(&0);
        if !good {
            return;
        }
        let mut update = answer.to_vec();
        update[0] = 0x22;
        update.drain(6..9);
        for (socket, has_read) in &mut self.0.lock().unwrap().sockets {
            match socket.upgrade() {
                Some(socket) if Arc::ptr_eq(&socket, reader) => *has_read = true,
                Some(socket) if *has_read => {
                    tell(&*socket, &update);
                }
                _ => {}
            }
        }
    }

    /// Until the other end is closed.
    fn serve(&self, socket: &Arc<OwnedFd>) {
        let mut command = [0; 64];
        while let Ok((length @ 1.., _)) = recv(socket, &mut command, RecvFlags::empty()) {
            let manner = self.0.lock().unwrap().manner;
            match manner {
                Manner::Silent => {}
                Manner::Flood => while tell(socket, &new_settings(0)) {},
                Manner::Closing => return,
                _ => {
                    for event in self.around(command[2]) {
                        tell(socket, &event);
                    }
                    let answer = self.answer(&command[..length], manner);
                    tell(socket, &answer);
                    self.update_others(socket, &answer);
                    tell(socket, &new_settings(0));
                }
            }
        }
    }

    /// What happens to arrive before an answer for adapter `index`.
    fn around(&self, index: u8) -> Vec<Vec<u8>> {
        vec![
            new_settings(0),
            // Longer than any answer, as an advertisement report can be.
            event(0x12, index.into(), &[0x3b; 3000]),
            // Answers to other commands, of other adapters.
            event(0x01, index.into(), &[0x04, 0x00, 0x00, 1, 2, 3]),
            event(0x02, u16::from(index) + 1, &[0x3b, 0x00, 0x11]),
            event(0x22, index.into(), &[0x06, 0x00, 0x00]),
            vec![0x01],
        ]
    }

    fn answer(&self, command: &[u8], manner: Manner) -> Vec<u8> {
        let [0x3b, 0x00, low, high, 0x01, 0x00, kind] = *command else {
            panic!("no command that this kernel knows: {command:02x?}")
        };
        let index = u16::from_le_bytes([low, high]);
        let status = |status: u8| event(0x02, index, &[0x3b, 0x00, status]);
        let state = &mut *self.0.lock().unwrap();
        match (manner, state.adapters.get(&index)) {
            (Manner::Old, _) => status(0x01),
            (Manner::Untrusted, _) => status(0x14),
            (_, None) => status(0x11),
            (_, Some(adapter)) => {
                state.reads.push(index);
                let (refusal, block) = adapter.read(kind, &mut state.made);
                let mut parameters = vec![0x3b, 0x00, refusal, kind];
                parameters.extend(u16::try_from(block.len()).unwrap().to_le_bytes());
                parameters.extend(block);
                let mut answer = event(0x01, index, &parameters);
                if manner == Manner::Torn {
                    answer.truncate(40);
                }
                answer
            }
        }
    }
}

impl Adapter {
    /// The status and the block of an answer.
    fn read(&self, kind: u8, made: &mut u8) -> (u8, Vec<u8>) {
        match self {
            Self { powered: false, .. } => (0x0f, vec![]),
            _ if kind != 0x06 => (0x0d, vec![]),
            Self { le: false, .. } => (0x0b, vec![]),
            Self { simple_pairing: false, .. } => (0x0c, vec![]),
            _ => {
                // The kernel makes the keys before it looks at privacy.
                *made += u8::from(self.secure_connections);
                if self.privacy { (0x0b, vec![]) } else { (0x00, self.block(*made)) }
            }
        }
    }

    fn block(&self, made: u8) -> Vec<u8> {
        let role = if self.advertising { 0x02 } else { 0x01 };
        let mut block = vec![8, 0x1b];
        block.extend(self.address);
        block.extend([0, 2, 0x1c, role]);
        if self.secure_connections {
            let (confirmation, random) = FakeKernel::values(made);
            for (kind, value) in [(CONFIRMATION, confirmation), (RANDOM, random)] {
                block.extend([17, kind]);
                block.extend(value);
            }
        }
        block.extend([2, 0x01, 0x02]);
        block
    }
}

fn new_settings(index: u16) -> Vec<u8> {
    event(0x06, index, &[0xd3, 0x0a, 0x00, 0x00])
}

fn event(code: u16, index: u16, parameters: &[u8]) -> Vec<u8> {
    let length = u16::try_from(parameters.len()).unwrap();
    let header = [code, index, length].map(u16::to_le_bytes);
    [header.as_flattened(), parameters].concat()
}

fn tell(socket: impl AsFd, event: &[u8]) -> bool {
    send(socket, event, SendFlags::NOSIGNAL).is_ok()
}
