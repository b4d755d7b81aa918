//! The loop: the only place that owns the session, tells it the time, and logs what it decides.
//!
//! Adapters send events here and are told effects; they never call each other. A simulated panel
//! differs from a real one only in the parts it hands over in [`Setup`].

mod fittings;
mod manager;
mod setup;
mod trace;
mod words;

use std::future::Future;
use std::io;
use std::sync::mpsc::Sender;

use tokio::sync::watch;

pub use self::fittings::fittings;
pub use self::manager::Manager;
pub use self::setup::{Setup, Trace};
use self::trace::Tracer;
use self::words::{finished, refusal};
use crate::api::{Api, News};
use crate::bluez::{Bluez, ConnectError};
use crate::clock::{Clock, Time};
use crate::nfc::{self, Message};
use crate::oob::source::Source;
use crate::pairing::{Effect, Event, Glow, Light, Look, PromptId, Screen, Session, Sound};
use crate::panel::{Panel, Reporter};

/// Why the daemon ended other than by being asked to.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// The bus could not be reached.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The bus went away. Everything on it starts again with it, this daemon too.
    #[error("the system bus has gone away; the service manager has to start pairpanel again")]
    BusGone,
    /// There is no thread for the display, or what else a panel needs.
    #[error("cannot start the panel: {0}")]
    Panel(#[from] io::Error),
}

/// Runs until `stop` is ready. Then a prompt that is open is refused, the adapters are closed for
/// pairing and the display goes dark.
///
/// # Errors
///
/// [`DaemonError`] if the bus is missing at the start or goes away. Nothing else ends it.
pub async fn run(setup: Setup, stop: impl Future<Output = ()>) -> Result<(), DaemonError> {
    let Setup { fittings, policy, clock, bus, panel, mut events, sender, .. } = setup;
    let Setup { listen, light, sounds, service, trace, manager, reader, tag, .. } = setup;
    let pace = nfc::Pace::default();
    let tag = tag.map(|open| nfc::Writer::start(open, sender.clone(), pace)).transpose()?;
    let source = reader.map(|path| Source::start(path, clock.clone(), sender.clone()));
    let panel = match panel {
        Some(start) => Some(start(Reporter::new(clock.clone(), sender.clone()))?),
        None => None,
    };
    tokio::pin!(stop);
    if let Some(manager) = &manager {
        manager.waiting();
    }
    let bluez = tokio::select! {
        () = &mut stop => return Ok(()),
        bluez = Bluez::connect(bus.as_deref(), clock.clone(), sender.clone()) => bluez?,
    };
    let pulse = bluez.pulse();
    let session = Session::new(policy, fittings, clock.now());
    let tracer = trace.map(Tracer::new);
    let api = service.map(|service| {
        Api::start(service, bus, clock.clone(), sender, session.status(clock.now()))
    });
    let mut daemon = Daemon {
        session,
        clock: clock.clone(),
        bluez,
        panel,
        shown: None,
        look: None,
        listen,
        light,
        sounds,
        source,
        tag,
        api,
        tracer,
        manager: manager.as_ref(),
    };
    daemon.handle(Event::Tick);
    let feeding = async {
        match &manager {
            Some(manager) => manager.feed(clock.clone(), pulse).await,
            None => std::future::pending().await,
        }
    };
    tokio::pin!(feeding);
    loop {
        let deadline = daemon.session.deadline(clock.now());
        let due = async {
            match deadline {
                Some(deadline) => clock.sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        let event = tokio::select! {
            // What has been heard of comes before what is due.
            biased;
            () = &mut stop => break,
            Some(event) = events.recv() => event,
            () = due => Event::Tick,
            () = daemon.bluez.closed() => return Err(DaemonError::BusGone),
            never = &mut feeding => match never {},
        };
        daemon.handle(event);
    }
    log::info!("stopping");
    if let Some(manager) = &manager {
        manager.stopping();
    }
    daemon.handle(Event::Stop);
    let Daemon { bluez, panel, api, source, tag, .. } = daemon;
    // First the refusal, and then the display and the tag, which may be slow.
    tokio::join!(
        bluez.leave(),
        async {
            if let Some(api) = api {
                api.leave().await;
            }
        },
        async {
            if let Some(source) = source {
                source.leave().await;
            }
        }
    );
    drop((panel, tag));
    Ok(())
}

struct Daemon<'a> {
    session: Session,
    clock: Clock,
    bluez: Bluez,
    panel: Option<Box<dyn Panel>>,
    /// What the panel was given last.
    shown: Option<(Screen, Option<PromptId>)>,
    look: Option<Look>,
    listen: watch::Sender<bool>,
    light: watch::Sender<Light>,
    sounds: Option<Sender<Sound>>,
    source: Option<Source>,
    tag: Option<nfc::Writer>,
    api: Option<Api>,
    tracer: Option<Tracer>,
    manager: Option<&'a Manager>,
}

impl Daemon<'_> {
    fn handle(&mut self, event: Event) {
        let now = self.clock.now();
        if event != Event::Tick && !event.is_secret() {
            log::debug!("event: {event:?}");
            if let Some(tracer) = &mut self.tracer {
                tracer.event(now, &event);
            }
        }
        match event {
            Event::Registered(capability) => {
                log::info!("default agent of bluetoothd, as {capability}");
                if let Some(manager) = self.manager {
                    manager.registered(capability);
                }
            }
            Event::Unregistered => {
                if let Some(manager) = self.manager {
                    manager.waiting();
                }
            }
            // A panel that comes back has nothing on it.
            Event::DisplayReady => (self.shown, self.look) = (None, None),
            _ => {}
        }
        let before = self.session.asked();
        let effects = self.session.handle(now, event);
        if let Some(sounds) = &self.sounds
            && let Some(sound) = self.session.sound(&effects, before)
        {
            // A buzzer that has given up says nothing.
            let _ = sounds.send(sound);
        }
        for effect in effects {
            log::debug!("effect: {effect:?}");
            if let Some(tracer) = &mut self.tracer {
                tracer.effect(now, &effect);
            }
            self.apply(effect);
        }
        if let Some(api) = &self.api {
            api.publish(self.session.status(now));
        }
        let screen = self.session.screen(now);
        if let Some(tracer) = &mut self.tracer {
            tracer.state(now, &screen);
        }
        self.show(now, screen, self.session.look(now));
    }

    fn show(&mut self, now: Time, screen: Screen, look: Look) {
        let light = screen.light();
        self.light.send_if_modified(|shown| std::mem::replace(shown, light) != light);
        let Some(panel) = &mut self.panel else { return };
        let moved = self.look.map(|shown| shown.place) != Some(look.place);
        if self.look.replace(look) != Some(look) {
            panel.look(look);
        }
        if look.glow == Glow::Off {
            // It is shown anew when the glass is lit.
            self.shown = None;
            return;
        }
        let next = Some((screen, self.session.on_screen(now)));
        if (moved || next != self.shown)
            && let Some((screen, asked)) = &next
        {
            panel.show(screen, *asked);
            self.shown = next;
        }
    }

    fn apply(&mut self, effect: Effect) {
        match effect {
            Effect::Reply { request, answer } => self.bluez.reply(request, answer),
            Effect::Disconnect(device) => self.bluez.disconnect(&device),
            Effect::Forget(device) => self.bluez.forget(&device),
            Effect::Listen(needed) => {
                self.listen.send_replace(needed);
            }
            Effect::Register(capability) => self.bluez.register(capability),
            Effect::Trust(device) => self.bluez.trust(&device),
            Effect::Block(device) => self.bluez.block(&device),
            Effect::Reclaim => self.bluez.reclaim(),
            Effect::SetAdapter { adapter, open, advertise } => {
                self.bluez.set_adapter(adapter, open, advertise);
            }
            Effect::Window(Some(length)) => {
                log::info!("pairing window open for {} s", length.as_secs());
            }
            Effect::Window(None) => {
                log::info!("pairing window closed");
                self.bluez.stop_advertising();
            }
            Effect::Finished { device, method, outcome } => {
                let peer = self.session.peer(&device);
                self.announce(News::Finished { device, peer: peer.clone(), method, outcome });
                log::info!("{}", finished(&peer, method, outcome));
            }
            Effect::Refused { device, why } => {
                let address = self.session.peer(&device).address;
                log::info!("refused {address}: {}", refusal(why));
            }
            Effect::UnknownPairing { device } => {
                let peer = self.session.peer(&device);
                let (who, address) = (&peer.name, &peer.address);
                log::warn!("unknown pairing: {who} ({address}) is bonded, and nobody approved it");
                self.announce(News::UnknownPairing { device, peer });
            }
            Effect::Doubted { adapter } => log::warn!(
                "something else made {adapter} pairable: another agent has become the default, or \
                 has left; see `pairpanel doctor` for who may"
            ),
            Effect::Started { device, method } => {
                let peer = self.session.peer(&device);
                self.announce(News::Started { device, peer, method });
            }
            Effect::Tell(id) => {
                if let Some(api) = &self.api {
                    api.tell(id, &self.session.screen(self.clock.now()));
                }
            }
            Effect::OutOfBand(adapter) => {
                if let Some(source) = &self.source {
                    source.want(adapter);
                }
            }
            Effect::WriteTag { id, data, name } => {
                self.put_on_tag(Some((id, Message::of(&data, &name))));
            }
            Effect::WipeTag => self.put_on_tag(None),
            Effect::TellOutOfBand { id, data } => {
                if let Some(api) = &self.api {
                    api.tell_out_of_band(id, &data);
                }
            }
            Effect::Done { id, result } => {
                if let Some(api) = &self.api {
                    api.done(id, result);
                }
            }
        }
    }

    fn put_on_tag(&self, message: Option<(u32, Message)>) {
        if let Some(tag) = &self.tag {
            tag.put(message);
        }
    }

    fn announce(&self, news: News) {
        if let Some(api) = &self.api {
            api.announce(news);
        }
    }
}
