use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use super::*;
use crate::clock::ManualClock;

/// A directory that looks like `/sys/class/leds` with two LEDs in it, and is gone afterwards.
struct Class(PathBuf);

impl Class {
    fn new(test: &str) -> Self {
        let root = format!("pairpanel-led-{}-{test}", std::process::id());
        let class = Self(std::env::temp_dir().join(root));
        for led in ["ACT", "PWR"] {
            fs::create_dir_all(class.0.join(led)).unwrap();
            class.put(&format!("{led}/max_brightness"), "255\n");
            class.put(&format!("{led}/brightness"), "0\n");
            class.put(&format!("{led}/trigger"), "none timer [mmc0] default-on\n");
        }
        class
    }

    fn put(&self, file: &str, text: &str) {
        fs::write(self.0.join(file), text).unwrap();
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.0.join(file)).unwrap()
    }

    fn led(&self, name: &str) -> ClassLed {
        ClassLed::new(&self.0, name)
    }
}

impl Drop for Class {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_led_is_taken_from_its_trigger_and_given_back_to_it() {
    let class = Class::new("trigger");
    let mut led = class.led("ACT");
    led.give_back().unwrap();
    assert_eq!(class.read("ACT/trigger"), "none timer [mmc0] default-on\n");
    led.set(true).unwrap();
    assert_eq!(
        (class.read("ACT/trigger"), class.read("ACT/brightness")),
        ("none".into(), "255".into())
    );
    led.set(false).unwrap();
    assert_eq!(
        (class.read("ACT/trigger"), class.read("ACT/brightness")),
        ("none".into(), "0".into())
    );
    led.give_back().unwrap();
    assert_eq!(class.read("ACT/trigger"), "mmc0");
    assert_eq!(class.read("PWR/trigger"), "none timer [mmc0] default-on\n");
}

#[test]
fn a_led_without_a_trigger_has_its_brightness_again() {
    let class = Class::new("brightness");
    class.put("ACT/trigger", "[none] timer\n");
    class.put("ACT/brightness", "17\n");
    fs::remove_file(class.0.join("PWR/trigger")).unwrap();
    for (name, before) in [("ACT", "17"), ("PWR", "0")] {
        let mut led = class.led(name);
        led.set(true).unwrap();
        assert_eq!(class.read(&format!("{name}/brightness")), "255");
        led.give_back().unwrap();
        assert_eq!(class.read(&format!("{name}/brightness")), before);
    }
    assert_eq!(class.read("ACT/trigger"), "[none] timer\n");
}

#[test]
fn a_led_that_is_not_there_is_told_from_those_that_are() {
    let class = Class::new("missing");
    assert_eq!(
        class.led("act").set(true).unwrap_err().to_string(),
        "no LED is called act, only ACT, PWR; correct `sysfs` in the board profile"
    );
    let nothing = ClassLed::new(&class.0.join("nothing"), "ACT").set(true).unwrap_err();
    assert_eq!(
        nothing.to_string(),
        "no LED is called ACT, and there is no other one; correct `sysfs` in the board profile"
    );
}

/// The lamp's task, with a clock that stands still.
struct Follower {
    class: Class,
    clock: ManualClock,
    lights: watch::Sender<Light>,
    task: tokio::task::JoinHandle<()>,
}

impl Follower {
    fn new(test: &str) -> Self {
        let (class, clock) = (Class::new(test), ManualClock::new());
        let lights = watch::Sender::new(Light::Off);
        let lamp = Lamp::Class(class.led("ACT"));
        let task = tokio::spawn(run(lamp, Clock::Manual(clock.clone()), lights.subscribe()));
        Self { class, clock, lights, task }
    }

    async fn becomes(&self, file: &str, text: &str) {
        let becomes = async {
            while self.class.read(file) != text {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        let patience = Duration::from_secs(20);
        let became = tokio::time::timeout(patience, becomes).await.is_ok();
        assert!(became, "{file} is {:?} and not {text:?}", self.class.read(file));
    }
}

#[tokio::test]
async fn a_lamp_blinks_while_the_window_is_open_and_then_serves_its_purpose_again() {
    let lamp = Follower::new("blinks");
    lamp.lights.send_replace(Light::Window);
    lamp.becomes("ACT/brightness", "255").await;
    for brightness in ["0", "255", "0", "255"] {
        lamp.clock.advance(Duration::from_millis(500));
        lamp.becomes("ACT/brightness", brightness).await;
    }
    assert_eq!(lamp.class.read("ACT/trigger"), "none");
    lamp.lights.send_replace(Light::Off);
    lamp.becomes("ACT/trigger", "mmc0").await;
}

#[tokio::test]
async fn a_lamp_is_given_back_when_the_daemon_ends() {
    let lamp = Follower::new("ends");
    lamp.lights.send_replace(Light::Good);
    lamp.becomes("ACT/brightness", "255").await;
    let Follower { class, lights, task, .. } = lamp;
    drop(lights);
    task.await.unwrap();
    assert_eq!(class.read("ACT/trigger"), "mmc0");
}

#[tokio::test]
async fn a_lamp_that_fails_is_tried_again_when_the_light_changes() {
    let class = Class::new("fails");
    let (here, away) = (class.0.join("ACT"), class.0.join("away"));
    fs::rename(&here, &away).unwrap();
    let lamp = Lamp::Class(class.led("ACT"));
    let mut keeper = Keeper { lamp: Some(lamp), trouble: String::new() };
    assert!(!keeper.set(Some(true)).await);
    let said = keeper.trouble.clone();
    assert!(said.starts_with("no LED is called ACT"), "{said}");
    assert!(keeper.set(None).await);
    assert!(!keeper.set(Some(true)).await);
    assert_eq!(keeper.trouble, said);
    fs::rename(&away, &here).unwrap();
    assert!(keeper.set(Some(true)).await);
    assert_eq!((class.read("ACT/brightness").as_str(), keeper.trouble.as_str()), ("255", ""));
}
