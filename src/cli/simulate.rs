//! `simulate`: the daemon as it is, on a simulated panel, against a simulated bluetoothd and phone.

use std::fmt::Write as _;
use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use tokio::sync::{mpsc, oneshot};

use super::trace::{Pace, trace};
use super::{Failure, block_on, failed, log_level, print, usage};
use crate::board::{self, Board, Role};
use crate::clock::{Clock, ManualClock};
use crate::config::Config;
use crate::daemon::{self, Setup};
use crate::detect;
use crate::display::Frame;
use crate::display::draw::{Language, read};
use crate::pairing::{AtStart, Capability, Policy};
use crate::sim::{
    Address, Code, FakeBluetoothd, FakeBus, FakeGlass, FakePanel, FakePhone, Outcome, Person,
    Store, terminal,
};
use crate::{logging, sim};

const PHONE: Address = Address([0xA4, 0xC3, 0xF0, 0x1D, 0x9A, 0x4C]);
/// For what takes no time at all, unless something is broken.
const PATIENCE: Duration = Duration::from_secs(20);

/// What `simulate` is started with.
#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// The board to simulate (the first with a display and keys)
    #[arg(long, value_name = "NAME")]
    board: Option<String>,
    /// The configuration (all defaults)
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// What the phone can do
    #[arg(long, value_name = "CAPABILITY", default_value = "KeyboardDisplay")]
    #[arg(value_parser = capability())]
    phone: Capability,
    /// What the person at the panel does; also plays one pairing instead of waiting for keys
    #[arg(long, value_name = "HOW", value_enum)]
    answer: Option<Answer>,
    /// Log every event and effect
    #[arg(short, long)]
    verbose: bool,
    /// Play one pairing and write a line for each call, event, state and reply
    #[arg(long)]
    trace: bool,
    /// The same, and wait for Enter after each line
    #[arg(long)]
    step: bool,
}

impl Options {
    fn pace(&self) -> Option<Pace> {
        match (self.trace, self.step) {
            (_, true) => Some(Pace::Stepping),
            (true, false) => Some(Pace::Running),
            (false, false) => None,
        }
    }
}

/// What the person at the panel does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Answer {
    Accept,
    Reject,
    Ignore,
}

fn capability() -> impl TypedValueParser<Value = Capability> {
    PossibleValuesParser::new(Capability::ALL.map(Capability::as_str))
        .try_map(|name| name.parse::<Capability>())
}

pub(super) fn simulate(options: &Options) -> Result<(), Failure> {
    let config = match &options.config {
        Some(path) => Config::load(Some(path)).map_err(usage)?,
        None => Config::default(),
    };
    let board = match options.board.as_ref().or(config.board.as_ref()) {
        Some(name) => detect::load(name).map_err(usage)?,
        None => board_with_everything()?,
    };
    let language = config.language;
    let policy = Policy { window_at_start: AtStart::Always, ..config.policy };
    let at_terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    if at_terminal && options.answer.is_none() && options.pace().is_none() {
        // Log lines would tear the picture.
        logging::start(log::LevelFilter::Off);
        let phone = phone(options.phone);
        return block_on(Box::pin(async {
            terminal::run(board, policy, language, phone).await.map_err(failed)
        }));
    }
    logging::start(log_level(options.verbose));
    let answer = options.answer.unwrap_or(Answer::Accept);
    block_on(Box::pin(play(
        board,
        (policy, language),
        phone(options.phone),
        answer,
        options.pace(),
    )))
}

fn phone(capability: Capability) -> FakePhone {
    FakePhone { capability, ..FakePhone::new("Anna's Pixel", PHONE) }
}

/// The first profile with a display and keys: there is a lot to see on it.
fn board_with_everything() -> Result<Board, Failure> {
    let boards = board::names().into_iter().filter_map(|name| Board::load(&name).ok());
    let has_all = |board: &Board| board.display.is_some() && !board.buttons.is_empty();
    let none = || Failure::Usage("no profile has a display and keys; name one by --board".into());
    boards.into_iter().find(has_all).ok_or_else(none)
}

/// Plays one pairing in simulated time and prints what is to be seen.
async fn play(
    board: Board,
    (policy, language): (Policy, Language),
    phone: FakePhone,
    answer: Answer,
    pace: Option<Pace>,
) -> Result<(), Failure> {
    let clock = ManualClock::new();
    let bus = FakeBus::start().map_err(failed)?;
    let time = Clock::Manual(clock.clone());
    let bluetoothd = FakeBluetoothd::start(
        bus.address(),
        time.clone(),
        sim::Options { alias: "box-7F3A".into(), ..Default::default() },
        Store::default(),
    )
    .await
    .map_err(failed)?;
    let (has_glass, name) = (board.display.is_some(), board.name.clone());
    let arm = policy.arm;
    let hold = policy.hold;
    let prompt_time = policy.prompt;
    let (mut panel, setup) = FakePanel::new(board, policy, language, time, bus.address());
    let setup = Setup { trace: pace.map(trace), ..setup };
    let patience = if pace == Some(Pace::Stepping) { Duration::MAX } else { PATIENCE };
    let glass = panel.glass.clone();
    let (stop, stopped) = oneshot::channel::<()>();
    let script = async {
        let ready = wait_for(|| bluetoothd.is_discoverable(), patience).await;
        let capability = bluetoothd.default_capability().filter(|_| ready);
        let capability = capability.ok_or_else(|| failed("the agent did not register"))?;
        print(&format!("{name}\nThe panel is {capability}, the phone {}.\n", phone.capability))?;
        let (shows, mut shown) = mpsc::unbounded_channel();
        let mut person = Spectator { glass: has_glass.then(|| glass.clone()), shows };
        let pairing = phone.pair(&bluetoothd, &mut person);
        tokio::pin!(pairing);
        let outcome = loop {
            tokio::select! {
                biased;
                outcome = &mut pairing => break outcome,
                // A panel without a display shows no prompt.
                Some(code) = shown.recv(), if !has_glass && answer == Answer::Accept => {
                    panel.listened().await;
                    panel.pass(arm + Duration::from_millis(100)).await;
                    panel.enter(code).await;
                }
                () = panel.prompted() => match answer {
                    Answer::Accept => {
                        print(&pictures(&glass.take_history()))?;
                        panel.pass(arm + Duration::from_millis(100)).await;
                        match shown.try_recv() {
                            Ok(code) => panel.enter(code).await,
                            Err(_) => panel.hold(hold + Duration::from_millis(100)).await,
                        }
                    }
                    Answer::Reject => panel.press(Role::Reject, Duration::from_millis(100)).await,
                    Answer::Ignore => panel.pass(prompt_time).await,
                },
            }
        };
        if has_glass {
            // The last word is on the glass once the digits are gone.
            let mut frames = glass.watch();
            let gone = frames.wait_for(|frame| read(frame).is_none());
            let _ = tokio::time::timeout(patience, gone).await;
        }
        Ok::<_, Failure>(outcome)
    };
    let (ended, outcome) = tokio::join!(daemon::run(setup, async { drop(stopped.await) }), async {
        let outcome = script.await;
        drop(stop);
        outcome
    });
    ended.map_err(failed)?;
    let outcome = outcome?;
    print(&pictures(&glass.take_history()))?;
    match outcome {
        Outcome::Paired { authenticated } => {
            let how = if authenticated { "the code was checked" } else { "not verified" };
            print(&format!("paired: {how}\n"))
        }
        other => Err(Failure::Failed(format!("not paired: the phone says {other:?}"))),
    }
}

/// The person at the phone, who looks at the panel before answering and tells what is to be seen.
struct Spectator {
    glass: Option<FakeGlass>,
    /// Takes what the phone shows to the person at the panel.
    shows: mpsc::UnboundedSender<Code>,
}

impl Spectator {
    async fn reads_glass(&self, phone: &str) -> Option<Code> {
        let glass = self.glass.as_ref()?;
        let code = glass.code().await?;
        print(&pictures(&glass.take_history())).ok()?;
        print(&format!("on the phone: {phone}\n")).ok()?;
        Some(code)
    }
}

impl Person for Spectator {
    async fn compares(&mut self, number: Code) -> bool {
        self.reads_glass(&number.spaced()).await == Some(number)
    }

    async fn types_passkey(&mut self) -> Option<Code> {
        if self.glass.is_some() {
            return self.reads_glass("the code is asked for, and typed").await;
        }
        // Nobody shows one: the same person types a number of their choice on both.
        let code: Code = "271828".parse().ok()?;
        print(&format!("typed on both: {}\n", code.spaced())).ok()?;
        self.shows.send(code).ok().map(|()| code)
    }

    async fn types_at_panel(&mut self, passkey: Code) -> bool {
        let told =
            print(&format!("on the phone: {}, to be typed at the panel\n", passkey.spaced()));
        told.is_ok() && self.shows.send(passkey).is_ok()
    }
}

/// The pictures, each with the code that can be read on it.
fn pictures(frames: &[Frame]) -> String {
    let mut text = String::new();
    let mut last: Option<&Frame> = None;
    for frame in frames {
        if last == Some(frame) {
            continue;
        }
        let rule = "─".repeat(frame.width());
        let _ = writeln!(text, "┌{rule}┐");
        for line in frame.to_half_blocks().lines() {
            let _ = writeln!(text, "│{line}│");
        }
        let _ = writeln!(text, "└{rule}┘");
        if let Some(code) = Code::on(frame) {
            let _ = writeln!(text, "on the glass: {}", code.spaced());
        }
        last = Some(frame);
    }
    text
}

async fn wait_for(condition: impl Fn() -> bool, patience: Duration) -> bool {
    let waiting = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(patience, waiting).await.is_ok()
}
