//! The man page and the shell completions are what the definition of the command line says.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod papers;

use std::fs;
use std::path::Path;

use clap_complete::{Generator, Shell};
use clap_mangen::Man;
use pairpanel::cli::definition;

const SECTIONS: &str = include_str!("sections.roff");

/// The file below `dist` has this text, or gets it.
fn agree(path: &str, text: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("dist").join(path);
    if std::env::var_os("UPDATE_DOCUMENTS").is_some() {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, text).unwrap();
    }
    let committed = fs::read_to_string(&file).unwrap_or_default();
    let hint = "UPDATE_DOCUMENTS=1 cargo test --test documents writes it anew";
    assert!(committed == text, "dist/{path} is out of date; {hint}");
}

#[test]
fn the_completions_of_each_shell_are_up_to_date() {
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
        let mut text = Vec::new();
        clap_complete::generate(shell, &mut definition(), "pairpanel", &mut text);
        let path = format!("completions/{}", shell.file_name("pairpanel"));
        agree(&path, &String::from_utf8(text).unwrap());
    }
}

#[test]
fn the_man_page_is_up_to_date() {
    agree("man/pairpanel.1", &man_page());
}

#[test]
fn the_man_page_has_every_command_and_option() {
    let page = man_page();
    for command in definition().get_subcommands() {
        let heading = format!(".SS \"pairpanel {}", command.get_name());
        let (_, section) = page.split_once(&heading).unwrap_or_else(|| panic!("no {heading}"));
        let section = section.split("\n.S").next().unwrap();
        let named =
            |long: &str| section.contains(&format!("\\-\\-{}\\fR", long.replace('-', "\\-")));
        for option in command.get_opts().filter(|option| !option.is_hide_set()) {
            assert!(named(option.get_long().unwrap()), "{heading}: {option}");
        }
    }
    assert!(!page.contains("simulate"), "images have no simulator");
}

/// `pairpanel(1)`, in roff.
fn man_page() -> String {
    let program = definition();
    let mut page = Vec::new();
    let man = Man::new(program.clone()).manual("pairpanel");
    man.render_title(&mut page).unwrap();
    man.render_name_section(&mut page).unwrap();
    let mut page = String::from_utf8(page).unwrap();
    page += ".SH SYNOPSIS\n.B pairpanel\n.I COMMAND\n[\\fIOPTION\\fR...]\n";
    page += DESCRIPTION;
    page += ".SH COMMANDS\n";
    for command in program.get_subcommands() {
        page += &section(command);
    }
    page += &exit_status(&program);
    page += SECTIONS;
    page
}

const DESCRIPTION: &str = "\
.SH DESCRIPTION
.B pairpanel run
is a pairing agent of BlueZ. It turns the screen and buttons of a board into the place where somebody
decides which Bluetooth device may pair: the code is drawn on the display, and nothing is paired unless a
person at the board holds a button while a pairing window is open. It claims the input and output
capability that the attached hardware has proved to have, and claims less when a part fails.
.P
The other commands ask the one that runs, on the system bus
.RI ( org.pairpanel ),
or check what it is to be started with.
.B pairpanel help
.I COMMAND
says what a command takes.
";

/// A command with what it takes.
fn section(command: &clap::Command) -> String {
    let name = format!("pairpanel {}", command.get_name());
    // Every command has --help.
    let mut command = command.clone().bin_name(name).disable_help_flag(true);
    let usage = command.render_usage().to_string();
    let usage = usage.strip_prefix("Usage: ").unwrap().replace('-', "\\-");
    let man = Man::new(command);
    let mut text = Vec::new();
    man.render_description_section(&mut text).unwrap();
    man.render_options_section(&mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    // What stands before each part is for whole pages.
    let is_heading = |line: &&str| [".SH ", ".ie ", ".el "].iter().any(|it| line.starts_with(it));
    let lines = text.lines().filter(|line| !is_heading(line));
    let body: String = lines.map(|line| format!("{line}\n")).collect();
    format!(".SS \"{usage}\"\n{body}")
}

/// The list that ends the help.
fn exit_status(program: &clap::Command) -> String {
    let help = program.get_after_help().unwrap().to_string();
    let mut text = ".SH \"EXIT STATUS\"\n".to_owned();
    for line in help.lines().skip(1) {
        let (status, meaning) = line.trim().split_once("  ").unwrap();
        text += &format!(".TP\n.B {status}\n{meaning}\n");
    }
    text
}
