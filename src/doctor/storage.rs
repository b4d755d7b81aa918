//! Where bonds are kept: `/var/lib/bluetooth` outlives restarts and updates.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::tree::Tree;
use super::unit::Unit;
use super::{AT_REST, Finding};

pub(super) const BONDS: &str = "/var/lib/bluetooth";
const CHECK: &str = "bond-storage";
/// What is lost when the power is.
const IN_MEMORY: [&str; 3] = ["tmpfs", "ramfs", "rootfs"];
/// What cannot be written at all.
const READ_ONLY: [&str; 5] = ["squashfs", "erofs", "cramfs", "romfs", "iso9660"];
/// What says that the root file system is replaced by updates.
const UPDATERS: [(&str, &str); 5] = [
    ("/etc/rauc/system.conf", "RAUC"),
    ("/usr/lib/rauc/system.conf", "RAUC"),
    ("/etc/mender/mender.conf", "Mender"),
    ("/etc/swupdate.cfg", "SWUpdate"),
    ("/usr/bin/swupdate", "SWUpdate"),
];
const REMEDY: &str = "mount /var/lib/bluetooth, or bind it to, a data partition that survives restarts \
                      and that update slots (RAUC, Mender, SWUpdate) share";

/// A line of `/proc/self/mountinfo` (proc_pid_mountinfo(5)).
#[derive(Debug)]
struct Mount {
    point: PathBuf,
    options: String,
    kind: String,
    super_options: String,
    line: usize,
}

pub(super) fn check(tree: &Tree<'_>, running: bool) -> Vec<Finding> {
    vec![directory(tree), file_system(tree, running)]
}

/// The directory is there, and root's. bluetoothd is root without the capability to write into other
/// users' directories (BlueZ, `src/bluetooth.service.in`).
fn directory(tree: &Tree<'_>) -> Finding {
    let Ok(metadata) = tree.metadata(BONDS) else {
        let unit = Unit::load(tree, "bluetooth.service");
        let state = unit.as_ref().and_then(|unit| unit.last("StateDirectory"));
        return match state {
            Some(state) => {
                Finding::ok(CHECK, format!("systemd makes {BONDS} when it starts bluetoothd"))
                    .at(&state.place)
            }
            None => {
                Finding::warning(CHECK, format!("{BONDS} does not exist, and no unit makes it"))
                    .fix("put StateDirectory=bluetooth into bluetooth.service")
            }
        };
    };
    // In an image that a user has unpacked, root's files are that user's.
    let root = tree.metadata("/").map_or(0, |root| root.uid());
    if !metadata.is_dir() {
        Finding::fault(CHECK, format!("{BONDS} is not a directory")).at(BONDS).fix("remove it")
    } else if metadata.uid() != root || metadata.mode() & 0o300 != 0o300 {
        let found = format!(
            "bluetoothd cannot write {BONDS}: it belongs to user {}, mode {:04o}",
            metadata.uid(),
            metadata.mode() & 0o7777
        );
        Finding::fault(CHECK, found)
            .at(BONDS)
            .fix(format!("chown root: {BONDS}; chmod 0700 {BONDS}"))
    } else {
        Finding::ok(CHECK, format!("{BONDS} is there and root's")).at(BONDS)
    }
}

/// It is on a file system that lasts.
fn file_system(tree: &Tree<'_>, running: bool) -> Finding {
    const INFO: &str = "/proc/self/mountinfo";
    if !running {
        return Finding::not_checked(CHECK, format!("whether {BONDS} lasts: {AT_REST}"));
    }
    let mounts = match tree.read(INFO) {
        Ok(text) => mounts(&text),
        Err(error) => return Finding::not_checked(CHECK, error.to_string()).at(INFO),
    };
    let path = match tree.follow(BONDS) {
        Ok(path) => path,
        Err(error) => return Finding::not_checked(CHECK, error.to_string()).at(BONDS),
    };
    let Some(mount) = holding(&mounts, &path) else {
        return Finding::not_checked(CHECK, format!("no mount holds {BONDS}")).at(INFO);
    };
    let place = format!("{INFO}:{}", mount.line);
    let fault = |what: &str| {
        Finding::fault(CHECK, format!("bonds are lost: {BONDS} is {what}")).at(&place).fix(REMEDY)
    };
    let Mount { kind, point, .. } = mount;
    let point = point.display();
    if IN_MEMORY.contains(&kind.as_str()) {
        return fault(&format!("in memory only ({kind} at {point})"));
    }
    let is_read_only = |options: &str| options.split(',').any(|option| option == "ro");
    if READ_ONLY.contains(&kind.as_str())
        || is_read_only(&mount.options)
        || is_read_only(&mount.super_options)
    {
        return fault(&format!("read-only ({kind} at {point})"));
    }
    if kind == "overlay" {
        let upper = mount.super_options.split(',').find_map(|o| o.strip_prefix("upperdir="));
        let Some(upper) = upper else {
            return fault(&format!("read-only (overlay at {point} without an upper directory)"));
        };
        if !tree.exists(upper) {
            let why = format!(
                "whether {BONDS} lasts: the overlay at {point} writes to {upper}, which \
                               cannot be seen from here"
            );
            return Finding::not_checked(CHECK, why).at(place).fix(REMEDY);
        }
        let below = tree.follow(upper).ok();
        let below = below.as_deref().and_then(|below| holding(&mounts, below));
        if let Some(below) = below.filter(|below| IN_MEMORY.contains(&below.kind.as_str())) {
            return fault(&format!(
                "in memory only (overlay at {point}, which writes to {upper} on {})",
                below.kind
            ));
        }
    }
    let updater = UPDATERS.iter().find(|(file, _)| tree.exists(file));
    if let Some((file, updater)) = updater
        && mount.point == Path::new("/")
    {
        let found = format!("{BONDS} is on the root file system, which {updater} replaces");
        return Finding::warning(CHECK, found).at(file).fix(REMEDY);
    }
    Finding::ok(CHECK, format!("{BONDS} is on {kind}, mounted at {point}"))
}

fn mounts(text: &str) -> Vec<Mount> {
    super::tree::numbered(text)
        .filter_map(|(line, text)| {
            let (left, right) = text.split_once(" - ")?;
            let (mut left, mut right) = (left.split(' '), right.split(' '));
            Some(Mount {
                point: unescape(left.nth(4)?).into(),
                options: left.next()?.to_owned(),
                kind: right.next()?.to_owned(),
                super_options: unescape(right.nth(1).unwrap_or_default()),
                line,
            })
        })
        .collect()
}

/// Blanks are written as `\040` there.
fn unescape(text: &str) -> String {
    text.replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\")
}

/// The mount that a path is on: the deepest, and of several at one place the last.
fn holding<'a>(mounts: &'a [Mount], path: &Path) -> Option<&'a Mount> {
    let holds = mounts.iter().filter(|mount| path.starts_with(&mount.point));
    holds.max_by_key(|mount| mount.point.components().count())
}
