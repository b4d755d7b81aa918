//! As whom pairpanel runs, and what that user may open.

use std::os::unix::fs::MetadataExt as _;

use super::Finding;
use super::tree::{Tree, numbered};
use super::unit::Unit;

const UNIT: &str = "pairpanel.service";
const USER: &str = "pairpanel";
const SYSUSERS: [&str; 3] = ["/etc/sysusers.d", "/run/sysusers.d", "/usr/lib/sysusers.d"];

/// The user that pairpanel runs as.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) unit: Option<Unit>,
    pub(super) user: String,
    /// Nothing if the user is to be made at boot, or is unknown.
    uid: Option<u32>,
    /// Primary and supplementary groups.
    gids: Vec<u32>,
    /// Names of groups that do not exist.
    missing: Vec<String>,
    /// Where it is said that the user will be made at boot.
    sysusers: Option<String>,
}

impl Service {
    /// The unit's user; without a unit the user `pairpanel`, or else whoever is asking.
    pub(super) fn find(tree: &Tree<'_>, running: bool) -> Self {
        let unit = Unit::load(tree, UNIT);
        let passwd = tree.read("/etc/passwd").unwrap_or_default();
        let groups = tree.read("/etc/group").unwrap_or_default();
        let named = |setting: &str| {
            unit.as_ref().and_then(|unit| unit.last(setting)).map(|setting| setting.value.clone())
        };
        let is_there = entry(&passwd, USER).is_some();
        let user = match (&unit, running) {
            (Some(_), _) => named("User").unwrap_or_else(|| "root".to_owned()),
            (None, true) if !is_there => return Self::myself(tree, &passwd),
            (None, _) => USER.to_owned(),
        };
        let account = entry(&passwd, &user);
        let mut gids: Vec<u32> = account.as_ref().map(|account| account.gid).into_iter().collect();
        let is_member = |members: &str| members.split(',').any(|member| member == user);
        let memberships =
            groups.lines().filter_map(group).filter(|(.., members)| is_member(members));
        gids.extend(memberships.map(|(_, gid, _)| gid));
        let mut missing = Vec::new();
        let supplementary = unit.iter().flat_map(|unit| unit.values("SupplementaryGroups"));
        for name in supplementary.flat_map(|setting| setting.value.split_whitespace()) {
            match groups.lines().filter_map(group).find(|(known, ..)| *known == name) {
                Some((_, gid, _)) => gids.push(gid),
                None if sysusers(tree, 'g', name).is_some() => {}
                None => missing.push(name.to_owned()),
            }
        }
        let uid = account.map(|account| account.uid);
        let sysusers = sysusers(tree, 'u', &user);
        Self { unit, user, uid, gids, missing, sysusers }
    }

    /// The user of this process.
    fn myself(tree: &Tree<'_>, passwd: &str) -> Self {
        let status = tree.read("/proc/self/status").unwrap_or_default();
        let numbers = |key: &str| -> Vec<u32> {
            let line = status.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_default();
            line.split_whitespace().filter_map(|number| number.parse().ok()).collect()
        };
        let uid = numbers("Uid:").first().copied();
        let known = passwd.lines().filter_map(account).find(|account| Some(account.uid) == uid);
        let user = known.map_or_else(|| "this user".to_owned(), |account| account.name.to_owned());
        let gids = [numbers("Gid:"), numbers("Groups:")].concat();
        Self { unit: None, user, uid, gids, missing: Vec::new(), sysusers: None }
    }

    pub(super) fn is(&self, user: &str) -> bool {
        self.user == user || self.uid.is_some_and(|uid| user == uid.to_string())
    }

    /// Whether the user is in the group of this name.
    pub(super) fn is_in(&self, tree: &Tree<'_>, name: &str) -> bool {
        let groups = tree.read("/etc/group").unwrap_or_default();
        groups
            .lines()
            .filter_map(group)
            .any(|(known, gid, _)| known == name && self.gids.contains(&gid))
    }

    /// Why a file may not be opened so, `bits` being 4 to read, 2 to write and 6 for both; nothing if it
    /// may. Only owner, group and mode count: a node with an access list may be open all the same.
    pub(super) fn refusal(&self, tree: &Tree<'_>, path: &str, bits: u32) -> Option<Finding> {
        let check = "access";
        let metadata = match tree.metadata(path) {
            Ok(metadata) => metadata,
            Err(error) => {
                return Some(Finding::not_checked(check, format!("{path}: {error}")));
            }
        };
        let Some(uid) = self.uid else {
            let why = format!("{path}: the user {} has no number yet", self.user);
            return Some(Finding::not_checked(check, why));
        };
        let mode = metadata.mode();
        let granted = if uid == 0 {
            7
        } else if uid == metadata.uid() {
            mode >> 6
        } else if self.gids.contains(&metadata.gid()) {
            mode >> 3
        } else {
            mode
        };
        if granted & bits == bits {
            return None;
        }
        let groups = tree.read("/etc/group").unwrap_or_default();
        let owner = groups.lines().filter_map(group).find(|(_, gid, _)| *gid == metadata.gid());
        let owner = owner.map_or_else(|| metadata.gid().to_string(), |(name, ..)| name.to_owned());
        let found = format!(
            "{} may not open {path}: it is of the group {owner}, mode {:04o}",
            self.user,
            mode & 0o7777
        );
        let fix = if mode >> 3 & bits == bits && metadata.gid() != 0 {
            format!(
                "write SupplementaryGroups={owner} into {UNIT}, or usermod -aG {owner} {}",
                self.user
            )
        } else {
            format!(
                "install a udev rule with GROUP= and MODE=\"0660\" for it, and put {} into \
                     that group",
                self.user
            )
        };
        Some(Finding::fault(check, found).at(path).fix(fix))
    }
}

/// The user exists, and so do the groups that the unit names.
pub(super) fn check(service: &Service) -> Vec<Finding> {
    const CHECK: &str = "user";
    let Service { unit, user, uid, missing, sysusers, .. } = service;
    let place = unit.as_ref().map(|unit| {
        unit.last("User").map_or_else(|| unit.path.clone(), |setting| setting.place.clone())
    });
    let at = |finding: Finding| match &place {
        Some(place) => finding.at(place),
        None => finding,
    };
    let mut findings = Vec::new();
    if unit.is_none() {
        findings.push(
            Finding::note(CHECK, format!("there is no {UNIT}; checked is what {user} may do"))
                .fix(format!("install {UNIT}, if pairpanel is to start by itself")),
        );
    }
    findings.push(match (uid, sysusers) {
        (Some(0), _) if unit.is_some() => at(Finding::warning(CHECK, "pairpanel runs as root"))
            .fix(format!("write User={USER} into {UNIT}: it needs no more than its devices")),
        (Some(_), _) => at(Finding::ok(CHECK, format!("pairpanel runs as {user}"))),
        (None, Some(place)) => {
            Finding::ok(CHECK, format!("the user {user} is made at boot")).at(place)
        }
        (None, None) => at(Finding::fault(CHECK, format!("there is no user {user}")))
            .fix(format!("put \"u {user} -\" into /usr/lib/sysusers.d/{USER}.conf, or useradd -r")),
    });
    for group in missing {
        let found = format!(
            "{UNIT} names the group {group}, which does not exist: systemd will \
                             not start it (216/GROUP)"
        );
        let fix = format!("put \"g {group} -\" into /usr/lib/sysusers.d/{USER}.conf, or groupadd");
        let unit = unit.as_ref().and_then(|unit| unit.last("SupplementaryGroups"));
        let place = unit.map(|setting| setting.place.clone());
        findings.push(Finding { place, ..Finding::fault("groups", found).fix(fix) });
    }
    findings
}

struct Account<'a> {
    name: &'a str,
    uid: u32,
    gid: u32,
}

fn account(line: &str) -> Option<Account<'_>> {
    let mut fields = line.split(':');
    let name = fields.next()?;
    let (uid, gid) = (fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?);
    Some(Account { name, uid, gid })
}

fn entry<'a>(passwd: &'a str, name: &str) -> Option<Account<'a>> {
    passwd.lines().filter_map(account).find(|account| account.name == name)
}

/// Name, number and members of a line of `/etc/group`.
fn group(line: &str) -> Option<(&str, u32, &str)> {
    let mut fields = line.split(':');
    Some((fields.next()?, fields.nth(1)?.parse().ok()?, fields.next().unwrap_or_default()))
}

/// Where sysusers.d(5) says that this user (`u`) or group (`g`) is to be made. A user brings a group
/// of its name.
fn sysusers(tree: &Tree<'_>, kind: char, name: &str) -> Option<String> {
    tree.files(&SYSUSERS, ".conf").into_iter().find_map(|file| {
        let text = tree.read(&file).ok()?;
        let (line, _) = numbered(&text).find(|(_, line)| {
            let mut words = line.split_whitespace();
            let found = words.next().unwrap_or_default();
            found.starts_with(['u', kind]) && words.next() == Some(name)
        })?;
        Some(format!("{file}:{line}"))
    })
}
