//! Which profiles the evidence speaks for. Pure.

mod parts;

use std::cmp::Reverse;

use self::parts::Reasons;
use super::Evidence;
use crate::board::{Board, BoardError};

/// What follows from the evidence.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// The profiles that something speaks for, the best first.
    pub suggestions: Vec<Suggestion>,
    /// Those that fit, and nothing else speaks for.
    pub silent: Vec<Suggestion>,
    /// Those that do not fit, or cannot be read.
    pub left_out: Vec<LeftOut>,
}

/// A profile that fits the machine.
#[derive(Clone, Debug)]
pub struct Suggestion {
    /// The profile, with the lines of this machine.
    pub board: Board,
    /// Whether it is what the HAT says in full.
    pub exact: bool,
    /// What speaks for it, the strongest first; each a part of a sentence.
    pub reasons: Vec<String>,
    /// What speaks against it, or has to be done first.
    pub against: Vec<String>,
}

/// A profile that does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Its name.
    pub id: String,
    /// Whether it is what the HAT says in full.
    pub exact: bool,
    /// Whether its file is wrong, and not the machine.
    pub broken: bool,
    /// Why not.
    pub why: String,
}

impl Outcome {
    /// The names of the profiles that are what the HAT says in full, whether they fit or not.
    pub fn exact(&self) -> Vec<&str> {
        let fit = self.suggestions.iter().filter(|suggestion| suggestion.exact);
        let left_out = self.left_out.iter().filter(|left_out| left_out.exact);
        fit.map(|s| s.board.id.as_str()).chain(left_out.map(|l| l.id.as_str())).collect()
    }
}

/// What the evidence makes of the profiles.
///
/// What a HAT says in full goes before what the kernel knows by name, and that before an address at
/// which something answers, which many boards have. What is left equal is decided by what speaks
/// against it, whether the profile names the machine, and how well its facts are known.
pub fn suggest(evidence: &Evidence, profiles: Vec<(String, Result<Board, BoardError>)>) -> Outcome {
    let mut ranked = Vec::new();
    let mut outcome = Outcome::default();
    for (id, profile) in profiles {
        let exact = |board: &Board| evidence.hats.iter().any(|hat| hat.is_of(board));
        let board = match profile {
            Ok(board) => board,
            Err(error) => {
                let error = error.to_string();
                // The excerpt of the file is for whoever corrects it.
                let why = error.lines().next().unwrap_or_default().to_owned();
                outcome.left_out.push(LeftOut { id, exact: false, broken: true, why });
                continue;
            }
        };
        let exact = exact(&board);
        let board = match fit(evidence, board) {
            Ok(board) => board,
            Err(why) => {
                outcome.left_out.push(LeftOut { id, exact, broken: false, why });
                continue;
            }
        };
        let mut reasons = Reasons::default();
        if exact {
            reasons.speaks_for.push("is what the HAT says that it is".to_owned());
        }
        parts::judge(evidence, &board, exact, &mut reasons);
        let Reasons { mut speaks_for, against, known, answers } = reasons;
        let named = !board.hosts.is_empty();
        if let Some(host) = &evidence.host {
            speaks_for.push(match named {
                true => format!("is known to fit {}", host.id),
                false => format!("fits {}, as any machine that has its pins", host.id),
            });
        }
        let rank = (
            Reverse((exact, known, answers)),
            against.len(),
            Reverse(named),
            board.confidence as u8,
        );
        let speaks = exact || known > 0 || answers;
        let suggestion = Suggestion { board, exact, reasons: speaks_for, against };
        if speaks {
            ranked.push((rank, suggestion));
        } else {
            outcome.silent.push(suggestion);
        }
    }
    // The sort is stable, so profiles of one rank stay in the order of their names.
    ranked.sort_by_key(|(rank, _)| *rank);
    outcome.suggestions = ranked.into_iter().map(|(_, suggestion)| suggestion).collect();
    outcome
}

/// The board on this machine, or why it is not for it.
fn fit(evidence: &Evidence, board: Board) -> Result<Board, String> {
    match &evidence.host {
        Some(host) => board.on(host).map_err(|error| error.to_string()),
        None if board.hosts.is_empty() => Ok(board),
        None => Err(format!(
            "is known to fit {} only, and this machine is in no host file",
            board.hosts.join(" and ")
        )),
    }
}
