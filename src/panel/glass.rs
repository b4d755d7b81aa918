//! The panel that is a display of pixels with a driver.

use std::io;

use super::{Panel, Reporter};
use crate::display::draw::{Language, Style, draw};
use crate::display::{Backoff, Driver, DriverError, Frame, Report, Writer};
use crate::pairing::{Glow, Look, PromptId, Screen};

/// Opens a display.
pub type OpenDisplay = Box<dyn FnMut() -> Result<Box<dyn Driver>, DriverError> + Send>;

/// A display on a thread of its own, which acknowledges what its driver does.
#[derive(Debug)]
pub struct Glass {
    writer: Writer,
    width: u32,
    height: u32,
    style: Style,
    /// The prompt that was asked last.
    asked: Option<u32>,
    /// It was off, and nothing has been shown since.
    dark: bool,
}

impl Glass {
    /// Starts the thread for a display of this size in pixels (one that
    /// [`fits`](crate::display::draw::fits)), on which the words are in `language`. It opens the
    /// display by `open`, and again whenever it has failed.
    ///
    /// # Errors
    ///
    /// If the system gives no thread.
    pub fn start(
        (width, height): (u32, u32),
        language: Language,
        open: OpenDisplay,
        reporter: Reporter,
    ) -> io::Result<Self> {
        let report = move |report| match report {
            Report::Ready => reporter.ready(),
            // Frames on which nothing is asked are of no interest to anybody.
            Report::Shown { tag: 0, .. } => {}
            Report::Shown { tag, glow } => reporter.shown_in(prompt_of(tag), glow),
            Report::Failed(why) => reporter.failed(why),
        };
        let writer = Writer::start(open, report, Backoff::default())?;
        let style = Style { language, ..Style::default() };
        Ok(Self { writer, width, height, style, asked: None, dark: false })
    }
}

impl Panel for Glass {
    /// What is asked for the first time is sent whole to a display that is initialised anew: one
    /// that lost its memory without a word would otherwise acknowledge a code that nobody can read.
    /// So is what lights a dark one, to which nothing may have been sent for days.
    fn show(&mut self, screen: &Screen, asked: Option<PromptId>) {
        let mut frame = Frame::new(self.width, self.height);
        draw(screen, &self.style, &mut frame);
        let prompt = asked.map(|asked| asked.prompt);
        let refresh = self.dark || prompt.is_some() && prompt != self.asked;
        (self.asked, self.dark) = (prompt, false);
        self.writer.show(frame, asked.map_or(0, tag_of), refresh);
    }

    fn look(&mut self, look: Look) {
        self.style.shift = shift(look.place);
        self.dark |= look.glow == Glow::Off;
        self.writer.dim(look.glow);
    }
}

/// How far pictures are moved in one of the 16 places of [`Look`]: there and back row by row, so that
/// no step is longer than a pixel but the last.
fn shift(place: u8) -> (u8, u8) {
    let (row, column) = (place / 4, place % 4);
    (if row % 2 == 0 { column } else { 3 - column }, row)
}

/// Both halves of the id in one number that is never 0.
fn tag_of(asked: PromptId) -> u64 {
    u64::from(asked.prompt) << 32 | u64::from(asked.edit)
}

fn prompt_of(tag: u64) -> PromptId {
    let half = |bits| u32::try_from(bits).unwrap_or(u32::MAX);
    PromptId { prompt: half(tag >> 32), edit: half(tag & u64::from(u32::MAX)) }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Sender, channel};

    use super::*;
    use crate::clock::Clock;

    /// A display that says how each picture comes.
    struct Told(Sender<&'static str>);

    impl Driver for Told {
        fn show(&mut self, _: &Frame) -> Result<(), DriverError> {
            let _ = self.0.send("shown");
            Ok(())
        }

        fn refresh(&mut self, _: &Frame) -> Result<(), DriverError> {
            let _ = self.0.send("sent whole");
            Ok(())
        }

        fn blank(&mut self) -> Result<(), DriverError> {
            Ok(())
        }
    }

    #[test]
    fn a_picture_is_sent_whole_when_something_new_is_asked_or_the_glass_was_dark() {
        let (told, pictures) = channel();
        let open: OpenDisplay = Box::new(move || Ok(Box::new(Told(told.clone()))));
        let reporter = Reporter::new(Clock::Monotonic, tokio::sync::mpsc::unbounded_channel().0);
        let mut glass = Glass::start((128, 64), Language::default(), open, reporter).unwrap();
        let asks = |prompt| Some(PromptId { prompt, edit: 0 });
        let steps = [
            (Glow::Full, None, "shown"),
            (Glow::Full, asks(1), "sent whole"),
            (Glow::Full, asks(1), "shown"),
            (Glow::Full, asks(2), "sent whole"),
            (Glow::Dim, None, "shown"),
            (Glow::Full, None, "shown"),
            (Glow::Off, None, ""),
            (Glow::Full, None, "sent whole"),
            (Glow::Full, None, "shown"),
            (Glow::Off, None, ""),
            (Glow::Full, asks(3), "sent whole"),
            (Glow::Full, asks(3), "shown"),
        ];
        for (index, (glow, asked, expected)) in steps.into_iter().enumerate() {
            glass.look(Look { glow, place: 0 });
            if glow != Glow::Off {
                glass.show(&Screen::Identify { name: String::new() }, asked);
                assert_eq!(pictures.recv().unwrap(), expected, "step {index}");
            }
        }
    }
}
