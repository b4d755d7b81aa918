//! A polkit that answers `CheckAuthorization` as polkit does, for one action (polkit,
//! `src/polkitbackend/polkitbackendinteractiveauthority.c`).

use std::collections::HashMap;

use pairpanel::sim::FakeBus;
use zbus::connection::Builder;
use zbus::fdo::DBusProxy;
use zbus::{Connection, OwnedVariant};

/// What the machine's owner has decided on the action.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Says {
    Yes,
    No,
    AskAdministrator {
        who_knows_the_password: bool,
    },
    /// The action's file is not installed.
    UnknownAction,
}

pub(crate) struct FakePolkit {
    connection: Connection,
}

struct Authority {
    says: Says,
}

#[derive(Debug, zbus::DBusError)]
#[zbus(prefix = "org.freedesktop.PolicyKit1.Error")]
enum Error {
    #[zbus(error)]
    ZBus(zbus::Error),
    Failed(String),
}

type Answer = (bool, bool, HashMap<String, String>);

#[zbus::interface(name = "org.freedesktop.PolicyKit1.Authority")]
impl Authority {
    async fn check_authorization(
        &self,
        #[zbus(connection)] connection: &Connection,
        subject: (String, HashMap<String, OwnedVariant>),
        action: &str,
        _details: HashMap<String, String>,
        flags: u32,
        _cancellation: &str,
    ) -> Result<(Answer,), Error> {
        let (kind, of) = &subject;
        let name: &str = of["name"].downcast_ref().map_err(|_| Error::Failed("no name".into()))?;
        let bus = DBusProxy::new(connection).await?;
        let is_there = bus.name_has_owner(name.try_into()?).await;
        if kind != "system-bus-name" || !is_there.is_ok_and(|is_there| is_there) {
            return Err(Error::Failed(format!("no such subject: {kind} {name}")));
        }
        let may_ask = flags & 1 == 1;
        let (is_authorised, is_challenge) = match self.says {
            _ if action != "org.pairpanel.manage" => {
                return Err(Error::Failed(format!("Action {action} is not registered")));
            }
            Says::UnknownAction => {
                return Err(Error::Failed(format!("Action {action} is not registered")));
            }
            Says::Yes => (true, false),
            Says::No => (false, false),
            Says::AskAdministrator { who_knows_the_password } if may_ask => {
                (who_knows_the_password, false)
            }
            Says::AskAdministrator { .. } => (false, true),
        };
        Ok(((is_authorised, is_challenge, HashMap::new()),))
    }
}

impl FakePolkit {
    pub(crate) async fn start(bus: &FakeBus, says: Says) -> Self {
        let connection = Builder::address(bus.address())
            .serve_at("/org/freedesktop/PolicyKit1/Authority", Authority { says })
            .name("org.freedesktop.PolicyKit1")
            .build()
            .await
            .unwrap();
        Self { connection }
    }

    pub(crate) async fn stop(self) {
        self.connection.release_name("org.freedesktop.PolicyKit1").await.unwrap();
        self.connection.close().await.unwrap();
    }
}
