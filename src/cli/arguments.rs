//! The definition of the command line, which parsing, the help, the completions and the man page
//! are made from, and what is said when arguments do not fit it.

use std::path::PathBuf;
use std::time::Duration;

use clap::error::{ContextKind, ContextValue, ErrorKind};

#[cfg(feature = "simulator")]
use super::simulate;
use super::{detect, pair, run};

const EXIT_STATUS: &str = "\
Exit status:
  0  done
  1  failed, or doctor found a fault
  2  wrong arguments, configuration or board profile
  3  pairpanel is not running
  4  not allowed: methods are for root and members of the group pairpanel";

/// The program, with commands of the kind `C`.
#[derive(Debug, clap::Parser)]
#[command(
    name = "pairpanel",
    bin_name = "pairpanel",
    version,
    about = "Turns the screen and buttons of this machine into its Bluetooth pairing panel",
    after_help = EXIT_STATUS,
)]
pub(super) struct Arguments<C: clap::Subcommand> {
    #[command(subcommand)]
    pub(super) command: Option<C>,
}

/// The commands of this build.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    #[command(flatten)]
    Shipped(Shipped),
    /// Answer the daemon's question at standard input, as pairpanel-oob@.service
    #[command(hide = true)]
    OobReader,
    /// Run the same daemon with a simulated panel, bluetoothd and phone
    #[cfg(feature = "simulator")]
    Simulate(simulate::Options),
}

/// The commands that every build has.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Shipped {
    /// Be bluetoothd's pairing agent, until stopped
    ///
    /// SIGHUP has it read the configuration again: a good one applies from then on, of a bad one
    /// the log says what is wrong with it. SIGTERM and SIGINT stop it; what is asked at that moment
    /// is refused, and the adapters are closed for pairing.
    #[command(verbatim_doc_comment)]
    Run(run::Options),
    /// Say what the panel can do, what works and what is going on
    Status(Output),
    /// Open the pairing window
    ///
    /// If it is open already, what is left of it is set anew.
    #[command(verbatim_doc_comment)]
    Open {
        /// For so long, 1 to 3600 (as window-seconds of the configuration says)
        #[arg(value_parser = within(1, 3600))]
        seconds: Option<Duration>,
        #[command(flatten)]
        output: Output,
    },
    /// Close the pairing window
    Close(Output),
    /// List the devices that are bonded or blocked
    Devices(Output),
    /// Delete bonds
    ///
    /// The device has to pair anew after that. Every DEVICE is looked up before the first bond is
    /// deleted.
    #[command(verbatim_doc_comment)]
    Forget {
        /// The device: its address, its D-Bus object path, or its name if no other has it
        #[arg(required_unless_present = "all", value_name = "DEVICE")]
        devices: Vec<String>,
        /// Every device that is bonded
        #[arg(long, conflicts_with = "devices")]
        all: bool,
        #[command(flatten)]
        output: Output,
    },
    /// Pair with a device that waits for it, a keyboard for instance
    ///
    /// The panel shows what to type on it, or asks what is to be answered here. The pairing window
    /// opens for it. Ctrl-C cancels.
    #[command(verbatim_doc_comment)]
    Pair(pair::Options),
    /// Print a line for each thing that happens, until stopped
    ///
    /// It goes on when pairpanel is stopped, and begins anew when that is back.
    #[command(verbatim_doc_comment)]
    Watch(Output),
    /// Make the panel recognisable among several
    Identify,
    /// Print what is asked or shown at the panel, the code included
    ///
    /// For people who cannot read the display. It works only if prompt-command of the configuration
    /// says so, and the log names whoever has used it. Accepting takes the key at the panel all the
    /// same.
    #[command(verbatim_doc_comment)]
    Prompt(Output),
    /// Print what a device has to know to pair out of band
    ///
    /// For root, and for products that hand it on their own way: whoever has it can pair as if they
    /// had seen the panel. It is good while the pairing window is open, and until a device has paired
    /// by it. Needs out-of-band = true in the configuration.
    #[command(verbatim_doc_comment)]
    Oob(Output),
    /// Look for what keeps the panel from working on this machine
    Doctor {
        #[command(flatten)]
        output: Output,
        /// Examine the image whose files are below this directory, instead of this machine
        #[arg(long, value_name = "DIR")]
        root: Option<PathBuf>,
    },
    /// Say which board is attached, as far as the machine knows
    ///
    /// Prints what the machine says of itself, and the board profiles that it speaks for, with the
    /// reasons. No pin is requested or driven, and no bus opened unless that is asked for.
    #[command(verbatim_doc_comment)]
    Detect(detect::Options),
    /// List the board profiles
    Boards {
        /// Print what each capability makes of each kind of device instead
        #[arg(long)]
        table: bool,
    },
    /// Check a board profile, or without BOARD the configuration and its board
    ///
    /// Prints what they make of the panel, or what is wrong with them and where. On a terminal of the
    /// machine that has the board, it offers to try the board with you: which display it really is,
    /// which key is which. What differs from the profile is written as a new one. Stop pairpanel for
    /// that.
    #[command(verbatim_doc_comment)]
    Check {
        /// The board profile, by name or path
        board: Option<String>,
        /// The configuration (instead of /etc/pairpanel/pairpanel.toml)
        #[arg(long, value_name = "FILE", conflicts_with = "board")]
        config: Option<PathBuf>,
    },
    /// Print the version
    Version,
}

/// How a command writes what it has to say.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(super) struct Output {
    /// Write JSON, one object a line
    #[arg(long)]
    pub(super) json: bool,
}

/// A parser of seconds from `low` to `high`.
pub(super) fn within(
    low: u32,
    high: u32,
) -> impl Fn(&str) -> Result<Duration, String> + Clone + Send + Sync + 'static {
    move |text| match text.parse::<u32>() {
        Ok(seconds) if (low..=high).contains(&seconds) => Ok(Duration::from_secs(seconds.into())),
        _ => Err(format!("{text} is not {low} to {high} seconds")),
    }
}

/// What clap says, in one line and with the remedy.
pub(super) fn reword(error: &clap::Error) -> String {
    let said = match (error.kind(), error.get(ContextKind::InvalidSubcommand)) {
        #[cfg(not(feature = "simulator"))]
        (_, Some(ContextValue::String(name))) if name == "simulate" => {
            return "this build has no simulator; build it without --no-default-features"
                .to_owned();
        }
        (ErrorKind::InvalidSubcommand, Some(ContextValue::String(name))) => {
            let near = match error.get(ContextKind::SuggestedSubcommand) {
                Some(ContextValue::String(near)) => Some(near),
                Some(ContextValue::Strings(near)) => near.first(),
                _ => None,
            };
            match near {
                Some(near) => {
                    return format!("there is no command {name:?}; did you mean {near:?}?");
                }
                None => format!("there is no command {name:?}"),
            }
        }
        _ => {
            let text = error.to_string();
            let mut paragraphs = text.split("\n\n");
            let first = paragraphs.next().unwrap_or_default();
            let first = first.strip_prefix("error: ").unwrap_or(first);
            let mut said = first.split_whitespace().collect::<Vec<_>>().join(" ");
            let tips = paragraphs.filter_map(|paragraph| paragraph.trim().strip_prefix("tip: "));
            for tip in tips.filter(|tip| tip.contains("similar")) {
                said = format!("{said}; {tip}");
            }
            said
        }
    };
    format!("{said}; see pairpanel help")
}
