//! A panel as a web page on this machine: `cargo run --example web`, then open what it prints.
//!
//! The page draws what an OLED would show and says so once the browser has painted it; only then
//! does a press of its buttons count. Without an open page this machine has no display, and pairs
//! with nobody. It listens on the loopback device alone, and the address has a random part, so that
//! neither other users nor other pages in the browser can press the buttons: whoever reads it can.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use pairpanel::daemon::{self, Setup};
use pairpanel::display::Frame;
use pairpanel::display::draw::{Style, draw};
use pairpanel::pairing::{Fittings, Key, KeyFitting, Policy, PromptId, Screen};
use pairpanel::panel::{Panel, Reporter};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::tcp::WriteHalf;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, watch};

const KEYS: [(&str, Key); 2] = [("accept", Key::Accept), ("reject", Key::Reject)];
/// SECRET also lets the browser run nothing but this (Content-Security-Policy).
const PAGE: &str = r#"<!doctype html><meta charset="utf-8"><title>pairpanel</title>
<style nonce="SECRET">svg { width: 100%; background: black; fill: white } button { font-size: 3em }
</style>
<svg viewBox="0 0 128 64" shape-rendering="crispEdges"><path id="glass"/></svg>
<button id="accept">Accept (hold)</button> <button id="reject">Reject</button>
<script nonce="SECRET">
const glass = document.getElementById('glass'), pictures = new EventSource('pictures');
let latest, sent = Promise.resolve();    // one after the other, so that they arrive in order
const post = what => sent = sent.then(() => fetch(what, {method: 'POST'})).catch(() => {});
pictures.onmessage = ({data}) => {
  const [prompt, edit, pixels] = data.split(' ');
  latest = data;
  glass.setAttribute('d', pixels);
  // In the second animation frame from here it has been painted. A hidden page has none.
  const painted = () => latest === data && post(`shown?prompt=${prompt}&edit=${edit}`);
  requestAnimationFrame(() => requestAnimationFrame(painted));
};
pictures.onerror = () => { latest = null; glass.setAttribute('d', ''); };
for (const key of ['accept', 'reject']) {
  let down = false;
  const edge = to => () => { if (down !== to) { down = to; post(`${to ? 'down' : 'up'}?${key}`); } };
  document.getElementById(key).onpointerdown = edge(true);
  for (const end of ['pointerup', 'pointercancel', 'blur']) addEventListener(end, edge(false));
}
</script>
"#;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let mut random = [0; 16];
    rustix::rand::getrandom(&mut random, rustix::rand::GetRandomFlags::empty())?;
    let secret = format!("{:032x}", u128::from_ne_bytes(random));
    println!("open http://{}/{secret}/", listener.local_addr()?);

    // A page's buttons do not bounce.
    let key = |label: &str| KeyFitting { label: label.to_owned(), debounce: Duration::ZERO };
    let buttons = BTreeMap::from([(Key::Accept, key("Accept")), (Key::Reject, key("Reject"))]);
    let fittings = Fittings { display: true, buttons, ..Fittings::default() };
    let setup = Setup::new(fittings, Policy::default(), move |reporter| {
        let (glass, pictures) = watch::channel("0 0 ".to_owned());
        let (seat, live) = (Mutex::new(()), AtomicBool::new(false));
        let server = Arc::new(Server { secret, reporter, pictures, seat, live });
        server.page_closed();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let server = Arc::clone(&server);
                // A browser that goes away in the middle is its own business.
                tokio::spawn(async move { server.serve(socket).await.ok() });
            }
        });
        Ok(Box::new(Page(glass)))
    });
    Ok(daemon::run(setup, async { drop(tokio::signal::ctrl_c().await) }).await?)
}

/// The daemon's side: hands over the number of the prompt, that of its edit, and the lit pixels as
/// an SVG path. What the page does with them it reports by itself.
struct Page(watch::Sender<String>);

impl Panel for Page {
    fn show(&mut self, screen: &Screen, asked: Option<PromptId>) {
        let mut frame = Frame::new(128, 64);
        draw(screen, &Style::default(), &mut frame);
        let PromptId { prompt, edit } = asked.unwrap_or(PromptId { prompt: 0, edit: 0 });
        let mut picture = format!("{prompt} {edit} ");
        let pixels = (0..64).flat_map(|y| (0..128).map(move |x| (x, y)));
        for (x, y) in pixels.filter(|(x, y)| frame.get(*x, *y)) {
            let _ = write!(picture, "M{x},{y}h1v1h-1z");
        }
        self.0.send_replace(picture);
    }
}

/// The browser's side.
struct Server {
    secret: String,
    reporter: Reporter,
    pictures: watch::Receiver<String>,
    /// Held by the page that has the pictures: two could not both be looked at.
    seat: Mutex<()>,
    /// Whether that page has proved that it paints.
    live: AtomicBool,
}

impl Server {
    async fn serve(&self, mut socket: TcpStream) -> io::Result<()> {
        let (input, mut output) = socket.split();
        let mut lines = BufReader::new(input.take(8192)).lines();
        let head = async {
            let request = lines.next_line().await?.unwrap_or_default();
            while lines.next_line().await?.is_some_and(|header| !header.is_empty()) {}
            Ok::<_, io::Error>(request)
        };
        let request = tokio::time::timeout(Duration::from_secs(5), head).await??;
        let mut words = request.split(' ');
        let (method, path) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
        let inside = path.strip_prefix('/').and_then(|path| path.strip_prefix(&self.secret));
        let answer = match (method, inside.map(|path| path.split_once('?').unwrap_or((path, "")))) {
            ("GET", Some(("/", _))) => {
                self.head("200 OK", "html") + &PAGE.replace("SECRET", &self.secret)
            }
            ("GET", Some(("/pictures", _))) => match self.seat.try_lock() {
                Ok(_seat) => {
                    tokio::select! {
                        _ = self.stream(&mut output) => {}
                        // The page says nothing more on this connection.
                        _ = lines.next_line() => {}
                    }
                    self.page_closed();
                    return Ok(());
                }
                Err(_) => self.head("409 Conflict", "plain"),
            },
            // Other pages can have the browser get things, but not post to a secret address.
            ("POST", Some((what, argument))) if self.seat.try_lock().is_err() => {
                let known = self.report(what, argument).is_some();
                self.head(if known { "204 No Content" } else { "400 Bad Request" }, "plain")
            }
            _ => self.head("404 Not Found", "plain"),
        };
        output.write_all(answer.as_bytes()).await
    }

    /// Each picture as it comes.
    async fn stream(&self, output: &mut WriteHalf<'_>) -> io::Result<()> {
        output.write_all(self.head("200 OK", "event-stream").as_bytes()).await?;
        let mut pictures = self.pictures.clone();
        loop {
            let picture = format!("data: {}\n\n", *pictures.borrow_and_update());
            output.write_all(picture.as_bytes()).await?;
            pictures.changed().await.map_err(io::Error::other)?;
        }
    }

    fn report(&self, what: &str, argument: &str) -> Option<()> {
        match what {
            "/shown" => {
                let (prompt, edit) = argument.strip_prefix("prompt=")?.split_once("&edit=")?;
                let id = PromptId { prompt: prompt.parse().ok()?, edit: edit.parse().ok()? };
                if !self.live.swap(true, Ordering::Relaxed) {
                    self.reporter.ready();
                    KEYS.iter().for_each(|(_, key)| self.reporter.key_ready(*key, false));
                }
                if id.prompt != 0 {
                    self.reporter.shown(id);
                }
            }
            "/down" | "/up" => {
                let (_, key) = KEYS.into_iter().find(|(name, _)| *name == argument)?;
                let edge = if what == "/down" { Reporter::pressed } else { Reporter::released };
                edge(&self.reporter, key);
            }
            _ => return None,
        }
        Some(())
    }

    fn page_closed(&self) {
        self.live.store(false, Ordering::Relaxed);
        self.reporter.failed("no page is open that shows it");
        KEYS.iter().for_each(|(_, key)| self.reporter.key_failed(*key));
    }

    fn head(&self, status: &str, kind: &str) -> String {
        let only = format!("'nonce-{}'", self.secret);
        format!(
            "HTTP/1.1 {status}\r\nContent-Type: text/{kind}\r\nConnection: close\r\n\
             Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\n\
             Content-Security-Policy: default-src 'none'; script-src {only}; style-src {only}; \
             connect-src 'self'; frame-ancestors 'none'\r\n\r\n"
        )
    }
}
