//! What polkit says of a caller (polkit, `docs/polkit/docbook-interface-org.freedesktop.PolicyKit1.
//! Authority.xml`).

use std::collections::HashMap;
use std::time::Duration;

use zbus::fdo::DBusProxy;
use zbus::{Connection, Variant};

const NAME: &str = "org.freedesktop.PolicyKit1";
const PATH: &str = "/org/freedesktop/PolicyKit1/Authority";
const AUTHORITY: &str = "org.freedesktop.PolicyKit1.Authority";
/// What is asked for: `dist/polkit/org.pairpanel.policy`.
const ACTION: &str = "org.pairpanel.manage";
/// polkit may have to be started first.
const CALL: Duration = Duration::from_secs(20);
/// For a person to type a password.
const DIALOGUE: Duration = Duration::from_secs(120);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// There is no polkit on this machine.
    Absent,
    Yes,
    No,
}

/// Whether the connection `sender` may do it. A person is asked for a password only if the caller
/// has said that it waits for that. No answer is a no.
pub(super) async fn ask(connection: &Connection, sender: &str, interactive: bool) -> Answer {
    let limit = if interactive { DIALOGUE } else { CALL };
    let asking = async {
        // It runs, or can be started: a call to a name that nobody has may be left without an
        // answer.
        let bus = DBusProxy::new(connection).await?;
        if let Err(error) = bus.start_service_by_name(NAME.try_into()?, 0).await {
            log::debug!("there is no polkit: {error}");
            return Ok(Answer::Absent);
        }
        // The bus never gives a unique name to a second connection, as opposed to the number of a
        // process.
        let subject = ("system-bus-name", HashMap::from([("name", Variant::from(sender))]));
        let details: HashMap<&str, &str> = HashMap::new();
        let arguments = (subject, ACTION, details, u32::from(interactive), "");
        let reply = connection
            .call_method(Some(NAME), PATH, Some(AUTHORITY), "CheckAuthorization", &arguments)
            .await?;
        let body = reply.body();
        let ((is_authorised, ..),): ((bool, bool, HashMap<String, String>),) =
            body.deserialize()?;
        Ok::<_, zbus::Error>(if is_authorised { Answer::Yes } else { Answer::No })
    };
    match tokio::time::timeout(limit, asking).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => {
            log::warn!(
                "polkit does not say who may do {ACTION}: {error}; is org.pairpanel.policy in \
                 /usr/share/polkit-1/actions?"
            );
            Answer::No
        }
        Err(_) => {
            log::warn!("polkit has not said in {} s who may do {ACTION}", limit.as_secs());
            Answer::No
        }
    }
}
