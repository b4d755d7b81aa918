//! Which board is attached: what the machine says of itself, and what follows from it.
//!
//! ```text
//! files of the machine ─ evidence ─┐
//! lines of its GPIO chips ─────────┼─▶ Evidence ─┐
//! a byte of its bus, if asked ─────┘             ├─ suggest (pure) ─▶ Outcome ─▶ apply
//! profiles ──────────────────────────────────────┘
//! ```
//!
//! Only what is safe to read is read, and nothing is ever driven: a pin that is a key on one board
//! is an output on another one. Few boards say what they are. Those that do have an ID EEPROM, and
//! the firmware copies it to the device tree; what it says in full, vendor and product, is the only
//! ground on which a profile is used without a person's word for it. Everything else makes
//! suggestions, with reasons for and against.
//!
//! It does not tell controllers or sizes of displays apart, because no program can: the status byte
//! of an SSD1306 differs from batch to batch, and is that of an SH1106 in some (OneBitDisplay#23).

mod apply;
mod auto;
mod evidence;
mod hat;
mod probe;
mod suggest;

pub use apply::{Applied, ApplyError, DROP_IN, apply};
pub use auto::{AUTO, AutoError, exact, load};
pub use evidence::{Chip, Evidence, Framebuffer, I2cDevice, Input, gather};
pub use hat::{FoundHat, Rubbish};
pub use probe::{Probe, ProbeBus, Probed, RealBus};
pub use suggest::{LeftOut, Outcome, Suggestion, suggest};
