//! The rules of `tests/pairing` catch what they are for: each of these faults, seeded into a copy of
//! the core, breaks one of them.
//!
//! The copy is a package of its own that has the core, what it knows of out-of-band data, and nothing
//! else of this one, with the same dependencies, so that what `cargo test` has built is used again.
//! Which rule has caught what is printed by `cargo test --test faults -- --nocapture`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A piece of the core, in a file of `src/pairing`, and what it is replaced by.
struct Fault {
    meaning: &'static str,
    file: &'static str,
    from: &'static str,
    to: &'static str,
}

const FAULTS: &[Fault] = &[
    Fault {
        meaning: "a press counts that began before the question was on the glass",
        file: "keys.rs",
        from: "prompt.on_glass.is_some_and(|shown| since >= shown + arm)",
        to: "prompt.on_glass.is_some() && since >= prompt.opened + arm",
    },
    Fault {
        meaning: "a press counts that began before the question could be read",
        file: "keys.rs",
        from: "since >= shown + arm",
        to: "since >= shown",
    },
    Fault {
        meaning: "the acknowledgement of an older frame counts",
        file: "calls.rs",
        from: "prompt.id == id.prompt",
        to: "prompt.id >= id.prompt",
    },
    Fault {
        meaning: "a display that died during the hold goes unnoticed",
        file: "keys.rs",
        from: "prompt.last_frame >= press.since || !self.fittings.display",
        to: "prompt.last_frame >= prompt.opened",
    },
    Fault {
        meaning: "letting go at the last moment is ignored",
        file: "press.rs",
        from: "self.raw_down && self.down_since == Some(moment)",
        to: "self.down_since == Some(moment)",
    },
    Fault {
        meaning: "a hold counts although an edge of it was lost",
        file: "press.rs",
        from: "self.down_since == Some(moment) && !self.unsure",
        to: "self.down_since == Some(moment)",
    },
    Fault {
        meaning: "a hold counts that began with the reject key down",
        file: "keys.rs",
        from: "let free = armed && !other_down;",
        to: "let free = armed;",
    },
    Fault {
        meaning: "a hold counts although the reject key went down during it",
        file: "keys.rs",
        from: "self.reject_counts = !self.controls.is_pressed(Key::Accept);\n        self.spoil_press();",
        to: "self.reject_counts = !self.controls.is_pressed(Key::Accept);",
    },
    Fault {
        meaning: "the reject key does nothing",
        file: "keys.rs",
        from: "Some(prompt) if pressed >= prompt.opened =>",
        to: "Some(prompt) if pressed >= prompt.deadline =>",
    },
    Fault {
        meaning: "Cancel leaves the question open",
        file: "endings.rs",
        from: "self.end_prompt(now, Answer::Cancel, Outcome::Cancelled);",
        to: "self.ended = None;",
    },
    Fault {
        meaning: "a call is answered twice",
        file: "endings.rs",
        from: "self.effects.push(Effect::Reply { request, answer });",
        to: "self.effects.extend([answer.clone(), answer].map(|answer| Effect::Reply { request, answer }));",
    },
    Fault {
        meaning: "a second question takes the place of the first",
        file: "calls.rs",
        from: "if self.is_busy_for(device) {",
        to: "if false {",
    },
    Fault {
        meaning: "devices pair while the window is closed",
        file: "calls.rs",
        from: "if !self.window.admits(now) {",
        to: "if false {",
    },
    Fault {
        meaning: "the question stays when the window closes",
        file: "window.rs",
        from: "|prompt| prompt.ask.is_pairing()",
        to: "|prompt| !prompt.ask.is_pairing()",
    },
    Fault {
        meaning: "the sixth digit sends the passkey",
        file: "keys.rs",
        from: "entry.key(key);",
        to: "entry.key(key); if entry.answer().is_some() { return self.accept_prompt(since); }",
    },
    Fault {
        meaning: "digits are sent that the glass has not shown",
        file: "entry.rs",
        from: "|(edit, _)| *edit == self.edit",
        to: "|(edit, _)| *edit <= self.edit",
    },
    Fault {
        meaning: "digits are sent by a press that began before they could be read",
        file: "entry.rs",
        from: "shown.is_some_and(|(_, at)| at <= pressed)",
        to: "shown.is_some()",
    },
    Fault {
        meaning: "a random PIN is returned before it is on the glass",
        file: "calls.rs",
        from: "Call::RequestPinCode { fresh } => Ask::Pin(fresh),",
        to: "Call::RequestPinCode { fresh } => {
                self.open_prompt(now, Some(request), device, Ask::Pin(fresh), presence);
                return self.accept_prompt(now);
            }",
    },
    Fault {
        meaning: "a device without a bond is let use a service",
        file: "calls.rs",
        from: "known.bonded != Some(true)",
        to: "known.bonded.is_none()",
    },
    Fault {
        meaning: "a short press deletes a bond",
        file: "keys.rs",
        from: "prompt.presence == Presence::Digits ||",
        to: "prompt.presence == Presence::Digits || matches!(prompt.ask, Ask::Forget) ||",
    },
    Fault {
        meaning: "a hold of one second opens the window",
        file: "gestures.rs",
        from: "const OPENS: Duration = Duration::from_secs(2);",
        to: "const OPENS: Duration = Duration::from_secs(1);",
    },
    Fault {
        meaning: "the window of a board that is out of order opens",
        file: "command.rs",
        from: "if self.is_broken() {",
        to: "if false {",
    },
    Fault {
        meaning: "one key forgets every device",
        file: "gestures.rs",
        from: "others.into_iter().all(|key| self.controls.is_meant(key))",
        to: "others.into_iter().any(|key| self.controls.is_meant(key))",
    },
    Fault {
        meaning: "a device pairs after the bond that closes the window",
        file: "window.rs",
        from: "!self.full && self.remaining(now).is_some()",
        to: "self.remaining(now).is_some()",
    },
    Fault {
        meaning: "a device that was refused asks again",
        file: "calls.rs",
        from: "is_some_and(|known| known.refused)",
        to: "is_some_and(|known| known.refused && known.offered)",
    },
    Fault {
        meaning: "a bond that nobody here approved is taken for one that somebody did",
        file: "bonds.rs",
        from: "_ => self.unapproved(now, device),",
        to: "_ => self.approved(now, device, method, Outcome::PairedUnchecked),",
    },
    Fault {
        meaning: "a bond without a check stays although nobody said so",
        file: "endings.rs",
        from: "return self.not_kept(now, prompt.device, outcome);",
        to: "return self.finish(now, prompt.device, Method::JustWorks, outcome);",
    },
    Fault {
        meaning: "a stranger behind a private address stays bonded",
        file: "bonds.rs",
        from: "if !self.policy.allow.has(&peer.address, &peer.name) {",
        to: "if false {",
    },
    Fault {
        meaning: "the press that lights the glass opens the window",
        file: "glow.rs",
        from: "self.glow(now) != Glow::Full",
        to: "self.glow(now) == Glow::Dim",
    },
    Fault {
        meaning: "a press in the dark counts if the glass is lit before the key has settled",
        file: "press.rs",
        from: "self.woke = self.raw_wakes;",
        to: "self.woke = false;",
    },
    Fault {
        meaning: "the press that lights the glass is one of two that forget every device",
        file: "gestures.rs",
        from: "others.into_iter().all(|key| self.controls.is_meant(key))",
        to: "others.into_iter().all(|key| self.controls.is_pressed(key))",
    },
    Fault {
        meaning: "the glass is dark while somebody is asked",
        file: "glow.rs",
        from: "self.something_is_open()\n            || said",
        to: "said",
    },
    Fault {
        meaning: "what stood on a dim glass is taken for read",
        file: "calls.rs",
        from: "if glow != Glow::Full {",
        to: "if glow == Glow::Off {",
    },
    Fault {
        meaning: "any frame is taken for that of the code",
        file: "oob.rs",
        from: "offer.on_screen && offer.id == id.prompt && glow == Glow::Full",
        to: "id.prompt > 0 && glow == Glow::Full",
    },
    Fault {
        meaning: "out-of-band data are good for a second device",
        file: "oob.rs",
        from: "        self.renew();\n        let device = self.device_at",
        to: "        let device = self.device_at",
    },
    Fault {
        meaning: "data that are good no more are not made void",
        file: "oob.rs",
        from: "adapter == self.oob.adapter && !stale",
        to: "adapter == self.oob.adapter && (stale || !stale)",
    },
    Fault {
        meaning: "a key by digits is taken for one by out-of-band data",
        file: "oob.rs",
        from: "if !given || asked || device",
        to: "if !given || asked && device.is_none() || device",
    },
    Fault {
        meaning: "a bond without a key is taken for one by out-of-band data",
        file: "oob.rs",
        from: "self.unexplained(now, device, false, admitted);",
        to: "let _ = admitted;\n            self.paired_out_of_band(now, device);",
    },
    Fault {
        meaning: "data are told when the window has just ended",
        file: "oob.rs",
        from: "self.adapter_of_out_of_band(now) == self.oob.adapter",
        to: "now >= now",
    },
    Fault {
        meaning: "data stay on the tag when they are good no more",
        file: "oob.rs",
        from: "self.oob.offer.take().is_some() && self.fittings.tag",
        to: "self.oob.offer.take().is_some() && self.fittings.tag && !self.fittings.display",
    },
];

/// A package with a copy of the core.
struct Core(PathBuf);

impl Core {
    /// A faithful one.
    fn copied() -> Self {
        let core = Self(Path::new(env!("CARGO_TARGET_TMPDIR")).join("core"));
        for directory in ["src/oob", "src/pairing"] {
            fs::create_dir_all(core.0.join(directory)).unwrap();
        }
        core.write("Cargo.toml", &manifest());
        core.write("src/lib.rs", "//! The core.\npub mod clock;\npub mod oob;\npub mod pairing;\n");
        for file in ["Cargo.lock", "src/clock.rs"] {
            core.write(file, &origin(file));
        }
        for directory in ["src/oob", "src/pairing"] {
            for file in fs::read_dir(root().join(directory)).unwrap() {
                let file = format!("{directory}/{}", file.unwrap().file_name().display());
                core.write(&file, &origin(&file));
            }
        }
        core
    }

    /// Leaves a file alone that is as it should be, or cargo would build it again.
    fn write(&self, file: &str, text: &str) {
        let path = self.0.join(file);
        if fs::read_to_string(&path).ok().as_deref() != Some(text) {
            fs::write(path, text).unwrap();
        }
    }

    fn test(&self, arguments: &[&str]) -> Output {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["test", "--offline", "--locked", "--test", "pairing", "--target-dir"]);
        cargo.arg(target).args(arguments).current_dir(&self.0).env("RUST_BACKTRACE", "0");
        cargo.output().unwrap()
    }

    /// What the search and then the random events say against this core, if they do.
    fn verdict(&self, fault: Option<&Fault>) -> Option<String> {
        // Those first that are about the file that the fault is in.
        let quiet = ["bonds.rs", "command.rs", "gestures.rs", "window.rs"];
        let tests = match fault.map(|fault| fault.file) {
            Some("oob.rs") => ["data::", "properties::", "oob::", "search::", "bonds::"],
            Some("glow.rs") => ["glow::", "search::", "properties::", "window::", "bonds::"],
            Some(file) if quiet.contains(&file) => {
                ["bonds::", "window::", "glow::", "search::", "properties::"]
            }
            _ => ["search::", "properties::", "glow::", "window::", "bonds::"],
        };
        let built = self.test(&["--no-run"]);
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        tests.into_iter().find_map(|tests| {
            let tested = self.test(&["--", tests]);
            let said = String::from_utf8_lossy(&tested.stdout);
            assert!(said.contains("test result: "), "{}", String::from_utf8_lossy(&tested.stderr));
            assert!(!said.contains("running 0 tests"), "there is no {tests}");
            let mut panicked = said.lines().skip_while(|line| !line.contains(" panicked at "));
            (!tested.status.success()).then(|| {
                let rule = panicked.nth(1).expect("tests fail by a panic");
                let way = panicked.find(|line| !line.starts_with("note: ")).unwrap_or_default();
                format!("{rule}\n    {way}")
            })
        })
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn origin(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap()
}

/// This package's manifest without what the core has no part in. The core and its tests are compiled
/// to run faster; the dependencies are as they were.
fn manifest() -> String {
    let manifest = origin("Cargo.toml");
    let apart = ["[bench]]", "[example]]"];
    let sections = manifest.split("\n[");
    let sections = sections.filter(|section| !apart.iter().any(|apart| section.starts_with(apart)));
    let manifest = sections.collect::<Vec<_>>().join("\n[");
    let lines = manifest.lines().filter(|line| !line.starts_with("build ="));
    let manifest = lines.collect::<Vec<_>>().join("\n");
    let tests = root().join("tests/pairing/main.rs");
    format!(
        "{manifest}\n\n[workspace]\n\n[[test]]\nname = \"pairing\"\npath = {tests:?}\n\n\
         [profile.dev.package.pairpanel]\nopt-level = 1\n"
    )
}

#[test]
fn every_fault_is_one_of_the_core_as_it_is() {
    for Fault { file, from, to, .. } in FAULTS {
        let text = origin(&format!("src/pairing/{file}"));
        assert_eq!(text.matches(from).count(), 1, "{file}: {from}");
        assert_ne!(from, to);
    }
}

#[test]
fn every_fault_is_caught() {
    let core = Core::copied();
    assert_eq!(core.verdict(None), None, "the faithful copy");
    for fault in FAULTS {
        let Fault { meaning, file, from, to } = fault;
        let file = format!("src/pairing/{file}");
        let text = origin(&file);
        core.write(&file, &text.replace(from, to));
        let verdict = core.verdict(Some(fault));
        core.write(&file, &text);
        let verdict = verdict.unwrap_or_else(|| panic!("nothing catches that {meaning}"));
        println!("{meaning}\n    {verdict}");
    }
}
