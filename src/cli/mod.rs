//! The command line: arguments become values, and each command is one function.

mod boards;
mod pair;
mod run;
#[cfg(feature = "simulator")]
mod simulate;
mod table;
mod trace;

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Duration;

use lexopt::prelude::*;

const HELP: &str = "\
Turns the screen and buttons of this machine into its Bluetooth pairing panel.

Usage: pairpanel COMMAND [OPTION...]

Commands:
  run               be bluetoothd's pairing agent, until stopped
  pair ADDRESS      pair with a device, answered at the panel of the pairpanel that runs
  simulate          the same daemon with a simulated panel, bluetoothd and phone
  boards            list the board profiles; with --table: what each capability makes of a device
  check BOARD       read a board profile and say what it makes of the panel
  help, version

Options of run:
  --board NAME      the board profile, by name or path (instead of the configuration's)
  --config FILE     the configuration (instead of /etc/pairpanel/pairpanel.toml)
  --window SECONDS  open the pairing window at start for so long; 0 keeps it closed
  -v, --verbose     log every event and effect
  --trace           write a line for each call of bluetoothd, event, state and reply; no codes

Options of pair:
  --adapter hciN    by this adapter (instead of the first one that is switched on)
  --timeout SECONDS cancel after so long, 5 to 600 (130; the kernel gives up after 120)

Options of simulate:
  --board NAME      the board to simulate (the first with a display and keys)
  --config FILE     the configuration (all defaults)
  --phone CAP       what the phone can do: DisplayOnly, DisplayYesNo, KeyboardOnly,
                    NoInputNoOutput or KeyboardDisplay (the default)
  --answer HOW      what the person at the panel does: accept (the default), reject or ignore;
                    also plays one pairing instead of waiting for keys on a terminal
  -v, --verbose     log every event and effect
  --trace           play one pairing and write a line for each call, event, state and reply
  --step            the same, and wait for Enter after each line

Exit status: 0 done; 1 failed; 2 wrong arguments, configuration or board profile.
";

/// What the arguments ask for.
#[derive(Debug)]
enum Command {
    Run(run::Options),
    Pair(pair::Options),
    #[cfg(feature = "simulator")]
    Simulate(simulate::Options),
    Boards,
    Table,
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
        Command::Pair(options) => pair::pair(options),
        #[cfg(feature = "simulator")]
        Command::Simulate(options) => simulate::simulate(&options),
        Command::Boards => boards::list(),
        Command::Table => table::table(),
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
                    Long("trace") => options.trace = true,
                    Short('h') | Long("help") => return Ok(Command::Help),
                    other => return Err(other.unexpected().into()),
                }
            }
            Ok(Command::Run(options))
        }
        "pair" => pair_options(arguments),
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
                    Long("trace") => {
                        options.trace.get_or_insert(trace::Pace::Running);
                    }
                    Long("step") => options.trace = Some(trace::Pace::Stepping),
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
        "boards" => match arguments.next()? {
            None => Ok(Command::Boards),
            Some(Long("table")) => none_left(arguments).map(|()| Command::Table),
            Some(other) => Err(other.unexpected().into()),
        },
        "check" => {
            let board = arguments.value()?.string()?;
            none_left(arguments).map(|()| Command::Check(board))
        }
        "help" => Ok(Command::Help),
        "version" => Ok(Command::Version),
        other => Err(Failure::Usage(format!("there is no command {other:?}; see pairpanel help"))),
    }
}

fn pair_options(mut arguments: lexopt::Parser) -> Result<Command, Failure> {
    let (mut address, mut adapter, mut timeout) = (None, None, None);
    while let Some(argument) = arguments.next()? {
        match argument {
            Value(text) if address.is_none() => address = Some(text.parse()?),
            Long("adapter") => adapter = Some(adapter_name(arguments.value()?.string()?)?),
            Long("timeout") => {
                let seconds: u64 = arguments.value()?.parse()?;
                if !(5..=600).contains(&seconds) {
                    let message = format!("--timeout: {seconds} is not 5 to 600 seconds");
                    return Err(Failure::Usage(message));
                }
                timeout = Some(Duration::from_secs(seconds));
            }
            Short('h') | Long("help") => return Ok(Command::Help),
            other => return Err(other.unexpected().into()),
        }
    }
    let missing = || Failure::Usage("pair takes an address; see pairpanel help".to_owned());
    let mut options = pair::Options::new(address.ok_or_else(missing)?);
    options.adapter = adapter;
    options.timeout = timeout.unwrap_or(options.timeout);
    Ok(Command::Pair(options))
}

fn adapter_name(name: String) -> Result<String, Failure> {
    let number = name.strip_prefix("hci").unwrap_or_default();
    if !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit()) {
        return Ok(name);
    }
    Err(Failure::Usage(format!(
        "--adapter: {name:?} is no adapter; they are called hci0, hci1, ..."
    )))
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
