//! Panels that a driver in the kernel has: ssd130x, fbtft, ssd1307fb.
//!
//! All of them are framebuffer devices: `/dev/fbN` is written as a file, and what it looks like is
//! read in `/sys/class/graphics/fbN` (drivers/video/fbdev/core/fbsysfs.c).
//!
//! A driver takes what is written at once and sends it to the glass later. If that fails, it is not
//! told to anybody: see [`DisplayProfile::answers`].

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::{fmt, io};

use rustix::io::Errno;
use zeroize::Zeroizing;

use super::{Driver, DriverError, Frame};
use crate::board::{DisplayProfile, Rotation};

const CLASS: &str = "sys/class/graphics";
/// How many there can be (include/linux/fb.h).
const FB_MAX: u32 = 32;

/// Values of `blank` (FB_BLANK_UNBLANK and FB_BLANK_POWERDOWN in include/uapi/linux/fb.h).
const ON: &str = "0";
const OFF: &str = "4";

/// A display of the kernel, and what is known about its picture.
pub struct Framebuffer {
    device: PathBuf,
    file: File,
    /// The file that switches the glass; `None` if this process may not, so that a dark picture
    /// has to do.
    switch: Option<PathBuf>,
    format: Format,
    /// Bytes from one row to the next.
    stride: usize,
    width: u32,
    height: u32,
    rotation: Rotation,
    /// What the kernel has, row after row without gaps; `None` if that is not certain.
    shown: Option<Zeroizing<Vec<u8>>>,
    lit: bool,
}

impl Framebuffer {
    /// Opens the display whose driver's name begins like this, on the machine whose files are
    /// below `root`. Nothing is written yet.
    ///
    /// # Errors
    ///
    /// [`DriverError`] if there is no such display, if it is not of the profile's size, or if this
    /// process may not write to it.
    pub fn open(root: &Path, name: &str, profile: &DisplayProfile) -> Result<Self, DriverError> {
        let found = find(root, name)?;
        let device = root.join("dev").join(&found.node);
        let other = |what: String, remedy| DriverError::OtherFramebuffer {
            device: found.to_string(),
            found: what,
            remedy,
        };
        let (width, height, rotation) = (profile.width, profile.height, profile.rotation);
        let size = found.attribute("virtual_size");
        if size != format!("{width},{height}") {
            let what = format!("has {} pixels and not {width}x{height}", size.replace(',', "x"));
            return Err(other(what, "correct `width` and `height` in the board profile"));
        }
        let bits = found.attribute("bits_per_pixel");
        let format = match bits.as_str() {
            "1" => Format::Bits,
            "16" => Format::Bytes(2),
            "32" => Format::Bytes(4),
            _ => {
                let what = format!("has {bits} bits per pixel");
                return Err(other(what, "only drivers with 1, 16 or 32 can be used"));
            }
        };
        let stride = found.attribute("stride");
        let enough = |stride: &usize| *stride >= format.row(width as usize);
        let Some(stride) = stride.parse().ok().filter(enough) else {
            let what = format!("has {stride} bytes per row, too few for its pixels");
            return Err(other(what, "see the kernel's log"));
        };
        let opened = File::options().write(true).open(&device);
        let file = opened.map_err(|source| DriverError::OpenFailed {
            path: format!("/dev/{}", found.node),
            source,
        })?;
        let switch = Some(found.directory.join("blank"));
        let (shown, lit) = (None, false);
        Ok(Self { device, file, switch, format, stride, width, height, rotation, shown, lit })
    }

    /// Writes what differs from the picture that the kernel has.
    fn write(&mut self, pixels: Zeroizing<Vec<u8>>) -> Result<(), DriverError> {
        let shown = self.shown.take();
        let row = self.format.row(self.width as usize);
        let old = |y: usize| shown.as_ref().map(|shown| &shown[y * row..][..row]);
        for (y, new) in pixels.chunks(row).enumerate() {
            let (first, end) = match old(y) {
                Some(old) => {
                    let differs = |x: &usize| old[*x] != new[*x];
                    let Some(first) = (0..row).find(differs) else { continue };
                    (first, (first..row).rfind(differs).map_or(row, |last| last + 1))
                }
                None => (0, row),
            };
            let at = (y * self.stride + first) as u64;
            self.file.write_all_at(&new[first..end], at).map_err(|error| self.failed(&error))?;
        }
        self.shown = Some(pixels);
        Ok(())
    }

    /// Has a driver that puts writing off begin now: fbtft and ssd1307fb (fb_deferred_io_fsync).
    fn flush(&mut self) -> Result<(), DriverError> {
        match self.file.sync_data() {
            // One without deferred writing has nothing to flush.
            Err(error) if error.raw_os_error() == Some(Errno::INVAL.raw_os_error()) => Ok(()),
            done => done.map_err(|error| {
                self.shown = None;
                self.failed(&error)
            }),
        }
    }

    fn switch(&mut self, value: &str) -> Result<(), DriverError> {
        let Some(switch) = &self.switch else { return Ok(()) };
        let open = || File::options().write(true).open(switch);
        let written = open().and_then(|file| file.write_all_at(value.as_bytes(), 0));
        let Err(error) = written else { return Ok(()) };
        match error.kind() {
            // The driver has no switch, or it is root's: pixels that are dark give no light either.
            io::ErrorKind::PermissionDenied
            | io::ErrorKind::ReadOnlyFilesystem
            | io::ErrorKind::InvalidInput => {
                log::warn!(
                    "cannot write {}: {error}; the display is not switched off but only dark",
                    switch.display()
                );
                self.switch = None;
                Ok(())
            }
            _ => {
                self.shown = None;
                Err(self.failed(&error))
            }
        }
    }

    fn failed(&self, error: &io::Error) -> DriverError {
        DriverError::WriteFailed {
            device: self.device.display().to_string(),
            errno: error.raw_os_error(),
            reason: error.to_string(),
        }
    }

    /// The picture's bytes, as it has to be on the glass.
    fn pixels(&self, frame: &Frame) -> Result<Zeroizing<Vec<u8>>, DriverError> {
        let (mut width, mut height) = (self.width, self.height);
        if self.rotation.is_sideways() {
            (width, height) = (height, width);
        }
        frame.require_size(width, height)?;
        let turns = match self.rotation {
            Rotation::None => 0,
            Rotation::Right => 1,
            Rotation::Half => 2,
            Rotation::Left => 3,
        };
        let turned = (0..turns)
            .fold(None, |turned: Option<Frame>, _| Some(turned.as_ref().unwrap_or(frame).turned()));
        Ok(self.format.pixels(turned.as_ref().unwrap_or(frame)))
    }
}

impl Driver for Framebuffer {
    fn show(&mut self, frame: &Frame) -> Result<(), DriverError> {
        let pixels = self.pixels(frame)?;
        if self.lit && self.shown.as_ref() == Some(&pixels) {
            return Ok(());
        }
        self.write(pixels)?;
        if !self.lit {
            self.switch(ON)?;
        }
        self.lit = true;
        self.flush()
    }

    fn refresh(&mut self, frame: &Frame) -> Result<(), DriverError> {
        (self.shown, self.lit) = (None, false);
        self.show(frame)
    }

    fn blank(&mut self) -> Result<(), DriverError> {
        (self.shown, self.lit) = (None, false);
        let (width, height) = (self.width as usize, self.height as usize);
        self.write(Zeroizing::new(vec![0; self.format.row(width) * height]))?;
        self.flush()?;
        self.switch(OFF)
    }
}

/// What a pixel is in the device's memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    /// A bit, the leftmost one lowest: drivers/video/fbdev/ssd1307fb.c.
    Bits,
    /// So many bytes of which all bits are set if it is lit: RGB565 of fbtft, XRGB8888 of ssd130x.
    Bytes(usize),
}

impl Format {
    /// Bytes of a row of so many pixels.
    const fn row(self, width: usize) -> usize {
        match self {
            Self::Bits => width.div_ceil(8),
            Self::Bytes(bytes) => width * bytes,
        }
    }

    fn pixels(self, frame: &Frame) -> Zeroizing<Vec<u8>> {
        let (width, row) = (frame.width(), self.row(frame.width()));
        let mut pixels = Zeroizing::new(vec![0; row * frame.height()]);
        for (y, row) in pixels.chunks_mut(row).enumerate() {
            for x in (0..width).filter(|&x| frame.get(x, y)) {
                match self {
                    Self::Bits => row[x / 8] |= 1 << (x % 8),
                    Self::Bytes(bytes) => row[x * bytes..][..bytes].fill(0xff),
                }
            }
        }
        pixels
    }
}

/// The device file, below `root`, of the display whose driver's name begins like this. It is not
/// opened.
pub(super) fn locate(root: &Path, name: &str) -> Result<PathBuf, DriverError> {
    find(root, name).map(|found| root.join("dev").join(found.node))
}

/// A framebuffer device. Displays as `/dev/fbN (name)`.
struct Found {
    /// Its name below `/dev`.
    node: String,
    /// What its driver is called.
    name: String,
    /// Where its attributes are.
    directory: PathBuf,
}

impl Found {
    /// An attribute's text; empty if it cannot be read.
    fn attribute(&self, name: &str) -> String {
        let text = fs::read_to_string(self.directory.join(name)).unwrap_or_default();
        text.trim().to_owned()
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/dev/{} ({})", self.node, self.name)
    }
}

fn find(root: &Path, wanted: &str) -> Result<Found, DriverError> {
    let all = (0..FB_MAX).filter_map(|number| {
        let node = format!("fb{number}");
        let directory = root.join(CLASS).join(&node);
        let name = fs::read_to_string(directory.join("name")).ok()?.trim_end().to_owned();
        Some(Found { node, name, directory })
    });
    let list = |found: &[Found]| found.iter().map(Found::to_string).collect::<Vec<_>>().join(", ");
    let (mut fit, rest): (Vec<_>, Vec<_>) = all.partition(|found| found.name.starts_with(wanted));
    let wanted = wanted.to_owned();
    match fit.len() {
        1 => Ok(fit.remove(0)),
        0 if rest.is_empty() => {
            let present = "and there is no other".to_owned();
            Err(DriverError::NoFramebuffer { wanted, present })
        }
        0 => Err(DriverError::NoFramebuffer { wanted, present: format!("only {}", list(&rest)) }),
        _ => Err(DriverError::AmbiguousFramebuffer { wanted, present: list(&fit) }),
    }
}
