//! The users and groups in the machine's own files; those of a directory service are not in them
//! (passwd(5), group(5)).

use std::fs;

/// What is in the two files; nothing if they cannot be read.
pub(super) struct Accounts {
    passwd: String,
    group: String,
}

impl Accounts {
    pub(super) fn read() -> Self {
        let read = |path| fs::read(path).unwrap_or_default();
        // A name in another encoding is one that we do not look for.
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Self { passwd: text(read("/etc/passwd")), group: text(read("/etc/group")) }
    }

    /// A group's number.
    pub(super) fn group(&self, name: &str) -> Option<u32> {
        let mut groups = self.groups();
        groups.find(|(group, ..)| !name.is_empty() && *group == name).map(|(_, id, _)| id)
    }

    /// The groups of a user: the primary one and those that list the name.
    pub(super) fn groups_of(&self, user: u32) -> Vec<u32> {
        let account = self.passwd.lines().find_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next()?;
            let id: u32 = fields.nth(1)?.parse().ok()?;
            let primary: u32 = fields.next()?.parse().ok()?;
            (id == user && !name.is_empty()).then_some((name, primary))
        });
        let Some((name, primary)) = account else { return Vec::new() };
        let listed = self.groups().filter(|(.., members)| members.split(',').any(|m| m == name));
        std::iter::once(primary).chain(listed.map(|(_, id, _)| id)).collect()
    }

    /// Names, numbers and members.
    fn groups(&self) -> impl Iterator<Item = (&str, u32, &str)> {
        self.group.lines().filter_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next()?;
            let id = fields.nth(1)?.parse().ok()?;
            Some((name, id, fields.next().unwrap_or_default().trim()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_found_by_name_and_by_user() {
        let accounts = Accounts {
            passwd: "root:x:0:0::/root:/bin/sh\n\
                     alice:x:1000:1000:Alice,,,:/home/alice:/bin/sh\n\
                     bob:x:1001:990::/:/bin/sh\n\
                     \n\
                     broken:x:one:two\n"
                .to_owned(),
            group: "root:x:0:\n\
                    pairpanel:x:990:carol,alice\n\
                    alice:x:1000:\n\
                    odd:x\n\
                    short:x:991\n\
                    other:x:992:alicent,malice\n"
                .to_owned(),
        };
        assert_eq!(accounts.group("pairpanel"), Some(990));
        assert_eq!(accounts.group("short"), Some(991));
        for none in ["odd", "pairpane", "nobody", ""] {
            assert_eq!(accounts.group(none), None, "{none}");
        }
        assert_eq!(accounts.groups_of(1000), [1000, 990]);
        assert_eq!(accounts.groups_of(1001), [990]);
        assert!(accounts.groups_of(4711).is_empty());
    }
}
