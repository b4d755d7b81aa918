use std::sync::{Arc, Mutex};

use super::*;

/// Remembers when it was switched, and can be broken.
#[derive(Clone, Default)]
struct FakeSwitch(Arc<Mutex<Vec<(Instant, bool)>>>, Option<usize>);

impl Switch for FakeSwitch {
    type Error = &'static str;

    fn set(&mut self, on: bool) -> Result<(), &'static str> {
        let mut switched = self.0.lock().unwrap();
        switched.push((Instant::now(), on));
        match self.1 {
            Some(whole) if on && switched.len() > whole => Err("unplugged"),
            _ => Ok(()),
        }
    }
}

/// Plays these, one after the other, and returns how it was switched.
fn played(kind: BuzzerKind, sounds: &[Sound], breaks: Option<usize>) -> Vec<(Instant, bool)> {
    let switch = FakeSwitch(Arc::default(), breaks);
    let mut player = Player::new(switch.clone(), kind, mpsc::channel().1);
    for sound in sounds {
        // The sender stays, or the sound would be cut off.
        let (sender, receiver) = mpsc::channel();
        player.sounds = receiver;
        let _ = player.say(tune(*sound));
        drop(sender);
    }
    let (sender, receiver) = mpsc::channel();
    player.sounds = receiver;
    drop(sender);
    player.run();
    switch.0.lock().unwrap().clone()
}

#[test]
fn a_buzzer_with_a_tone_of_its_own_is_switched_once_a_note() {
    for (sound, expected) in [
        (Sound::Window, vec![true]),
        (Sound::Request, vec![true, false, true]),
        (Sound::Bad, vec![true]),
    ] {
        let switched = played(BuzzerKind::Active, &[sound], None);
        let levels: Vec<bool> = switched.into_iter().map(|(_, on)| on).collect();
        assert_eq!(levels, expected, "{sound:?}");
    }
}

/// How well a tone is kept: `cargo test --lib a_tone_swings -- --nocapture`.
#[test]
fn a_tone_swings_as_often_as_it_should_and_never_more_often() {
    for hertz in [330, 1047, 1568, 1760] {
        let switch = FakeSwitch::default();
        let (sender, receiver) = mpsc::channel();
        let mut player = Player::new(switch.clone(), BuzzerKind::Tone, receiver);
        let swings = thread::spawn(move || {
            let _ = rustix::thread::set_current_timer_slack(Some(SLACK));
            player.swing(hertz, Instant::now() + Duration::from_millis(300)).unwrap()
        });
        assert!(swings.join().unwrap());
        drop(sender);
        let switched = switch.0.lock().unwrap().clone();
        let half = 0.5 / f64::from(hertz);
        let mut late: Vec<f64> =
            switched.windows(2).map(|two| (two[1].0 - two[0].0).as_secs_f64() - half).collect();
        late.sort_by(f64::total_cmp);
        let of = |part: usize| late[(late.len() - 1) * part / 100] * 1e6;
        let heard = (switched.len() - 1) as f64
            / 2.0
            / (switched[switched.len() - 1].0 - switched[0].0).as_secs_f64();
        println!(
            "{hertz} Hz: {heard:.0} Hz heard, half waves of {:.0} us longer by {:.0} us (half of \
             them), {:.0} us (99 of 100), {:.0} us (the longest)",
            half * 1e6,
            of(50),
            of(99),
            of(100),
        );
        assert!(switched.windows(2).all(|two| two[0].1 != two[1].1), "{hertz} Hz");
        // How many fewer they are is for the machine.
        assert!(
            switched.len() <= usize::from(hertz) * 6 / 10 + 1,
            "{hertz} Hz: {}",
            switched.len()
        );
    }
}

#[test]
fn a_newer_sound_goes_first_and_an_end_before_everything() {
    let switch = FakeSwitch::default();
    let (sender, receiver) = mpsc::channel();
    let player = Player::new(switch.clone(), BuzzerKind::Active, receiver);
    sender.send(Sound::Bad).unwrap();
    sender.send(Sound::Request).unwrap();
    drop(sender);
    let began = Instant::now();
    player.run();
    assert!(began.elapsed() < tune(Sound::Bad)[0].length);
    let (_, on) = *switch.0.lock().unwrap().last().unwrap();
    assert!(!on, "it is off at the end");
}

#[test]
fn a_buzzer_that_fails_in_the_middle_is_switched_off_and_tried_again() {
    let switch = FakeSwitch(Arc::default(), Some(3));
    let (sender, receiver) = mpsc::channel();
    let player = Player::new(switch.clone(), BuzzerKind::Tone, receiver);
    let playing = thread::spawn(move || player.run());
    let tried = |times: usize| {
        let tried = || {
            let switched = switch.0.lock().unwrap();
            switched.iter().skip(3).filter(|(_, on)| *on).count()
        };
        while tried() < times {
            thread::sleep(Duration::from_millis(1));
        }
    };
    sender.send(Sound::Bad).unwrap();
    tried(1);
    sender.send(Sound::Bad).unwrap();
    tried(2);
    drop(sender);
    playing.join().unwrap();
    let levels: Vec<bool> = switch.0.lock().unwrap().iter().map(|(_, on)| *on).collect();
    assert_eq!(levels, [true, false, true, false, true, false, true, false]);
}
