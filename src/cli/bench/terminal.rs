//! The terminal, the display, the keys, the lamp and the buzzer, each in its place:
//!
//! ```text
//! stdin ── a thread ─────────────────────┐
//! signals, keys, lamp ── another (tokio) ┼──▶ Happening
//! display, buzzer, file ◀── this thread ─┘
//! ```

use std::io::{self, BufRead as _, Write as _};
use std::path::Path;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc as tokio_mpsc, watch};

use super::save::save;
use crate::bench::{Bench, Happening};
use crate::board::{Board, Buzzer, DisplayProfile, Led};
use crate::cli::client::stopped;
use crate::cli::{Failure, failed};
use crate::clock::{Clock, Time};
use crate::display::{self, Driver, Frame};
use crate::pairing::{Light, Sound};
use crate::{buzzer, input, led};

/// What the thread with the runtime is to do.
enum Order {
    Listen(Box<Board>),
    Light(Led),
    Rest(Sender<()>),
}

pub(super) struct Terminal {
    happenings: Receiver<Happening>,
    orders: tokio_mpsc::UnboundedSender<Order>,
    display: Option<Box<dyn Driver>>,
    buzzer: Option<(Sender<Sound>, JoinHandle<()>)>,
    ended: bool,
}

impl Terminal {
    pub(super) fn start() -> io::Result<Self> {
        let (happening, happenings) = mpsc::channel();
        let (orders, receiver) = tokio_mpsc::unbounded_channel();
        let typed = happening.clone();
        thread::Builder::new().name("terminal".to_owned()).spawn(move || {
            let mut lines = io::stdin().lock().lines();
            // That nobody listens any more is no failure.
            while let Some(Ok(line)) = lines.next() {
                let _ = typed.send(Happening::Line(line));
            }
            let _ = typed.send(Happening::Ended);
        })?;
        thread::Builder::new().name("keys".to_owned()).spawn(move || {
            let work = Box::pin(work(receiver, happening.clone()));
            if let Err(Failure::Failed(why)) = crate::cli::block_on(work) {
                log::warn!("{why}");
                let _ = happening.send(Happening::Ended);
            }
        })?;
        Ok(Self { happenings, orders, display: None, buzzer: None, ended: false })
    }
}

/// Keys, lamp and signals, until there is nobody to be told.
async fn work(
    mut orders: tokio_mpsc::UnboundedReceiver<Order>,
    happening: Sender<Happening>,
) -> Result<(), Failure> {
    let mut stop = std::pin::pin!(stopped()?);
    // Whose terminal has gone, too, leaves no picture behind.
    let mut hangup = signal(SignalKind::hangup()).map_err(failed)?;
    let (sender, mut events) = tokio_mpsc::unbounded_channel();
    let listen = watch::Sender::new(true);
    let mut lamp = None;
    loop {
        tokio::select! {
            () = &mut stop => {
                let _ = happening.send(Happening::Ended);
                // Another one says the same.
                stop.set(stopped()?);
            }
            _ = hangup.recv() => {
                let _ = happening.send(Happening::Ended);
            }
            Some(event) = events.recv() => {
                let _ = happening.send(Happening::Key(event));
            }
            order = orders.recv() => match order {
                Some(Order::Listen(board)) => {
                    input::watch(&board.buttons, &Clock::Monotonic, &sender);
                    if let Some(keypad) = board.keypad {
                        let listen = listen.subscribe();
                        let keypad = input::watch_keypad(keypad, Clock::Monotonic, sender.clone(), listen);
                        tokio::spawn(keypad);
                    }
                }
                Some(Order::Light(wanted)) => {
                    let (light, _) = lamp.get_or_insert_with(|| {
                        let light = watch::Sender::new(Light::Off);
                        let lights = light.subscribe();
                        (light, tokio::spawn(led::follow(wanted, Clock::Monotonic, lights)))
                    });
                    light.send_replace(Light::Good);
                }
                Some(Order::Rest(done)) => {
                    if let Some((light, task)) = lamp.take() {
                        drop(light);
                        // It is given back to what had it before.
                        let _ = task.await;
                    }
                    let _ = done.send(());
                }
                None => return Ok(()),
            }
        }
    }
}

impl Bench for Terminal {
    fn say(&mut self, text: &str) {
        let mut out = io::stdout().lock();
        // Who cannot be told will not answer either.
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }

    fn wait(&mut self, until: Option<Time>) -> Happening {
        if self.ended {
            return Happening::Ended;
        }
        let happening = match until {
            Some(until) => match self.happenings.recv_timeout(until.since(self.now())) {
                Err(RecvTimeoutError::Timeout) => return Happening::Nothing,
                other => other.ok(),
            },
            None => self.happenings.recv().ok(),
        };
        let happening = happening.unwrap_or(Happening::Ended);
        self.ended |= happening == Happening::Ended;
        happening
    }

    fn now(&self) -> Time {
        Clock::Monotonic.now()
    }

    fn show(&mut self, profile: &DisplayProfile, frame: &Frame, anew: bool) -> Result<(), String> {
        if anew {
            // As what it was taken for, so that nothing of the old picture stays.
            self.clear();
        }
        let show = |driver: &mut Box<dyn Driver>| {
            if anew {
                driver.start_over()?;
            }
            driver.show(frame)
        };
        let shown = match &mut self.display {
            Some(driver) => show(driver),
            none => display::open(profile).and_then(|driver| show(none.insert(driver))),
        };
        shown.map_err(|error| error.to_string())
    }

    fn clear(&mut self) {
        if let Some(mut driver) = self.display.take()
            && let Err(error) = driver.blank()
        {
            log::warn!("the display may not be dark: {error}");
        }
    }

    fn listen(&mut self, board: &Board) {
        let _ = self.orders.send(Order::Listen(Box::new(board.clone())));
    }

    fn light(&mut self, led: &Led) {
        let _ = self.orders.send(Order::Light(led.clone()));
    }

    fn sound(&mut self, buzzer: &Buzzer) -> Result<(), String> {
        let (sounds, _) = match &mut self.buzzer {
            Some(started) => started,
            none => none.insert(buzzer::start(buzzer.clone()).map_err(|error| error.to_string())?),
        };
        sounds.send(Sound::Request).map_err(|_| "the buzzer's thread has ended".to_owned())
    }

    fn rest(&mut self) {
        if let Some((sounds, thread)) = self.buzzer.take() {
            drop(sounds);
            // Off, and its line is given back.
            let _ = thread.join();
        }
        let (done, is_done) = mpsc::channel();
        if self.orders.send(Order::Rest(done)).is_ok() {
            // Gone is done as well.
            let _ = is_done.recv();
        }
    }

    fn exists(&self, path: &Path) -> bool {
        // One that may not be looked at is there.
        path.try_exists().unwrap_or(true)
    }

    fn save(&mut self, path: &Path, text: &str) -> Result<(), String> {
        save(path, text).map_err(|error| {
            format!("cannot write {}: {error}; be root, or name another file", path.display())
        })
    }
}
