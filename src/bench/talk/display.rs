//! The display: pictures until one is right.

use super::Bench;
use super::ask::{Left, choose, choose_some};
use crate::bench::Checked;
use crate::bench::guess::{Guess, ROTATIONS, degrees, quarters};
use crate::bench::picture::picture;
use crate::bench::search::Search;
use crate::bench::view::{Direction, Half, Side, Sides, View};
use crate::board::{Controller, DisplayProfile};
use crate::display::draw::fits;

/// Finds what the display is. `profile` is that of this machine, and `found` gets what it should say;
/// returns the first with that in it, unless there is no display that shows anything.
pub(super) fn find(
    bench: &mut dyn Bench,
    profile: &DisplayProfile,
    found: &mut DisplayProfile,
    checked: &mut Checked,
) -> Result<Option<DisplayProfile>, Left> {
    bench.say(
        "\nDisplay. Each picture has a frame along all four edges, a block in its top left corner, and\n\
         in the middle an arrow that points up beside the word TOP and the number of the picture.\n",
    );
    let ended = match Guess::of(profile) {
        Some(guess) => search(bench, profile, &guess)?,
        None => turn(bench, profile)?,
    };
    let right = match ended {
        Ok(right) => right,
        Err(why) => {
            bench.say(&format!("The display is not confirmed: {why}.\n"));
            checked.open.push(format!("display ({why})"));
            return Ok(None);
        }
    };
    let (width, height) = right.frame_size();
    if !fits(width, height) {
        let size = format!("{}x{}", right.width, right.height);
        let why = format!("glass of {size}, mounted like this, is too small for the screens");
        bench.say(&format!("It works, but {why}: no profile can have it.\n"));
        checked.open.push(format!("display ({why})"));
        return Ok(None);
    }
    match Guess::of(&right) {
        Some(guess) => *found = guess.put_into(found),
        None => {
            *found = DisplayProfile { rotation: right.rotation, ..found.clone() };
        }
    }
    checked.works.push("the display".to_owned());
    Ok(Some(right))
}

/// What is right, or why nothing is.
type Found = Result<DisplayProfile, String>;

fn search(bench: &mut dyn Bench, profile: &DisplayProfile, start: &Guess) -> Result<Found, Left> {
    let mut search = Search::new(start);
    let mut attempt = 0;
    let mut seen_light = false;
    while let Some(guess) = search.next() {
        attempt += 1;
        let tried = guess.put_into(profile);
        bench.say(&format!("\nPicture {attempt}: {}.\n", guess.describe()));
        if guess.controller == Controller::Ssd1306 && start.controller != Controller::Ssd1306 {
            bench.say("(This one has its charge pump started, which the profile's has not.)\n");
        }
        if let Err(why) = show(bench, &tried, attempt) {
            let probe = "pairpanel detect --probe-i2c reads at which address something answers";
            return Ok(Err(if tried.answers() { format!("{why}; {probe}") } else { why }));
        }
        let Some((view, half)) = look(bench, &search, &guess, attempt)? else {
            return Ok(Err("given up".to_owned()));
        };
        if view == View::Right {
            return Ok(Ok(tried));
        }
        seen_light |= view != View::Dark;
        search.saw(&guess, view, half);
    }
    let why = if seen_light {
        "it is none of the displays that pairpanel can drive, or one answer was wrong; try again, or \
         look up the controller on the module"
    } else {
        "nothing gives light; check the cable and the supply, and on I2C the address (pairpanel \
         detect --probe-i2c)"
    };
    Ok(Err(why.to_owned()))
}

/// A driver in the kernel has the display, so that all there is to find is how it is mounted.
fn turn(bench: &mut dyn Bench, profile: &DisplayProfile) -> Result<Found, Left> {
    let mut rotation = profile.rotation;
    for attempt in 1..=2 {
        let tried = DisplayProfile { rotation, ..profile.clone() };
        bench.say(&format!("\nPicture {attempt}: rotation {}.\n", degrees(rotation)));
        if let Err(why) = show(bench, &tried, attempt) {
            return Ok(Err(why));
        }
        match view(bench, attempt)? {
            Some(View::Right) => return Ok(Ok(tried)),
            Some(View::Points(direction)) => {
                rotation = ROTATIONS[(4 + quarters(rotation) - direction.quarters()) % 4];
            }
            Some(_) => break,
            None => return Ok(Err("given up".to_owned())),
        }
    }
    let why = "all but the rotation is the business of the kernel's driver; correct its overlay or \
               device tree";
    Ok(Err(why.to_owned()))
}

fn show(bench: &mut dyn Bench, tried: &DisplayProfile, attempt: usize) -> Result<(), String> {
    let (width, height) = tried.frame_size();
    bench.show(tried, &picture(width, height, attempt), true)
}

/// What is to be seen; `None` if the person gives up.
fn look(
    bench: &mut dyn Bench,
    search: &Search,
    guess: &Guess,
    attempt: usize,
) -> Result<Option<(View, Option<Half>)>, Left> {
    let Some(view) = view(bench, attempt)? else { return Ok(None) };
    let View::Moved { cut, away } = view else { return Ok(Some((view, None))) };
    let Some(side) = search.asks_half(guess, cut, away) else { return Ok(Some((view, None))) };
    let side = name(side);
    let question = format!("In which half of the glass is the {side} edge of the frame?");
    let near = format!("the {side} half");
    let half = choose(bench, &question, &[&near, "the other half"])?;
    Ok(Some((view, Some(if half == 0 { Half::Near } else { Half::Far }))))
}

const ANSWERS: [&str; 10] = [
    "The arrow points up, and the frame touches all four edges: all is well",
    "Nothing: the glass is dark",
    "There is light, but no arrow can be made out",
    "The picture is in a mirror: TOP cannot be read from any side",
    "The arrow points down",
    "The arrow points to the right",
    "The arrow points to the left",
    "The arrow points up, but lines are missing, doubled or mixed up",
    "The arrow points up, but the frame is cut off, or away from an edge of the glass",
    "Give up on the display",
];

fn view(bench: &mut dyn Bench, attempt: usize) -> Result<Option<View>, Left> {
    let question =
        format!("What does the glass show? It is picture {attempt}. Take the first that is true.");
    Ok(Some(match choose(bench, &question, &ANSWERS)? {
        0 => View::Right,
        1 => View::Dark,
        2 => View::Unclear,
        3 => View::Mirrored,
        4 => View::Points(Direction::Down),
        5 => View::Points(Direction::Right),
        6 => View::Points(Direction::Left),
        7 => View::Mixed,
        8 => {
            let cut = sides(bench, "Which edges of the frame are not to be seen at all?")?;
            let away = sides(
                bench,
                "Which edges of the frame are to be seen, but stand away from the edge of the glass?",
            )?;
            View::Moved { cut, away }
        }
        _ => return Ok(None),
    }))
}

fn sides(bench: &mut dyn Bench, question: &str) -> Result<Sides, Left> {
    let some = choose_some(bench, question, &Side::ALL.map(name))?;
    Ok(some.into_iter().map(|n| Side::ALL[n]).collect())
}

const fn name(side: Side) -> &'static str {
    match side {
        Side::Top => "top",
        Side::Bottom => "bottom",
        Side::Left => "left",
        Side::Right => "right",
    }
}
