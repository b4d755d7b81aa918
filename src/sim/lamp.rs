//! The lamp beside the glass, on a terminal.

use tokio::sync::watch;

use crate::clock::{Clock, Time};
use crate::led::pattern;
use crate::pairing::Light;

/// What a lamp would look like.
pub(super) struct Lamp {
    lights: watch::Receiver<Light>,
    light: Light,
    began: Time,
}

impl Lamp {
    pub(super) fn new(mut lights: watch::Receiver<Light>) -> Self {
        let light = *lights.borrow_and_update();
        Self { lights, light, began: Clock::Monotonic.now() }
    }

    pub(super) fn dot(&self) -> char {
        if self.now().0 { '●' } else { '○' }
    }

    /// Returns when it looks different.
    pub(super) async fn changes(&mut self) {
        let due = self.now().1.map(|next| self.began + next);
        let due = async {
            match due {
                Some(due) => Clock::Monotonic.sleep_until(due).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            changed = self.lights.changed() => {
                if changed.is_err() {
                    // The daemon has ended.
                    return std::future::pending().await;
                }
                self.light = *self.lights.borrow_and_update();
                self.began = Clock::Monotonic.now();
            }
            () = due => {}
        }
    }

    fn now(&self) -> (bool, Option<std::time::Duration>) {
        pattern(self.light, Clock::Monotonic.now().since(self.began))
    }
}
