//! How much one caller may keep the daemon busy with, and write into its log.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::clock::Time;

/// How many calls of one connection may wait to be admitted, and of all connections.
const OF_ONE: usize = 4;
const OF_ALL: usize = 64;
/// How often a user's refused calls are logged.
const LOGGED: Duration = Duration::from_secs(60);

/// The calls that wait to be admitted.
#[derive(Clone, Debug, Default)]
pub(super) struct Waiting(Arc<Mutex<HashMap<String, usize>>>);

/// The place of one of them.
#[derive(Debug)]
pub(super) struct Place {
    sender: String,
    waiting: Waiting,
}

impl Waiting {
    /// `None` if there are too many.
    pub(super) fn enter(&self, sender: &str) -> Option<Place> {
        let mut waiting = lock(&self.0);
        let all: usize = waiting.values().sum();
        let of_one = waiting.get(sender).copied().unwrap_or(0);
        if all >= OF_ALL || of_one >= OF_ONE {
            return None;
        }
        waiting.insert(sender.to_owned(), of_one + 1);
        Some(Place { sender: sender.to_owned(), waiting: self.clone() })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut waiting = lock(&self.waiting.0);
        let left = waiting.get(&self.sender).map_or(0, |count| count - 1);
        match left {
            0 => waiting.remove(&self.sender),
            left => waiting.insert(self.sender.clone(), left),
        };
    }
}

/// The users whose calls were refused, when that was last logged, and how many were since.
#[derive(Debug, Default)]
pub(super) struct Refusals(Mutex<HashMap<Option<u32>, (Time, usize)>>);

impl Refusals {
    /// How many were not logged before this one, if this one is to be.
    pub(super) fn log(&self, now: Time, user: Option<u32>) -> Option<usize> {
        let mut refusals = lock(&self.0);
        match refusals.get_mut(&user) {
            Some((at, unsaid)) if now.since(*at) < LOGGED => {
                *unsaid += 1;
                None
            }
            _ => refusals.insert(user, (now, 0)).map(|(_, unsaid)| unsaid).or(Some(0)),
        }
    }
}

/// Nothing can be half done in here, so one who panicked has broken nothing.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_caller_has_few_places_and_all_have_some() {
        let waiting = Waiting::default();
        let mut places: Vec<Place> = (0..OF_ONE).filter_map(|_| waiting.enter(":1.1")).collect();
        assert_eq!(places.len(), OF_ONE);
        assert!(waiting.enter(":1.1").is_none());
        drop(places.pop());
        places.extend(waiting.enter(":1.1"));
        places.extend((2..100).filter_map(|n| waiting.enter(&format!(":1.{n}"))));
        assert_eq!(places.len(), OF_ALL);
        drop(places);
        assert!(waiting.enter(":1.100").is_some());
    }

    #[test]
    fn a_user_whose_calls_are_refused_is_logged_once_a_minute() {
        let refusals = Refusals::default();
        let at = |seconds| Time::from_start(Duration::from_secs(seconds));
        let logged = |seconds, user| refusals.log(at(seconds), Some(user));
        assert_eq!([logged(0, 1), logged(1, 1), logged(2, 1)], [Some(0), None, None]);
        assert_eq!(logged(3, 2), Some(0));
        assert_eq!([logged(60, 1), logged(61, 1)], [Some(2), None]);
    }
}
