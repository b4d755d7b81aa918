//! Out-of-band data on their way: a kernel, the reader as systemd starts it, the daemon's question.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod kernel;
mod lease;
mod socket;

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};
use std::time::Duration;

use pairpanel::oob::source::SOCKET;
use pairpanel::oob::{Cause, Code, LeRole, OobData, mgmt, reader};
use rustix::io::Errno;

use crate::kernel::{Adapter, FakeKernel, Manner};

/// Far less than the kernel is given, because a kernel that is silent is waited for.
const SHORT: Duration = Duration::from_millis(50);
/// Far more, because a slow machine is no silent kernel.
const LONG: Duration = Duration::from_secs(600);

fn read(kernel: &FakeKernel) -> Result<OobData, Cause> {
    mgmt::read(kernel.open(), 0, LONG, |_| {})
}

fn values(data: &OobData) -> ([u8; 16], [u8; 16]) {
    (*data.confirmation(), *data.random())
}

#[test]
fn the_answer_is_found_among_other_events_and_differs_each_time() {
    let kernel = FakeKernel::with(Adapter::default());
    let channel = kernel.open();
    for made in 1..=3 {
        let data = mgmt::read(&channel, 0, LONG, |_| {}).unwrap();
        assert_eq!(values(&data), FakeKernel::values(made));
        assert_eq!(data.address.to_string(), "A4:C3:F0:1D:9A:4C");
        assert_eq!((data.role, data.flags()), (LeRole::Central, 0x02));
    }
    kernel.change(|adapter| adapter.advertising = true);
    assert_eq!(read(&kernel).unwrap().role, LeRole::PreferPeripheral);
}

/// What is wrong with the adapter or the kernel → what is said, and by which number.
#[test]
fn whatever_keeps_the_data_away_has_its_cause() {
    let with = |change: fn(&mut Adapter)| {
        let kernel = FakeKernel::with(Adapter::default());
        kernel.change(change);
        kernel
    };
    let manner = FakeKernel::in_the_manner;
    let cases = [
        (FakeKernel::default(), Cause::NoAdapter(0), Code::NoAdapter),
        (with(|adapter| adapter.powered = false), Cause::Off(0), Code::Off),
        (with(|adapter| adapter.le = false), Cause::Rejected(0), Code::Rejected),
        (with(|adapter| adapter.privacy = true), Cause::Rejected(0), Code::Rejected),
        (
            with(|adapter| adapter.simple_pairing = false),
            Cause::NotSupported(0),
            Code::NotSupported,
        ),
        (
            with(|adapter| adapter.secure_connections = false),
            Cause::NoSecureConnections(0),
            Code::NoSecureConnections,
        ),
        (manner(Manner::Old), Cause::OldKernel, Code::OldKernel),
        (manner(Manner::Untrusted), Cause::NotPermitted, Code::NotPermitted),
        (manner(Manner::Torn), Cause::Length(0), Code::Other),
        (manner(Manner::Closing), Cause::Call("recv", Errno::PIPE), Code::Other),
    ];
    for (kernel, cause, code) in cases {
        assert_eq!(read(&kernel), Err(cause));
        assert_eq!(cause.code(), code);
    }
}

#[test]
fn a_kernel_that_does_not_answer_is_given_up_even_if_it_never_stops_talking() {
    for manner in [Manner::Silent, Manner::Flood] {
        let channel = FakeKernel::in_the_manner(manner).open();
        assert_eq!(mgmt::read(channel, 0, SHORT, |_| {}), Err(Cause::Silent(0)), "{manner:?}");
    }
}

#[test]
fn a_question_of_another_version_is_refused_and_no_socket_opened() {
    let (mut daemon, mut helper) = UnixStream::pair().unwrap();
    daemon.write_all(&[2, 0, 0]).unwrap();
    let outcome = reader::lease(&mut helper, LONG, || panic!("a management socket was opened"));
    assert_eq!(outcome.unwrap(), Err(Cause::Question));
    drop(helper);
    let mut answer = Vec::new();
    daemon.read_to_end(&mut answer).unwrap();
    assert_eq!(answer[0], Code::Question as u8);
    assert_eq!(&answer[2..], Cause::Question.to_string().as_bytes());
}

#[test]
fn a_question_that_breaks_off_gets_no_answer() {
    let (mut daemon, mut helper) = UnixStream::pair().unwrap();
    daemon.write_all(&[1, 0]).unwrap();
    daemon.shutdown(std::net::Shutdown::Write).unwrap();
    let outcome = reader::lease(&mut helper, LONG, || panic!("a management socket was opened"));
    assert_eq!(outcome.unwrap_err().kind(), std::io::ErrorKind::UnexpectedEof);
    drop(helper);
    assert_eq!(daemon.read(&mut [0]).unwrap(), 0);
}

#[test]
fn the_units_name_the_socket_the_command_and_what_it_needs() {
    let socket = include_str!("../../dist/systemd/pairpanel-oob.socket");
    let service = include_str!("../../dist/systemd/pairpanel-oob@.service");
    let has = |unit: &str, line: &str| unit.lines().any(|found| found == line);
    assert!(has(socket, &format!("ListenStream={SOCKET}")));
    for line in ["SocketUser=pairpanel", "SocketMode=0600", "Accept=yes"] {
        assert!(has(socket, line), "{line}");
    }
    for line in [
        "ExecStart=/usr/bin/pairpanel oob-reader",
        "StandardInput=socket",
        "CapabilityBoundingSet=CAP_NET_ADMIN",
        "AmbientCapabilities=CAP_NET_ADMIN",
    ] {
        assert!(has(service, line), "{line}");
    }
    let directives = service.lines().filter(|line| !line.starts_with('#'));
    for taken in ["PrivateNetwork=", "PrivateUsers=", "AF_BLUETOOTH"] {
        assert!(directives.clone().all(|line| !line.contains(taken)), "{taken}");
    }
}

fn program(stdin: Stdio) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_pairpanel")).arg("oob-reader").stdin(stdin).output().unwrap()
}

#[test]
fn the_program_answers_at_the_socket_that_it_is_started_with() {
    let (mut daemon, helper) = UnixStream::pair().unwrap();
    // An adapter that no machine has, so nobody's data become void.
    daemon.write_all(&[1, 0xfe, 0xff]).unwrap();
    let output = program(Stdio::from(std::os::fd::OwnedFd::from(helper)));
    assert!(output.status.success() && output.stdout.is_empty(), "{output:?}");
    let mut answer = Vec::new();
    daemon.read_to_end(&mut answer).unwrap();
    let reasons = [Cause::NoAdapter(0xfffe), Cause::NotPermitted, Cause::NoBluetooth];
    let said = |cause: &Cause| {
        answer[0] == cause.code() as u8 && answer[2..] == *cause.to_string().as_bytes()
    };
    assert!(reasons.iter().any(said), "{answer:?}");
    assert!(output.stderr.is_empty(), "the daemon says it: {output:?}");
}

/// Whether a process catches SIGTERM (proc(5), `SigCgt`).
fn catches_sigterm(process: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:\t")).unwrap();
    u64::from_str_radix(caught, 16).unwrap() >> (15 - 1) & 1 == 1
}

#[test]
fn the_program_that_is_stopped_ends_as_if_it_had_been_left() {
    let (_daemon, helper) = UnixStream::pair().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_pairpanel"));
    let stdin = Stdio::from(std::os::fd::OwnedFd::from(helper));
    let mut program = command.arg("oob-reader").stdin(stdin).spawn().unwrap();
    while !catches_sigterm(program.id()) {
        std::thread::yield_now();
    }
    let pid = rustix::process::Pid::from_child(&program);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert!(program.wait().unwrap().success());
}

#[test]
fn the_program_says_who_starts_it_when_somebody_else_does() {
    let output = program(Stdio::null());
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("pairpanel-oob.socket starts this command"), "{said}");
}
