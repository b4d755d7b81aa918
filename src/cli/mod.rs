//! The command line: arguments become values, and each command is one function.

mod arguments;
mod bench;
mod boards;
mod check;
mod client;
mod detect;
mod devices;
mod doctor;
mod forget;
mod oob;
mod pair;
mod prompt;
mod reload;
mod run;
#[cfg(feature = "simulator")]
mod simulate;
mod status;
mod table;
mod text;
mod trace;
mod watch;
mod window;
mod words;

use std::ffi::OsString;
use std::future::Future;
use std::io::Write as _;
use std::pin::Pin;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser as _};

use self::arguments::{Arguments, Command, Shipped, reword};

/// Why a command ended without success.
#[derive(Debug)]
enum Failure {
    /// Something did not work: status 1.
    Failed(String),
    /// The arguments, the configuration or the profile are wrong: status 2.
    Usage(String),
    /// There is no daemon to ask: status 3.
    NotRunning(String),
    /// The daemon does not do it for this user: status 4.
    NotAllowed(String),
}

/// The definition of the command line, as in builds without the simulator. The man page and the
/// shell completions are made from it.
pub fn definition() -> clap::Command {
    Arguments::<Shipped>::command()
}

/// Runs the command that `arguments` (without the program's name) ask for.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = [OsString::from("pairpanel")].into_iter().chain(arguments);
    let done = match Arguments::<Command>::try_parse_from(arguments) {
        Ok(Arguments { command: Some(command) }) => command.run(),
        Ok(Arguments { command: None }) => {
            print(&Arguments::<Command>::command().render_help().to_string())
        }
        Err(error) => match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
                print(&format!("{}\n", error.to_string().trim_end()))
            }
            _ => Err(Failure::Usage(reword(&error))),
        },
    };
    let Err(failure) = done else { return ExitCode::SUCCESS };
    let (status, message) = match failure {
        Failure::Failed(message) => (1, message),
        Failure::Usage(message) => (2, message),
        Failure::NotRunning(message) => (3, message),
        Failure::NotAllowed(message) => (4, message),
    };
    // Who cannot be told has the status.
    let _ = writeln!(std::io::stderr(), "pairpanel: {message}");
    ExitCode::from(status)
}

impl Command {
    fn run(self) -> Result<(), Failure> {
        match self {
            Self::Shipped(command) => command.run(),
            Self::OobReader => oob_reader(),
            #[cfg(feature = "simulator")]
            Self::Simulate(options) => simulate::simulate(&options),
        }
    }
}

impl Shipped {
    fn run(self) -> Result<(), Failure> {
        match self {
            Self::Run(options) => run::run(options),
            Self::Status(output) => status::status(output),
            Self::Open { seconds, output } => window::open(seconds, output),
            Self::Close(output) => window::close(output),
            Self::Devices(output) => devices::list(output),
            Self::Forget { devices, all: _, output } => forget::forget(&devices, output),
            Self::Pair(options) => pair::pair(options),
            Self::Watch(output) => watch::watch(output),
            Self::Identify => window::identify(),
            Self::Prompt(output) => prompt::prompt(output),
            Self::Oob(output) => oob::oob(output),
            Self::Doctor { output, root } => doctor::doctor(root, output.json),
            Self::Detect(options) => detect::detect(&options),
            Self::Boards { table: false } => boards::list(),
            Self::Boards { table: true } => table::table(),
            Self::Check { board: Some(board), .. } => boards::check(&board),
            Self::Check { board: None, config } => check::check(config.as_deref()),
            Self::Version => print(concat!("pairpanel ", env!("CARGO_PKG_VERSION"), "\n")),
        }
    }
}

fn oob_reader() -> Result<(), Failure> {
    crate::logging::start(log::LevelFilter::Info);
    crate::oob::reader::serve().map_err(failed)
}

/// Runs a command's work on a runtime of its own. It is boxed because each kind of future that a
/// runtime is compiled for adds kilobytes to the binary.
fn block_on(work: Pin<Box<dyn Future<Output = Result<(), Failure>> + '_>>) -> Result<(), Failure> {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().map_err(failed)?.block_on(work)
}

/// Prints to standard output; a reader that has gone is no failure.
fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::Failed(format!("cannot write: {error}")))
        }
        _ => Ok(()),
    }
}

fn log_level(verbose: bool) -> log::LevelFilter {
    if verbose { log::LevelFilter::Debug } else { log::LevelFilter::Info }
}

fn usage(error: impl std::fmt::Display) -> Failure {
    Failure::Usage(error.to_string())
}

fn failed(error: impl std::fmt::Display) -> Failure {
    Failure::Failed(error.to_string())
}
