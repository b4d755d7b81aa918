//! What bluetoothd and pairpanel say of themselves. Nothing is started by asking.

use std::collections::HashMap;
use std::time::Duration;

use zbus::connection::Builder;
use zbus::fdo::DBusProxy;
use zbus::{Connection, OwnedObjectPath, OwnedVariant, Variant};

const BLUEZ: &str = "org.bluez";
const PANEL: &str = "org.pairpanel";
/// A bus or service that does not answer is reported, not waited for.
const TIMEOUT: Duration = Duration::from_secs(5);

type Properties = HashMap<String, OwnedVariant>;
type Objects = HashMap<OwnedObjectPath, HashMap<String, Properties>>;

/// What there is to know from the bus; an error is why something is not known.
#[derive(Debug)]
pub(super) struct Bus {
    /// The adapters, or none if bluetoothd does not run.
    pub(super) adapters: Result<Option<Vec<Adapter>>, String>,
    /// pairpanel's property `DefaultAgent`, or none if it does not run.
    pub(super) default_agent: Result<Option<String>, String>,
}

/// What bluetoothd says of an adapter.
#[derive(Debug, Default)]
pub(super) struct Adapter {
    /// `hci0`.
    pub(super) name: String,
    pub(super) address: String,
    /// `public` or `random`.
    pub(super) address_type: String,
    pub(super) modalias: String,
}

impl Bus {
    pub(super) fn unknown(why: impl Into<String>) -> Self {
        let why = why.into();
        Self { adapters: Err(why.clone()), default_agent: Err(why) }
    }
}

/// Asks the bus at `address`, `None` being the system bus.
pub(super) async fn ask(address: Option<&str>) -> Bus {
    let asking = async {
        let builder = address.map_or_else(Builder::system, Builder::address);
        let connection = builder.build().await?;
        let bus = DBusProxy::new(&connection).await?;
        let is_there = async |name: &'static str| bus.name_has_owner(name.try_into()?).await;
        let adapters = match is_there(BLUEZ).await {
            Ok(true) => adapters(&connection).await.map(Some).map_err(|e| e.to_string()),
            Ok(false) => Ok(None),
            Err(error) => Err(error.to_string()),
        };
        let default_agent = match is_there(PANEL).await {
            Ok(true) => default_agent(&connection).await.map(Some).map_err(|e| e.to_string()),
            Ok(false) => Ok(None),
            Err(error) => Err(error.to_string()),
        };
        Ok::<_, zbus::Error>(Bus { adapters, default_agent })
    };
    match tokio::time::timeout(TIMEOUT, asking).await {
        Ok(Ok(bus)) => bus,
        Ok(Err(error)) => Bus::unknown(format!("the system bus cannot be reached: {error}")),
        Err(_) => Bus::unknown("the system bus, or a service on it, does not answer"),
    }
}

async fn adapters(connection: &Connection) -> zbus::Result<Vec<Adapter>> {
    let manager = Some("org.freedesktop.DBus.ObjectManager");
    let reply = connection.call_method(Some(BLUEZ), "/", manager, "GetManagedObjects", &()).await?;
    let objects: Objects = reply.body().deserialize()?;
    let mut adapters: Vec<Adapter> = objects
        .into_iter()
        .filter_map(|(path, interfaces)| {
            let properties = interfaces.get("org.bluez.Adapter1")?;
            let text = |name: &str| match properties.get(name).map(|value| &**value) {
                Some(Variant::Str(text)) => text.to_string(),
                _ => String::new(),
            };
            Some(Adapter {
                name: path.as_str().rsplit('/').next().unwrap_or_default().to_owned(),
                address: text("Address"),
                address_type: text("AddressType"),
                modalias: text("Modalias"),
            })
        })
        .collect();
    adapters.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(adapters)
}

async fn default_agent(connection: &Connection) -> zbus::Result<String> {
    let properties = Some("org.freedesktop.DBus.Properties");
    let body = ("org.pairpanel.Panel1", "DefaultAgent");
    let reply =
        connection.call_method(Some(PANEL), "/org/pairpanel", properties, "Get", &body).await?;
    let value: OwnedVariant = reply.body().deserialize()?;
    match &*value {
        Variant::Str(text) => Ok(text.to_string()),
        other => Err(zbus::Error::Failure(format!("DefaultAgent is {other:?}"))),
    }
}
