//! Out-of-band pairing, from the kernel to the glass and back to the bond.

use std::collections::BTreeMap;
use std::time::Duration;

use pairpanel::api::{Access, INTERFACE, NAME, PATH, Service};
use pairpanel::daemon::Setup;
use pairpanel::oob::{OobData, mgmt};
use pairpanel::pairing::{AtStart, Capability, Policy};
use pairpanel::sim::{FakeBluetoothd, FakeBus, FakePhone, Habit, Outcome};
use zbus::OwnedVariant;

use crate::camera;
use crate::client::{Client, error_name, member, said};
use crate::kernel::{Adapter, FakeKernel};
use crate::polkit::{FakePolkit, Says};
use crate::socket::Socket;
use crate::world::{BONNET, Gesture, World, eventually, open_window, phone, registered};

/// As the kernel has it, the last byte first.
const PHONE: [u8; 6] = [0x7f, 0x1e, 0x0d, 0x00, 0xc3, 0xa4];
const AUTHENTICATED: u8 = 3;
const OF_LE: u8 = 1;

fn turned_on() -> Policy {
    Policy { out_of_band: true, window_bonds: 0, ..open_window() }
}

fn panel(profile: &str, socket: &Socket) -> World {
    let reader = Some(socket.path().to_owned());
    World::on(FakeBus::start().unwrap(), profile, turned_on(), |setup| Setup { reader, ..setup })
}

/// The URI that `ReadOutOfBand` replies.
async fn read(client: &Client) -> Result<String, String> {
    let (name, interface, method) = (Some(NAME), Some(INTERFACE), "ReadOutOfBand");
    match client.connection.call_method(name, PATH, interface, method, &()).await {
        Ok(reply) => {
            let data: BTreeMap<String, OwnedVariant> = reply.body().deserialize().unwrap();
            assert_eq!(data.keys().collect::<Vec<_>>(), ["Address", "Data", "Uri"]);
            Ok(said(&data["Uri"]))
        }
        Err(error) => Err(error_name::<()>(Err(error)).unwrap_err()),
    }
}

/// Whether data, as the glass or the panel's interface gives them, are those that are good.
fn are_good(uri: &str, kernel: &FakeKernel) -> bool {
    let data = OobData::from_uri(uri).unwrap();
    (*data.confirmation(), *data.random()) == FakeKernel::values(kernel.made())
}

/// A panel without keys, which shows the code as soon as there is one; its window is open. With a reader
/// and its kernel.
struct Desk {
    world: World,
    kernel: FakeKernel,
    bluetoothd: FakeBluetoothd,
    client: Client,
    _socket: Socket,
}

impl Desk {
    async fn new() -> Self {
        let kernel = FakeKernel::with(Adapter::default());
        let socket = Socket::for_reader(&kernel);
        let (display, _keys) = BONNET.split_once("[[button]]").unwrap();
        let world = panel(display, &socket);
        let bluetoothd = world.bluetoothd().await;
        registered(&bluetoothd, Capability::DisplayOnly).await;
        let client = Client::of(&world.bus).await;
        Self { world, kernel, bluetoothd, client, _socket: socket }
    }

    /// The code on the glass, if there is one.
    fn scanned(&self) -> Option<String> {
        camera::read(&self.world.panel.glass.watch().borrow())
    }

    /// Waits until the glass has those that are good.
    async fn shows_good_data(&self) {
        eventually("the code of good data is on the glass", || {
            self.scanned().is_some_and(|uri| are_good(&uri, &self.kernel))
        })
        .await;
    }

    /// What became of the last pairing has been on the glass for as long as it stays there.
    async fn result_is_over(&self) {
        // A question to the reader that is under way would take too long.
        read(&self.client).await.unwrap();
        self.world.panel.pass(Duration::from_secs(61)).await;
    }

    /// A phone pairs that has data; the kernel says what came of it.
    async fn pair(&self, good: bool) -> Outcome {
        let phone = FakePhone { data: Some(good), ..phone() };
        let outcome = phone.pair(&self.bluetoothd, &mut Habit::Refuses).await;
        if good {
            self.kernel.new_key(0, PHONE, AUTHENTICATED);
        } else {
            self.kernel.authentication_failed(0, PHONE, OF_LE);
        }
        outcome
    }

    /// Method and outcome of what org.pairpanel says next to have ended.
    async fn finished(&mut self) -> (String, String) {
        let ending = async {
            loop {
                for signal in self.client.heard() {
                    if member(&signal) == "PairingFinished" {
                        let body = signal.body();
                        let told: (zbus::ObjectPath<'_>, &str, &str, &str, &str, bool, bool) =
                            body.deserialize().unwrap();
                        return (told.3.to_owned(), told.4.to_owned());
                    }
                }
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(crate::world::PATIENCE, ending).await.expect("nothing has ended")
    }
}

#[tokio::test]
async fn a_phone_that_has_scanned_the_code_pairs_and_nobody_is_asked() {
    let mut desk = Desk::new().await;
    desk.shows_good_data().await;
    let used = desk.kernel.made();
    assert_eq!(desk.pair(true).await, Outcome::Paired { authenticated: true });
    let (method, outcome) = desk.finished().await;
    assert_eq!((&*method, &*outcome), ("out-of-band", "paired-checked"));
    desk.result_is_over().await;
    desk.shows_good_data().await;
    assert!(desk.kernel.made() > used, "the next one scans other data");
    assert_eq!(desk.world.store.bonds().len(), 1);
}

#[tokio::test]
async fn a_phone_with_other_data_is_refused_and_the_panel_says_so() {
    let mut desk = Desk::new().await;
    desk.shows_good_data().await;
    let tried = desk.kernel.made();
    assert_eq!(desk.pair(false).await, Outcome::WrongCode);
    let (method, outcome) = desk.finished().await;
    assert_eq!((&*method, &*outcome), ("out-of-band", "not-authenticated"));
    desk.result_is_over().await;
    desk.shows_good_data().await;
    assert!(desk.kernel.made() > tried, "it was one try");
    assert_eq!(desk.world.store.bonds(), []);
}

#[tokio::test]
async fn the_data_are_void_when_the_window_closes_and_when_the_daemon_ends() {
    let mut desk = Desk::new().await;
    desk.shows_good_data().await;
    let shown = desk.kernel.made();
    desk.client.call("CloseWindow", &()).await.unwrap();
    eventually("the glass has no code", || desk.scanned().is_none()).await;
    eventually("they are void", || desk.kernel.made() > shown).await;

    desk.client.call("OpenWindow", &(60u32,)).await.unwrap();
    desk.shows_good_data().await;
    let shown = desk.kernel.made();
    desk.world.stop().await;
    assert!(desk.kernel.made() > shown);
}

#[tokio::test]
async fn data_that_another_program_has_made_void_are_off_the_glass_until_there_are_others() {
    let desk = Desk::new().await;
    desk.shows_good_data().await;
    mgmt::read(desk.kernel.open(), 0, crate::LONG, |_| {}).unwrap();
    eventually("the glass has no code", || desk.scanned().is_none()).await;
    desk.world.panel.pass(Duration::from_secs(5)).await;
    desk.shows_good_data().await;
}

#[tokio::test]
async fn without_a_reader_a_phone_pairs_by_digits() {
    let mut world = panel(BONNET, &Socket::no_file());
    let bluetoothd = world.bluetoothd().await;
    registered(&bluetoothd, Capability::DisplayYesNo).await;
    let outcome = world.pair(&bluetoothd, &phone(), Gesture::Hold).await;
    assert_eq!(outcome, Outcome::Paired { authenticated: true });
}

/// Whether it is turned on; whether the window is open; who asks → what is replied.
#[tokio::test]
async fn out_of_band_data_are_read_by_root_alone_in_the_open_window() {
    let denied = Err("org.freedesktop.DBus.Error.AccessDenied");
    let none = Err("org.pairpanel.Error.NoData");
    let root = Access { users: vec![rustix::process::getuid().as_raw()], group: String::new() };
    let nobody = Access { users: Vec::new(), group: String::new() };
    let cases = [
        (true, true, &root, Ok(())),
        (true, false, &root, none),
        (false, true, &root, none),
        (true, true, &nobody, denied),
    ];
    for (out_of_band, opens, access, expected) in cases {
        let kernel = FakeKernel::with(Adapter::default());
        let socket = Socket::for_reader(&kernel);
        let window_at_start = if opens { AtStart::Always } else { AtStart::Never };
        let policy = Policy { out_of_band, window_at_start, ..turned_on() };
        let reader = Some(socket.path().to_owned());
        let world = World::on(FakeBus::start().unwrap(), BONNET, policy, |setup| {
            let service = Some(Service { access: access.clone(), ..Service::default() });
            Setup { reader, service, ..setup }
        });
        let bluetoothd = world.start_bluetoothd().await;
        registered(&bluetoothd, Capability::DisplayYesNo).await;
        let client = Client::of(&world.bus).await;
        if opens {
            eventually("it is open", || bluetoothd.is_discoverable()).await;
        }
        let polkit = FakePolkit::start(&world.bus, Says::Yes).await;
        let told = read(&client).await;
        let good = told.as_ref().map(|uri| assert!(are_good(uri, &kernel)));
        assert_eq!(good.map_err(String::as_str), expected, "{access:?}");
        assert!(out_of_band && opens || kernel.made() == 0);
        polkit.stop().await;
    }
}
