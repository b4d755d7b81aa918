//! The system bus's policy, as far as who may own `org.pairpanel` and who may become BlueZ's default
//! agent.
//!
//! dbus-daemon lets every message and name pass through all rules of all files (dbus-daemon(1)):
//! those of `context="default"` first, then those of groups, of users, and of
//! `context="mandatory"`; the last one that fits decides. The order of files is not defined. Only
//! rules that name these two names or `AgentManager1` are looked at here.

use super::Finding;
use super::accounts::Service;
use super::markup::{Tag, tags};
use super::tree::Tree;

const DIRECTORIES: [&str; 2] = ["/usr/share/dbus-1/system.d", "/etc/dbus-1/system.d"];
const NAME: &str = "org.pairpanel";
const BLUEZ: &str = "org.bluez";
const MANAGER: &str = "org.bluez.AgentManager1";

/// Whom a policy is for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Whom {
    Everybody,
    User(String),
    Group(String),
    /// Everybody, after all other rules.
    Mandatory,
    Other,
}

#[derive(Debug)]
struct Rule {
    whom: Whom,
    allows: bool,
    subject: Subject,
    file: String,
    line: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Subject {
    /// Owning our name.
    Own,
    /// Calling `AgentManager1`.
    Manager,
}

impl Rule {
    fn place(&self) -> String {
        format!("{}:{}", self.file, self.line)
    }
}

pub(super) fn check(tree: &Tree<'_>, service: &Service) -> Vec<Finding> {
    let files = tree.files(&DIRECTORIES, ".conf");
    if files.is_empty() {
        let why = format!("there are no policies in {}", DIRECTORIES.join(" and "));
        return vec![Finding::not_checked("bus-policy", why)];
    }
    let mut rules = Vec::new();
    let mut findings = Vec::new();
    for file in &files {
        match tree.read(file) {
            Ok(text) => rules.extend(read(file, &text)),
            Err(error) => {
                findings.push(Finding::not_checked("bus-policy", error.to_string()).at(file));
            }
        }
    }
    findings.push(own_name(tree, service, &rules));
    findings.extend(agents(tree, service, &rules));
    findings
}

fn applies(tree: &Tree<'_>, service: &Service, whom: &Whom) -> bool {
    match whom {
        Whom::Everybody | Whom::Mandatory => true,
        Whom::User(user) => service.is(user),
        Whom::Group(group) => service.is_in(tree, group),
        Whom::Other => false,
    }
}

/// The service's user may own `org.pairpanel`, and nobody else.
fn own_name(tree: &Tree<'_>, service: &Service, rules: &[Rule]) -> Finding {
    const CHECK: &str = "bus-name";
    let user = &service.user;
    let policy = format!("<policy user=\"{user}\"><allow own=\"{NAME}\"/></policy>");
    let fix = format!("put {policy} into {}/{NAME}.conf", DIRECTORIES[0]);
    let own = |rule: &&Rule| rule.subject == Subject::Own;
    let allowing: Vec<&Rule> = rules.iter().filter(own).filter(|rule| rule.allows).collect();
    let ours = |rule: &&&Rule| applies(tree, service, &rule.whom);
    let denied = rules.iter().filter(own).find(|rule| {
        !rule.allows && (rule.whom == Whom::Mandatory || rule.whom == Whom::User(user.clone()))
    });
    let everybody = allowing.iter().find(|rule| rule.whom == Whom::Everybody);
    match (denied, everybody, allowing.iter().find(ours), allowing.first()) {
        (Some(rule), ..) => Finding::fault(CHECK, format!("{user} is denied the name {NAME}"))
            .at(rule.place())
            .fix("take the rule out: without the name, status, open and forget do not work"),
        (_, Some(rule), ..) => Finding::warning(
            CHECK,
            format!("every local user may own {NAME} and pose as pairpanel"),
        )
        .at(rule.place())
        .fix(format!("put the rule into <policy user=\"{user}\">")),
        (_, _, Some(rule), _) => {
            let found =
                format!("{user} may own {NAME} (rules that do not name it were not weighed)");
            Finding::ok(CHECK, found).at(rule.place())
        }
        (_, _, None, Some(rule)) => {
            let found = format!("{NAME} may be owned, but not by {user}, which pairpanel runs as");
            Finding::fault(CHECK, found).at(rule.place()).fix(fix)
        }
        (_, _, None, None) => {
            let found = format!(
                "no rule lets {user} own {NAME}, so status, open and forget do not work (looked \
                 into {})",
                DIRECTORIES.join(" and ")
            );
            Finding::fault(CHECK, found).fix(fix)
        }
    }
}

/// Nobody but the service may become the default agent. bluetoothd itself does not ask who it is
/// (BlueZ, `src/agent.c`, `request_default`), and its own policy is open to everybody
/// (`src/bluetooth.conf`).
fn agents(tree: &Tree<'_>, service: &Service, rules: &[Rule]) -> Vec<Finding> {
    const CHECK: &str = "agent-policy";
    let user = &service.user;
    let manager = |rule: &&Rule| rule.subject == Subject::Manager;
    let rules: Vec<&Rule> = rules.iter().filter(manager).collect();
    let allow = format!("<allow send_destination=\"{BLUEZ}\"/> in <policy user=\"{user}\">");
    let deny = format!("<deny send_destination=\"{BLUEZ}\" send_interface=\"{MANAGER}\"/>");
    if let Some(rule) = rules.iter().find(|rule| rule.whom == Whom::Mandatory && !rule.allows) {
        let found = format!("{MANAGER} is denied to everybody, pairpanel included");
        let fix = "put the rule into <policy context=\"default\">, where others can overrule it";
        return vec![Finding::fault(CHECK, found).at(rule.place()).fix(fix)];
    }
    let mut findings = Vec::new();
    let open = |rule: &&&Rule| rule.allows && rule.whom == Whom::Everybody;
    let closes = |rule: &&Rule| !rule.allows && rule.whom == Whom::Everybody;
    let opening = rules.iter().filter(open).find(|opening| {
        !rules.iter().any(|r| closes(r) && r.file == opening.file && r.line > opening.line)
    });
    match opening {
        Some(rule) => {
            let found = if rules.iter().any(closes) {
                "any local user may become the default agent, unless a rule in another file, whose \
                 order is not defined, happens to come later"
            } else {
                "any local user may become the default agent and answer in pairpanel's place"
            };
            findings.push(
                Finding::warning(CHECK, found)
                    .at(rule.place())
                    .fix(format!("write {deny} after it into the same policy, and {allow}")),
            );
        }
        None => {
            let groups =
                rules.iter().find(|rule| rule.allows && matches!(rule.whom, Whom::Group(_)));
            if let Some(rule) = groups
                && let Whom::Group(group) = &rule.whom
            {
                let found = format!("members of the group {group} may become the default agent");
                findings.push(Finding::note(CHECK, found).at(rule.place()));
            }
            let is_allowed = |rule: &&&Rule| {
                let own = matches!(rule.whom, Whom::User(_) | Whom::Group(_));
                own && rule.allows && applies(tree, service, &rule.whom)
            };
            findings.push(match rules.iter().find(is_allowed) {
                Some(rule) => {
                    let found = format!("{user} may become the default agent, and not everybody");
                    Finding::ok(CHECK, found).at(rule.place())
                }
                None => {
                    let found = format!("no rule lets {user} call {MANAGER} of {BLUEZ}");
                    let fix = format!("write {allow} into {}/{NAME}.conf", DIRECTORIES[0]);
                    Finding::fault(CHECK, found).fix(fix)
                }
            });
        }
    }
    findings
}

/// The rules of a file that are about our subjects.
fn read(file: &str, text: &str) -> Vec<Rule> {
    let mut rules = Vec::new();
    let mut whom = None;
    for tag in tags(text) {
        match tag.name {
            "policy" if tag.is_end => whom = None,
            "policy" => whom = Some(whose(&tag)),
            "allow" | "deny" => {
                if let (Some(whom), Some(subject)) = (&whom, subject(&tag)) {
                    let (allows, file) = (tag.name == "allow", file.to_owned());
                    rules.push(Rule { whom: whom.clone(), allows, subject, file, line: tag.line });
                }
            }
            _ => {}
        }
    }
    rules
}

fn whose(policy: &Tag<'_>) -> Whom {
    let user = policy.get("user").map(|user| Whom::User(user.to_owned()));
    let group = policy.get("group").map(|group| Whom::Group(group.to_owned()));
    user.or(group).unwrap_or_else(|| match policy.get("context") {
        Some("default") => Whom::Everybody,
        Some("mandatory") => Whom::Mandatory,
        // at_console, for one, which neither counts here nor with dbus-broker.
        _ => Whom::Other,
    })
}

fn subject(rule: &Tag<'_>) -> Option<Subject> {
    let has_prefix = |attribute: &str, name: &str| {
        rule.get(attribute).is_some_and(|prefix| {
            name.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    };
    if rule.get("own") == Some(NAME) || has_prefix("own_prefix", NAME) {
        return Some(Subject::Own);
    }
    // Signals, errors and replies, or one member, are another matter.
    let whole = ["send_member", "send_path", "send_error"].iter().all(|a| rule.get(a).is_none())
        && rule.get("send_type").is_none_or(|kind| kind == "method_call");
    let destination = rule.get("send_destination");
    let to_bluez = destination == Some(BLUEZ) || has_prefix("send_destination_prefix", BLUEZ);
    let interface = rule.get("send_interface");
    let fits = match interface {
        Some(interface) => interface == MANAGER && (to_bluez || destination.is_none()),
        None => to_bluez,
    };
    (whole && fits).then_some(Subject::Manager)
}
