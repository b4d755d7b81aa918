//! Panels of the kernel's drivers: a made-up /sys, and a file for a framebuffer device.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use pairpanel::board::{Backend, DisplayProfile, Rotation};
use pairpanel::display::{Driver as _, DriverError, Frame, Framebuffer};

use crate::panels::{ROTATIONS, picture};

/// What is in the file before anything is written, and where nothing is.
const UNTOUCHED: u8 = 0xa5;

const WIDTH: usize = 128;
const HEIGHT: usize = 64;

/// A driver as it presents itself: bits per pixel, and bytes from one row to the next.
#[derive(Clone, Copy, Debug)]
struct Kind {
    name: &'static str,
    bits: usize,
    stride: usize,
}

const KINDS: [Kind; 4] = [
    // drivers/gpu/drm/solomon: XRGB8888, a row begins where the last one ends.
    Kind { name: "ssd130xdrmfb", bits: 32, stride: 512 },
    // drivers/staging/fbtft: RGB565.
    Kind { name: "fb_sh1106", bits: 16, stride: 256 },
    // drivers/video/fbdev/ssd1307fb.c.
    Kind { name: "Solomon SSD1307", bits: 1, stride: 16 },
    // Nothing forbids a gap.
    Kind { name: "other", bits: 16, stride: 300 },
];

/// A machine with one such display, beside another one that is not meant. Removed when dropped.
struct Machine {
    root: PathBuf,
    kind: Kind,
}

impl Machine {
    fn new(kind: Kind) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let root =
            std::env::temp_dir().join(format!("pairpanel-fb-{}-{number}", std::process::id()));
        let machine = Self { root, kind };
        machine.attribute("fb0/name", "simpledrmdrmfb");
        fs::create_dir_all(machine.root.join("sys/class/graphics/fbcon")).unwrap();
        machine.attribute("fb1/name", kind.name);
        machine.attribute("fb1/virtual_size", &format!("{WIDTH},{HEIGHT}"));
        machine.attribute("fb1/bits_per_pixel", &kind.bits.to_string());
        machine.attribute("fb1/stride", &kind.stride.to_string());
        machine.attribute("fb1/blank", "");
        fs::create_dir_all(machine.root.join("dev")).unwrap();
        machine.forget();
        machine
    }

    fn attribute(&self, path: &str, text: &str) {
        let path = self.root.join("sys/class/graphics").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, format!("{text}\n")).unwrap();
    }

    fn device(&self) -> PathBuf {
        self.root.join("dev/fb1")
    }

    /// What was written before is no longer to be seen in the file.
    fn forget(&self) {
        fs::write(self.device(), vec![UNTOUCHED; self.kind.stride * HEIGHT]).unwrap();
    }

    fn open(&self, rotation: Rotation) -> Result<Framebuffer, DriverError> {
        let profile = DisplayProfile {
            backend: Backend::Framebuffer(self.kind.name.to_owned()),
            width: WIDTH as u32,
            height: HEIGHT as u32,
            rotation,
        };
        Framebuffer::open(&self.root, self.kind.name, &profile)
    }

    /// Why it cannot be opened.
    fn refusal(&self) -> String {
        self.open(Rotation::None).map(|_| ()).unwrap_err().to_string()
    }

    /// Bytes of the file that somebody wrote since the last [`Self::forget`].
    fn written(&self) -> usize {
        fs::read(self.device()).unwrap().iter().filter(|byte| **byte != UNTOUCHED).count()
    }

    /// What the driver shows, for somebody before a glass that is mounted like this.
    fn seen(&self, mounted: Rotation) -> Frame {
        let bytes = fs::read(self.device()).unwrap();
        let size = self.kind.bits / 8;
        let pixel = |x: usize, y: usize| {
            let row = &bytes[y * self.kind.stride..];
            if self.kind.bits == 1 {
                return row[x / 8] >> (x % 8) & 1 == 1;
            }
            let bytes = &row[x * size..][..size];
            assert!(bytes.iter().all(|byte| *byte == bytes[0]), "a colour: {bytes:02x?}");
            match bytes[0] {
                0xff => true,
                0x00 => false,
                other => panic!("neither light nor dark: {other:02x}"),
            }
        };
        let (width, height) = if mounted.is_sideways() { (HEIGHT, WIDTH) } else { (WIDTH, HEIGHT) };
        let mut frame = Frame::new(width as u32, height as u32);
        for (x, y) in (0..width).flat_map(|x| (0..height).map(move |y| (x, y))) {
            let lit = match mounted {
                Rotation::None => pixel(x, y),
                Rotation::Right => pixel(WIDTH - 1 - y, x),
                Rotation::Half => pixel(WIDTH - 1 - x, HEIGHT - 1 - y),
                Rotation::Left => pixel(y, HEIGHT - 1 - x),
            };
            frame.set(x, y, lit);
        }
        frame
    }

    /// What was last written to `blank`.
    fn switch(&self) -> String {
        let text = fs::read_to_string(self.root.join("sys/class/graphics/fb1/blank")).unwrap();
        text.trim().to_owned()
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.root).unwrap();
    }
}

fn corner(mounted: Rotation) -> Frame {
    let (width, height) = if mounted.is_sideways() { (HEIGHT, WIDTH) } else { (WIDTH, HEIGHT) };
    let mut frame = Frame::new(width as u32, height as u32);
    (0..width).for_each(|x| frame.set(x, x / 9 % height, true));
    (0..height).for_each(|y| frame.set(0, y, true));
    frame
}

#[test]
fn each_pixel_format_is_right_in_every_position() {
    for (kind, mounted) in KINDS.into_iter().flat_map(|kind| ROTATIONS.map(|r| (kind, r))) {
        let machine = Machine::new(kind);
        let mut panel = machine.open(mounted).unwrap();
        let frame = corner(mounted);
        panel.show(&frame).unwrap();
        assert_eq!(picture(&machine.seen(mounted)), picture(&frame), "{kind:?} {mounted:?}");
        assert_eq!(machine.switch(), "0");
    }
}

#[test]
fn only_what_changed_is_written_and_for_nothing_nothing() {
    for kind in KINDS {
        let machine = Machine::new(kind);
        let mut panel = machine.open(Rotation::None).unwrap();
        let mut frame = corner(Rotation::None);
        panel.show(&frame).unwrap();
        machine.forget();
        panel.show(&frame).unwrap();
        assert_eq!(machine.written(), 0);
        // Two neighbours, and one in another row.
        for (x, y) in [(40, 40), (41, 40), (90, 60)] {
            frame.set(x, y, !frame.get(x, y));
        }
        panel.show(&frame).unwrap();
        let bytes = if kind.bits == 1 { 2 } else { 3 * kind.bits / 8 };
        assert_eq!(machine.written(), bytes, "{kind:?}");
        machine.forget();
        panel.refresh(&frame).unwrap();
        assert_eq!(picture(&machine.seen(Rotation::None)), picture(&frame));
    }
}

#[test]
fn a_blanked_panel_is_off_and_holds_nothing_in_its_memory() {
    for kind in KINDS {
        let machine = Machine::new(kind);
        let mut panel = machine.open(Rotation::None).unwrap();
        panel.show(&corner(Rotation::None)).unwrap();
        panel.blank().unwrap();
        assert_eq!(machine.switch(), "4");
        let dark = Frame::new(WIDTH as u32, HEIGHT as u32);
        assert_eq!(picture(&machine.seen(Rotation::None)), picture(&dark));
        panel.show(&dark).unwrap();
        assert_eq!(machine.switch(), "0");
    }
}

#[test]
fn a_machine_without_the_driver_is_told_what_it_has() {
    let machine = Machine::new(Kind { name: "other", ..KINDS[0] });
    let missing = Machine { root: machine.root.clone(), kind: KINDS[0] };
    let said = missing.refusal();
    std::mem::forget(missing);
    assert_eq!(
        said,
        "no display of the kernel is called \"ssd130xdrmfb\", only /dev/fb0 (simpledrmdrmfb), \
         /dev/fb1 (other); load its driver, or correct `framebuffer` in the board profile"
    );
    fs::remove_dir_all(machine.root.join("sys")).unwrap();
    assert!(machine.refusal().contains("\"other\", and there is no other; load"));
}

#[test]
fn a_display_that_is_not_what_the_profile_says_is_refused() {
    let machine = Machine::new(KINDS[0]);
    let cases = [
        (
            "virtual_size",
            "132,64",
            "/dev/fb1 (ssd130xdrmfb) has 132x64 pixels and not 128x64; correct `width` and \
             `height` in the board profile",
        ),
        (
            "bits_per_pixel",
            "8",
            "/dev/fb1 (ssd130xdrmfb) has 8 bits per pixel; only drivers with 1, 16 or 32 can be \
             used",
        ),
        (
            "stride",
            "256",
            "/dev/fb1 (ssd130xdrmfb) has 256 bytes per row, too few for its pixels; see the \
             kernel's log",
        ),
    ];
    for (attribute, value, expected) in cases {
        let path = format!("fb1/{attribute}");
        let file = machine.root.join("sys/class/graphics").join(&path);
        let before = fs::read_to_string(&file).unwrap();
        machine.attribute(&path, value);
        assert_eq!(machine.refusal(), expected);
        fs::write(file, before).unwrap();
    }
    machine.attribute("fb0/name", KINDS[0].name);
    assert_eq!(
        machine.refusal(),
        "more than one display of the kernel is called \"ssd130xdrmfb\": /dev/fb0 (ssd130xdrmfb), \
         /dev/fb1 (ssd130xdrmfb); write more of its name as `framebuffer`, or unbind one"
    );
}

#[test]
fn a_driver_that_fails_is_told_and_then_everything_is_written_anew() {
    let machine = Machine::new(KINDS[0]);
    fs::remove_file(machine.device()).unwrap();
    assert!(machine.refusal().starts_with("cannot open /dev/fb1: No such file"));
    // A device that takes no byte.
    symlink("/dev/full", machine.device()).unwrap();
    let mut panel = machine.open(Rotation::None).unwrap();
    let said = panel.show(&corner(Rotation::None)).unwrap_err().to_string();
    assert!(said.contains("dev/fb1 failed (No space left on device"), "{said}");
    fs::remove_file(machine.device()).unwrap();
    machine.forget();
    let mut panel = machine.open(Rotation::None).unwrap();
    let mut frame = corner(Rotation::None);
    panel.show(&frame).unwrap();
    assert_eq!(
        panel.show(&Frame::new(64, 128)).unwrap_err().to_string(),
        "a frame of 64x128 pixels does not fit a panel of 128x64"
    );
    // The switch goes with the driver; what the picture is after that nobody knows.
    fs::remove_file(machine.root.join("sys/class/graphics/fb1/blank")).unwrap();
    panel.blank().unwrap_err();
    frame.set(50, 50, true);
    panel.show(&frame).unwrap_err();
    machine.attribute("fb1/blank", "");
    machine.forget();
    panel.show(&frame).unwrap();
    assert_eq!(picture(&machine.seen(Rotation::None)), picture(&frame));
}
