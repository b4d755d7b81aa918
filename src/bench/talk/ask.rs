//! Questions and their answers.

use super::{Bench, Happening};

/// The person has gone.
#[derive(Debug)]
pub(super) struct Left;

/// What was typed, without blanks around it. What keys do meanwhile is of no interest.
pub(super) fn line(bench: &mut dyn Bench, question: &str) -> Result<String, Left> {
    bench.say(question);
    loop {
        match bench.wait(None) {
            Happening::Line(line) => return Ok(line.trim().to_owned()),
            Happening::Ended => return Err(Left),
            Happening::Key(_) | Happening::Nothing => {}
        }
    }
}

/// No, unless it is yes.
pub(super) fn yes(bench: &mut dyn Bench, question: &str) -> Result<bool, Left> {
    let answer = line(bench, &format!("{question} [y/N] "))?.to_lowercase();
    Ok(matches!(answer.as_str(), "y" | "yes"))
}

/// Which of these it is: its place in the list.
pub(super) fn choose(
    bench: &mut dyn Bench,
    question: &str,
    answers: &[&str],
) -> Result<usize, Left> {
    let mut text = format!("{question}\n");
    for (n, answer) in (1..).zip(answers) {
        text += &format!("  {n:>2}  {answer}\n");
    }
    bench.say(&text);
    loop {
        let number = line(bench, "> ")?.parse::<usize>().ok();
        match number.and_then(|number| number.checked_sub(1)).filter(|n| *n < answers.len()) {
            Some(n) => return Ok(n),
            None => bench.say(&format!("Type a number from 1 to {}.\n", answers.len())),
        }
    }
}

/// Which of these, any number of them: their places in the list.
pub(super) fn choose_some(
    bench: &mut dyn Bench,
    question: &str,
    answers: &[&str],
) -> Result<Vec<usize>, Left> {
    let numbered = (1..).zip(answers).map(|(n, answer)| format!("{n} {answer}"));
    let list = numbered.collect::<Vec<_>>().join("   ");
    bench.say(&format!("{question}\n  {list}\n"));
    loop {
        let typed = line(bench, "Their numbers, such as 13, or Enter for none > ")?;
        let place = |c: char| {
            c.to_digit(10).map(|n| n as usize).filter(|n| (1..=answers.len()).contains(n))
        };
        let digits = typed.chars().filter(|c| !matches!(c, ' ' | ',')).map(place);
        match digits.collect::<Option<Vec<usize>>>() {
            Some(places) => return Ok(places.into_iter().map(|n| n - 1).collect()),
            None => bench.say(&format!("Type digits from 1 to {}.\n", answers.len())),
        }
    }
}
