//! Commands that go on until somebody stops them.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::thread;

use serde_json::Value;
use tokio::sync::mpsc;

use crate::command;
use crate::stand_in::StandIn;
use crate::world::{ANNA, TWIN, World};

/// A command that runs, and what it prints.
struct Running {
    child: Child,
    lines: mpsc::UnboundedReceiver<String>,
}

impl Running {
    fn start(panel: &StandIn, arguments: &[&str]) -> Self {
        let mut command = command(&panel.bus, arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let printed = BufReader::new(child.stdout.take().unwrap()).lines();
        let (sender, lines) = mpsc::unbounded_channel();
        thread::spawn(move || printed.for_each(|line| sender.send(line.unwrap()).unwrap()));
        Self { child, lines }
    }

    /// The next line.
    async fn line(&mut self) -> String {
        self.lines.recv().await.unwrap()
    }

    async fn json(&mut self) -> Value {
        serde_json::from_str(&self.line().await).unwrap()
    }

    /// Its exit status, and what it says of that.
    async fn stop(self) -> (Option<i32>, String) {
        let pid = self.child.id().to_string();
        let kill = Command::new("sh").args(["-c", "kill -s INT \"$0\"", &pid]).status();
        assert!(kill.unwrap().success());
        let ending = tokio::task::spawn_blocking(|| self.child.wait_with_output().unwrap());
        let ended = ending.await.unwrap();
        (ended.status.code(), String::from_utf8(ended.stderr).unwrap())
    }
}

#[tokio::test]
async fn watch_prints_a_line_for_each_thing_that_happens_until_it_is_stopped() {
    let panel = StandIn::start(World::default()).await;
    let mut watch = Running::start(&panel, &["watch"]);
    assert_eq!(watch.line().await, "watching pairpanel on Display and two keys");
    crate::run(&panel, &["open"]).await;
    assert_eq!(watch.line().await, "window open: open");
    assert_eq!(watch.line().await, "activity: the pairing window is open");
    crate::run(&panel, &["pair", "00:00:00:00:00:01"]).await;
    for line in [
        "pairing with Keyboard (00:1A:7D:DA:71:14) by just works",
        "pairing with Mouse (00:00:00:00:00:01) by passkey entry",
        "paired with Mouse (00:00:00:00:00:01) by passkey entry: the code was checked",
    ] {
        assert_eq!(watch.line().await, line);
    }
    let forged = [TWIN[0], TWIN[1], "A\u{1b}[2J\n"];
    panel.unknown_pairing(forged).await;
    let line = "A\\u{1b}[2J\\n (00:1A:7D:DA:71:14) is bonded, and nobody at this panel approved it";
    assert_eq!(watch.line().await, line);
    crate::run(&panel, &["forget", ANNA[1]]).await;
    assert_eq!(watch.line().await, "devices: 1");
    panel.stop().await;
    assert_eq!(watch.line().await, "pairpanel has stopped");
    panel.start_again().await;
    assert_eq!(watch.line().await, "watching pairpanel on Display and two keys");
    assert_eq!(watch.stop().await, (Some(0), String::new()));
}

#[tokio::test]
async fn watch_as_json_begins_with_the_whole_state() {
    let panel = StandIn::start(World::default()).await;
    let mut watch = Running::start(&panel, &["watch", "--json"]);
    let first = watch.json().await;
    assert_eq!((&first["event"], &first["state"]["board"]), (&"watching".into(), &"bonnet".into()));
    crate::run(&panel, &["open", "60"]).await;
    let line = watch.line().await;
    assert_eq!(line, "{\"event\":\"changed\",\"property\":\"window_open\",\"value\":true}");
    assert_eq!(watch.json().await["value"], "window");
    panel.unknown_pairing(TWIN).await;
    let line = watch.line().await;
    let expected = "{\"address\":\"00:1A:7D:DA:71:14\",\"device\":\
                    \"/org/bluez/hci1/dev_00_1A_7D_DA_71_14\",\"event\":\"unknown-pairing\",\
                    \"name\":\"Keyboard\"}";
    assert_eq!(line, expected);
    panel.stop().await;
    assert_eq!(watch.line().await, "{\"event\":\"stopped\"}");
    assert_eq!(watch.stop().await, (Some(0), String::new()));
}

#[tokio::test]
async fn a_pairing_that_is_interrupted_leaves_the_bus_and_fails() {
    let panel = StandIn::start(World { pairing: None, ..World::default() }).await;
    let mut pair = Running::start(&panel, &["pair", "00:00:00:00:00:01"]);
    assert_eq!(pair.line().await, "asked the panel to pair with 00:00:00:00:00:01");
    let line = "pairing with Mouse (00:00:00:00:00:01) by passkey entry: follow the panel";
    assert_eq!(pair.line().await, line);
    assert!(!panel.is_alone().await);
    let said = "pairpanel: cannot pair with 00:00:00:00:00:01: cancelled\n";
    assert_eq!(pair.stop().await, (Some(1), said.to_owned()));
    assert!(panel.is_alone().await);
}
