//! The lamp: what the panel does, for somebody who does not see the glass.
//!
//! ```text
//! Session::screen ─▶ Screen::light ─▶ daemon ── watch ──▶ follow ── pattern ──▶ class (/sys/class/leds)
//!                                                                          └──▶ line (GPIO)
//! ```
//!
//! Nothing about pairing depends on it. While there is nothing to say it costs nothing: no timer
//! runs, and a LED of the kernel serves the purpose that it had before.

mod class;
mod error;
mod line;
mod pattern;

use std::path::Path;

use tokio::sync::watch;

pub use error::LedError;
pub use pattern::pattern;

use self::class::ClassLed;
use self::line::LineLed;
use crate::board::Led;
use crate::clock::Clock;
use crate::pairing::Light;

/// Shows what `lights` says by the lamp, until its sender is gone; then leaves the lamp as it was
/// found. One that fails is named in the log, each reason once, and tried again when the light
/// changes.
pub async fn follow(led: Led, clock: Clock, lights: watch::Receiver<Light>) {
    let lamp = match led {
        Led::Class(name) => Lamp::Class(ClassLed::new(Path::new("/sys/class/leds"), &name)),
        Led::Gpio { line, active } => Lamp::Line(LineLed::new(line, active)),
    };
    run(lamp, clock, lights).await;
}

async fn run(lamp: Lamp, clock: Clock, mut lights: watch::Receiver<Light>) {
    let mut keeper = Keeper { lamp: Some(lamp), trouble: String::new() };
    let mut goes_on = true;
    while goes_on {
        let light = *lights.borrow_and_update();
        let began = clock.now();
        goes_on = loop {
            let (on, next) = pattern(light, clock.now().since(began));
            let works = keeper.set((light != Light::Off).then_some(on)).await;
            let next = next.filter(|_| works);
            let due = async {
                match next {
                    Some(next) => clock.sleep_until(began + next).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                changed = lights.changed() => break changed.is_ok(),
                () = due => {}
            }
        };
    }
    keeper.set(None).await;
}

enum Lamp {
    Class(ClassLed),
    Line(LineLed),
}

impl Lamp {
    /// On or off; `None` leaves it to whoever had it before.
    fn set(&mut self, on: Option<bool>) -> Result<(), LedError> {
        match (self, on) {
            (Self::Class(led), Some(on)) => led.set(on),
            (Self::Class(led), None) => led.give_back(),
            (Self::Line(led), Some(on)) => led.set(on),
            (Self::Line(led), None) => led.rest(),
        }
    }
}

struct Keeper {
    /// Always there between two calls, unless the runtime is shutting down.
    lamp: Option<Lamp>,
    /// What is wrong with it, as far as the log knows.
    trouble: String,
}

impl Keeper {
    /// Sets the lamp on a thread of its own: a chip behind USB may take its time, and the daemon has
    /// other things to do. False if that failed.
    async fn set(&mut self, on: Option<bool>) -> bool {
        let Some(mut lamp) = self.lamp.take() else { return false };
        let setting = tokio::task::spawn_blocking(move || {
            let set = lamp.set(on);
            (lamp, set)
        });
        let Ok((lamp, set)) = setting.await else { return false };
        self.lamp = Some(lamp);
        match set {
            Ok(()) => {
                // Leaving alone what was never had proves nothing.
                if on.is_some() {
                    self.trouble.clear();
                }
                true
            }
            Err(error) => {
                let why = error.to_string();
                if why != self.trouble {
                    log::warn!("lamp: {why}");
                    self.trouble = why;
                }
                false
            }
        }
    }
}

#[cfg(test)]
mod tests;
