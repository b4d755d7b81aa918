//! The `pairpanel` program; everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    pairpanel::cli::main(std::env::args_os().skip(1))
}
