//! The person who holds the phone.

use std::future::{Future, pending};

use super::code::{Code, Pin};

/// How a person answers what the phone asks. An answer that never comes is somebody who walked
/// away; the future is dropped when the pairing ends otherwise.
pub trait Person {
    /// The phone shows `number` and asks whether the panel shows the same.
    fn compares(&mut self, number: Code) -> impl Future<Output = bool> + Send;

    /// The phone wants the digits that the panel shows. Nothing is giving up.
    fn types_passkey(&mut self) -> impl Future<Output = Option<Code>> + Send;

    /// The phone shows digits to be typed at the panel; false is giving up.
    fn types_at_panel(&mut self, passkey: Code) -> impl Future<Output = bool> + Send;

    /// The phone wants a PIN: the one that the panel shows, or one to be typed there as well.
    /// Nothing is giving up, which is what whoever knows no PINs does.
    fn types_pin(&mut self) -> impl Future<Output = Option<Pin>> + Send {
        async { None }
    }
}

/// A person who looks at nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Habit {
    /// Says yes; has no digits to type.
    Accepts,
    /// Says no.
    Refuses,
    /// Never answers.
    WalksAway,
}

impl Habit {
    async fn answer(self) -> bool {
        match self {
            Self::Accepts => true,
            Self::Refuses => false,
            Self::WalksAway => pending().await,
        }
    }
}

impl Person for Habit {
    async fn compares(&mut self, _number: Code) -> bool {
        self.answer().await
    }

    async fn types_passkey(&mut self) -> Option<Code> {
        self.answer().await;
        None
    }

    async fn types_at_panel(&mut self, _passkey: Code) -> bool {
        self.answer().await
    }

    async fn types_pin(&mut self) -> Option<Pin> {
        self.answer().await;
        None
    }
}

/// A person who reads the six digits off the panel, by way of the closure, which waits until there
/// are some or returns nothing if it cannot make them out.
#[derive(Clone, Debug)]
pub struct Attentive<F>(pub F);

impl<F, R> Person for Attentive<F>
where
    F: FnMut() -> R + Send,
    R: Future<Output = Option<Code>> + Send,
{
    async fn compares(&mut self, number: Code) -> bool {
        (self.0)().await == Some(number)
    }

    async fn types_passkey(&mut self) -> Option<Code> {
        (self.0)().await
    }

    async fn types_at_panel(&mut self, _passkey: Code) -> bool {
        true
    }
}
