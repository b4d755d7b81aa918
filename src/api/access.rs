//! Who may do more than read: root, a group, and whom polkit allows it.
//!
//! A bus policy cannot ask polkit, so it lets everybody call and the decision is made here, from
//! what the bus says of the caller. Whatever goes wrong on the way refuses.

use std::collections::HashMap;
use std::time::Duration;

use zbus::message::{Flags, Header};
use zbus::{Connection, OwnedVariant, Variant};

use super::accounts::Accounts;
use super::error::Error;
use super::limits::{Refusals, Waiting};
use super::polkit::{self, Answer};
use crate::clock::Clock;

/// How long the bus may take.
const CALL: Duration = Duration::from_secs(10);

/// Who may use the methods without polkit being asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// Users, by number.
    pub users: Vec<u32>,
    /// A group by its name in `/etc/group`, which is read when the daemon starts. One that is not
    /// there has no members.
    pub group: String,
}

impl Default for Access {
    /// Root, and the group `pairpanel`.
    fn default() -> Self {
        Self { users: vec![0], group: "pairpanel".to_owned() }
    }
}

/// The same, with numbers for names.
#[derive(Debug, Default)]
pub(super) struct Members {
    users: Vec<u32>,
    group: Option<u32>,
    waiting: Waiting,
    refusals: Refusals,
}

/// What the bus knows of a caller.
#[derive(Debug, Default)]
struct Caller {
    user: Option<u32>,
    groups: Vec<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Allowed,
    Refused,
    AskPolkit,
}

/// What may be the reason to let somebody use a method; each one includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    User,
    Group,
    Polkit,
}

impl By {
    fn who(self) -> &'static str {
        match self {
            Self::User => "root",
            Self::Group => "root and members of the group pairpanel",
            Self::Polkit => {
                "root, members of the group pairpanel and whom polkit allows org.pairpanel.manage"
            }
        }
    }
}

impl Members {
    pub(super) fn of(access: Access) -> Self {
        let group = Accounts::read().group(&access.group);
        Self { users: access.users, group, ..Self::default() }
    }

    /// `answer` is polkit's, if it has been asked.
    fn verdict(&self, caller: &Caller, by: By, answer: Option<Answer>) -> Verdict {
        let is_user = caller.user.is_some_and(|user| self.users.contains(&user));
        let is_member = self.group.is_some_and(|group| caller.groups.contains(&group));
        match answer {
            _ if is_user || is_member && by != By::User => Verdict::Allowed,
            None if by == By::Polkit => Verdict::AskPolkit,
            None => Verdict::Refused,
            Some(Answer::Yes) => Verdict::Allowed,
            Some(Answer::No | Answer::Absent) => Verdict::Refused,
        }
    }

    /// Lets the caller of a method pass.
    pub(super) async fn admit(
        &self,
        connection: &Connection,
        header: &Header<'_>,
        method: &'static str,
    ) -> Result<(), Error> {
        self.judge(connection, header, method, By::Polkit).await
    }

    /// The same for a method that nobody is let use by polkit.
    pub(super) async fn admit_known(
        &self,
        connection: &Connection,
        header: &Header<'_>,
        method: &'static str,
    ) -> Result<(), Error> {
        self.judge(connection, header, method, By::Group).await
    }

    /// The same for a method that the group is no reason to be let use.
    pub(super) async fn admit_root(
        &self,
        connection: &Connection,
        header: &Header<'_>,
        method: &'static str,
    ) -> Result<(), Error> {
        self.judge(connection, header, method, By::User).await
    }

    async fn judge(
        &self,
        connection: &Connection,
        header: &Header<'_>,
        method: &'static str,
        by: By,
    ) -> Result<(), Error> {
        let Some(sender) = header.sender() else { return Err(Error::access_denied(by.who())) };
        let Some(_place) = self.waiting.enter(sender) else { return Err(Error::too_many()) };
        let interactive = header.primary().flags().contains(Flags::ALLOW_INTERACTIVE_AUTH);
        let (caller, verdict) = match caller(connection, sender).await {
            Ok(caller) => {
                let mut verdict = self.verdict(&caller, by, None);
                if verdict == Verdict::AskPolkit {
                    let answer = polkit::ask(connection, sender, interactive).await;
                    verdict = self.verdict(&caller, by, Some(answer));
                }
                (caller, verdict)
            }
            Err(error) => {
                log::debug!("the bus does not say who {sender} is: {error}");
                (Caller::default(), Verdict::Refused)
            }
        };
        let user = caller.user.map_or_else(|| "unknown".to_owned(), |user| user.to_string());
        if verdict == Verdict::Allowed {
            log::info!("{method}, by user {user}");
            return Ok(());
        }
        if let Some(unsaid) = self.refusals.log(Clock::Monotonic.now(), caller.user) {
            let more =
                if unsaid > 0 { format!(", and {unsaid} calls before") } else { String::new() };
            log::warn!("refused {method} to user {user} ({sender}){more}");
        }
        Err(Error::access_denied(by.who()))
    }
}

/// Not by zbus's own method, which reads more about a caller than is needed here, by 30 kB of code.
async fn caller(connection: &Connection, sender: &str) -> zbus::Result<Caller> {
    let (bus, path, who) = ("org.freedesktop.DBus", "/org/freedesktop/DBus", (sender,));
    let asking =
        connection.call_method(Some(bus), path, Some(bus), "GetConnectionCredentials", &who);
    let reply = tokio::time::timeout(CALL, asking)
        .await
        .map_err(|_| zbus::Error::Failure("no answer".to_owned()))??;
    let credentials: HashMap<String, OwnedVariant> = reply.body().deserialize()?;
    let user = credentials.get("UnixUserID").and_then(|user| user.downcast_ref::<u32>().ok());
    let groups = match (credentials.get("UnixGroupIDs"), user) {
        (Some(groups), _) => numbers(groups),
        // A bus that is older than Linux's SO_PEERGROUPS, or has been built without it.
        (None, Some(user)) => Accounts::read().groups_of(user),
        (None, None) => Vec::new(),
    };
    Ok(Caller { user, groups })
}

fn numbers(value: &Variant<'_>) -> Vec<u32> {
    match value {
        Variant::Array(array) => {
            array.iter().filter_map(|number| number.downcast_ref::<u32>().ok()).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_and_members_may_and_polkit_decides_on_the_others() {
        const ALICE: u32 = 1000;
        const OURS: u32 = 990;
        let with = Members { users: vec![0], group: Some(OURS), ..Members::default() };
        let without = Members { users: vec![0], group: None, ..Members::default() };
        let unknown = (None, vec![]);
        let root = (Some(0), vec![0]);
        let member = (Some(ALICE), vec![100, OURS, 1000]);
        let stranger = (Some(ALICE), vec![100, 1000]);
        let polkit = [None, Some(Answer::Absent), Some(Answer::No), Some(Answer::Yes)];
        let always = [Verdict::Allowed; 4];
        let asked = [Verdict::AskPolkit, Verdict::Refused, Verdict::Refused, Verdict::Allowed];
        let cases = [
            (&with, &root, always),
            (&with, &member, always),
            (&with, &stranger, asked),
            (&with, &unknown, asked),
            (&without, &root, always),
            (&without, &member, asked),
            (&without, &stranger, asked),
            (&without, &unknown, asked),
        ];
        for (members, (user, groups), verdicts) in cases {
            let caller = Caller { user: *user, groups: groups.clone() };
            let found = polkit.map(|answer| members.verdict(&caller, By::Polkit, answer));
            assert_eq!(found, verdicts, "{members:?} {caller:?}");
            let allowed = |by| members.verdict(&caller, by, None) == Verdict::Allowed;
            assert_eq!(allowed(By::Group), verdicts == always, "{members:?} {caller:?}");
            assert_eq!(allowed(By::User), caller.user == Some(0), "{members:?} {caller:?}");
        }
    }

    #[test]
    fn a_group_that_is_not_there_has_no_members() {
        let access = Access { group: "no such group".to_owned(), ..Access::default() };
        assert_eq!(Members::of(access).group, None);
    }
}
