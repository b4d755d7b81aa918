//! What each light looks like.

use std::time::Duration;

use crate::pairing::Light;

/// How long the lamp is lit for what went well. The glass says so for longer.
const GOOD: Duration = Duration::from_secs(2);

/// How long the lamp is on, off, on and so on, in milliseconds, before it begins anew.
///
/// They differ in rhythm, and not only in speed, so that one of them can be told without another
/// beside it.
const fn rhythm(light: Light) -> &'static [u64] {
    match light {
        Light::Off | Light::Good => &[],
        Light::Window => &[500, 500],
        Light::Waiting => &[125, 125],
        Light::Bad => &[100, 100, 100, 100, 100, 500],
        Light::Identify => &[60, 120, 60, 260],
    }
}

/// Whether the lamp is on when `light` has lasted for `lasted`, and how long it will have lasted at
/// the next change; `None` if there is none.
pub fn pattern(light: Light, lasted: Duration) -> (bool, Option<Duration>) {
    if light == Light::Good {
        return (lasted < GOOD, (lasted < GOOD).then_some(GOOD));
    }
    let rhythm = rhythm(light);
    let whole: u64 = rhythm.iter().sum();
    let lasted = u64::try_from(lasted.as_millis()).unwrap_or(u64::MAX);
    let Some(begun) = lasted.checked_rem(whole).map(|part| lasted - part) else {
        return (false, None);
    };
    let mut end = begun;
    for (n, length) in rhythm.iter().enumerate() {
        end = end.saturating_add(*length);
        if lasted < end {
            return (n % 2 == 0, Some(Duration::from_millis(end)));
        }
    }
    (false, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_light_has_a_rhythm_of_its_own() {
        let cases = [
            (Light::Off, 0, false, None),
            (Light::Off, 5000, false, None),
            (Light::Good, 0, true, Some(2000)),
            (Light::Good, 1999, true, Some(2000)),
            (Light::Good, 2000, false, None),
            (Light::Good, 5000, false, None),
            (Light::Window, 0, true, Some(500)),
            (Light::Window, 499, true, Some(500)),
            (Light::Window, 500, false, Some(1000)),
            (Light::Window, 7250, true, Some(7500)),
            (Light::Waiting, 124, true, Some(125)),
            (Light::Waiting, 125, false, Some(250)),
            (Light::Waiting, 250, true, Some(375)),
            (Light::Bad, 0, true, Some(100)),
            (Light::Bad, 100, false, Some(200)),
            (Light::Bad, 400, true, Some(500)),
            (Light::Bad, 500, false, Some(1000)),
            (Light::Bad, 3000, true, Some(3100)),
            (Light::Identify, 59, true, Some(60)),
            (Light::Identify, 180, true, Some(240)),
            (Light::Identify, 240, false, Some(500)),
            (Light::Identify, 500, true, Some(560)),
        ];
        for (light, lasted, on, next) in cases {
            let expected = (on, next.map(Duration::from_millis));
            assert_eq!(
                pattern(light, Duration::from_millis(lasted)),
                expected,
                "{light:?} {lasted}"
            );
        }
    }

    #[test]
    fn the_next_change_is_always_ahead() {
        use Light::{Bad, Good, Identify, Off, Waiting, Window};
        for light in [Off, Window, Waiting, Good, Bad, Identify] {
            for lasted in (0..3000).map(Duration::from_millis).chain([Duration::MAX / 4]) {
                let (_, next) = pattern(light, lasted);
                assert!(next.is_none_or(|next| next > lasted), "{light:?} {lasted:?}");
            }
        }
    }
}
