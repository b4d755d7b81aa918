//! The command line: arguments become values, and each command is one function.

mod boards;
mod run;
#[cfg(feature = "simulator")]
mod simulate;

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Duration;

use lexopt::prelude::*;

const HELP: &str = "\
Turns the screen and buttons of this machine into its Bluetooth pairing panel.

Usage: pairpanel COMMAND [OPTION...]

Commands:
  run               be bluetoothd's pairing agent, until stopped
  simulate          the same daemon with a simulated panel, bluetoothd and phone
  boards            list the board profiles
  check BOARD       read a board profile and say what it makes of the panel
  help, version

Options of run:
  --board NAME      the board profile, by name or path (instead of the configuration's)
  --config FILE     the configuration (instead of /etc/pairpanel/pairpanel.toml)
  --window SECONDS  open the pairing window at start for so long; 0 keeps it closed
  -v, --verbose     log every event and effect

Options of simulate:
  --board NAME      the board to simulate (the first with a display and keys)
  --config FILE     the configuration (all defaults)
  --phone CAP       what the phone can do: DisplayOnly, DisplayYesNo, KeyboardOnly,
                    NoInputNoOutput or KeyboardDisplay (the default)
  --answer HOW      what the person at the panel does: accept (the default), reject or ignore;
                    also plays one pairing instead of waiting for keys on a terminal
  -v, --verbose     log every event and effect

Exit status: 0 done; 1 failed; 2 wrong arguments, configuration or board profile.
";

/// What the arguments ask for.
#[derive(Debug)]
enum Command {
    Run(run::Options),
    #[cfg(feature = "simulator")]
    Simulate(simulate::Options),
    Boards,
    Check(String),
    Help,
    Version,
}

/// Why a command ended without success.
#[derive(Debug)]
enum Failure {
    /// The arguments, the configuration or the profile are wrong: status 2.
    Usage(String),
    /// Something did not work: status 1.
    Failed(String),
}

impl From<lexopt::Error> for Failure {
    fn from(error: lexopt::Error) -> Self {
        Self::Usage(format!("{error}; see pairpanel help"))
    }
}

/// Runs the command that `arguments` (without the program's name) ask for.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let done = parse(lexopt::Parser::from_args(arguments)).and_then(|command| match command {
        Command::Run(options) => run::run(options),
        #[cfg(feature = "simulator")]
        Command::Simulate(options) => simulate::simulate(&options),
        Command::Boards => boards::list(),
        Command::Check(name) => boards::check(&name),
        Command::Help => print(HELP),
        Command::Version => print(concat!("pairpanel ", env!("CARGO_PKG_VERSION"), "\n")),
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Usage(message)) => {
            eprintln!("pairpanel: {message}");
            ExitCode::from(2)
        }
        Err(Failure::Failed(message)) => {
            eprintln!("pairpanel: {message}");
            ExitCode::FAILURE
        }
    }
}

fn parse(mut arguments: lexopt::Parser) -> Result<Command, Failure> {
    let command = match arguments.next()? {
        Some(Value(command)) => command.string()?,
        Some(Long("help") | Short('h')) | None => return Ok(Command::Help),
        Some(Long("version") | Short('V')) => return Ok(Command::Version),
        Some(other) => return Err(other.unexpected().into()),
    };
    match command.as_str() {
        "run" => {
            let mut options = run::Options::default();
            while let Some(argument) = arguments.next()? {
                match argument {
                    Long("board") => options.board = Some(arguments.value()?.string()?),
                    Long("config") => options.config = Some(arguments.value()?.into()),
                    Long("window") => {
                        let seconds: u32 = arguments.value()?.parse()?;
                        options.window = Some(Duration::from_secs(seconds.into()));
                    }
                    Short('v') | Long("verbose") => options.verbose = true,
                    Short('h') | Long("help") => return Ok(Command::Help),
                    other => return Err(other.unexpected().into()),
                }
            }
            Ok(Command::Run(options))
        }
        #[cfg(feature = "simulator")]
        "simulate" => {
            let mut options = simulate::Options::default();
            while let Some(argument) = arguments.next()? {
                match argument {
                    Long("board") => options.board = Some(arguments.value()?.string()?),
                    Long("config") => options.config = Some(arguments.value()?.into()),
                    Long("phone") => options.phone = arguments.value()?.parse()?,
                    Long("answer") => options.answer = Some(arguments.value()?.parse()?),
                    Short('v') | Long("verbose") => options.verbose = true,
                    Short('h') | Long("help") => return Ok(Command::Help),
                    other => return Err(other.unexpected().into()),
                }
            }
            Ok(Command::Simulate(options))
        }
        #[cfg(not(feature = "simulator"))]
        "simulate" => Err(Failure::Usage(
            "this build has no simulator; build it without --no-default-features".to_owned(),
        )),
        "boards" => none_left(arguments).map(|()| Command::Boards),
        "check" => {
            let board = arguments.value()?.string()?;
            none_left(arguments).map(|()| Command::Check(board))
        }
        "help" => Ok(Command::Help),
        "version" => Ok(Command::Version),
        other => Err(Failure::Usage(format!("there is no command {other:?}; see pairpanel help"))),
    }
}

fn none_left(mut arguments: lexopt::Parser) -> Result<(), Failure> {
    match arguments.next()? {
        None => Ok(()),
        Some(other) => Err(other.unexpected().into()),
    }
}

/// Prints to standard output; a reader that has gone is no failure.
fn print(text: &str) -> Result<(), Failure> {
    use std::io::Write as _;
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::Failed(format!("cannot write: {error}")))
        }
        _ => Ok(()),
    }
}

fn log_level(verbose: bool) -> log::LevelFilter {
    if verbose { log::LevelFilter::Debug } else { log::LevelFilter::Info }
}
