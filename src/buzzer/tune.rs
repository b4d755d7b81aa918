//! What each sound is.

use std::time::Duration;

use crate::pairing::Sound;

/// A part of a tune.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Note {
    /// The pitch in hertz; 0 is silence.
    pub hertz: u16,
    /// How long it lasts.
    pub length: Duration,
}

const fn note(hertz: u16, ms: u64) -> Note {
    Note { hertz, length: Duration::from_millis(ms) }
}

/// The notes of a sound, one after the other.
///
/// They differ in rhythm, and not only in pitch: some buzzers have one pitch, and some people hear no
/// difference between two.
pub const fn tune(sound: Sound) -> &'static [Note] {
    match sound {
        Sound::Window => const { &[note(1047, 60)] },
        Sound::Request => const { &[note(1047, 90), note(0, 60), note(1568, 90)] },
        Sound::Good => {
            const { &[note(1319, 60), note(0, 40), note(1319, 60), note(0, 40), note(1760, 200)] }
        }
        Sound::Bad => const { &[note(330, 700)] },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Sound; 4] = [Sound::Window, Sound::Request, Sound::Good, Sound::Bad];

    #[test]
    fn a_request_is_a_short_rising_pair_and_a_failure_is_long_and_low() {
        let tones = |sound| tune(sound).iter().filter(|note| note.hertz > 0).collect::<Vec<_>>();
        let [low, high] = tones(Sound::Request)[..] else { panic!("no pair") };
        assert!(low.hertz < high.hertz);
        let longest = ALL.into_iter().flat_map(tones).max_by_key(|note| note.length);
        let lowest = ALL.into_iter().flat_map(tones).min_by_key(|note| note.hertz);
        assert_eq!([longest, lowest], [Some(tones(Sound::Bad)[0]); 2]);
    }

    #[test]
    fn no_two_sounds_have_the_same_rhythm_and_none_is_long() {
        let rhythm = |sound| {
            let beat = |note: &Note| (note.hertz > 0, note.length);
            tune(sound).iter().map(beat).collect::<Vec<_>>()
        };
        for (index, sound) in ALL.into_iter().enumerate() {
            assert!(ALL[..index].iter().all(|other| rhythm(*other) != rhythm(sound)), "{sound:?}");
            let length: Duration = tune(sound).iter().map(|note| note.length).sum();
            assert!(length <= Duration::from_secs(1), "{sound:?}");
            let heard = |note: &Note| note.hertz == 0 || (200..=2000).contains(&note.hertz);
            assert!(tune(sound).iter().all(heard), "{sound:?}");
        }
    }
}
