//! The partner: an ordinary, well-behaved peer at the other end of our own
//! connection, so that one person on one machine has somebody to talk to.
//!
//! It is tokio-tungstenite as everybody uses it: it answers Ping and Close by
//! itself. The end under inspection is never this one.

use super::Wake;
use super::order::PartnerOrder;
use super::status::{PartnerRole, PartnerStatus, SharedStatus};
use crate::protocol::StatusCode;
use core::net::SocketAddr;
use futures_util::{SinkExt as _, StreamExt as _};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

/// What the client partner says by itself, with a pause before each.
const CHAT: [&str; 3] = ["hello", r#"{"planet":"mars","moons":["Phobos","Deimos"]}"#, "你好,火星"];

/// The pause: long enough to see the rows come.
const PAUSE: Duration = Duration::from_millis(400);

/// Orders that may wait.
const WAITING: usize = 16;

/// The partner, if there is one.
pub struct Partner {
    status: SharedStatus,
    wake: Wake,
    orders: Option<mpsc::Sender<PartnerOrder>>,
    task: Option<AbortHandle>,
}

fn config() -> WebSocketConfig {
    // The default buffer of 128 KiB is zeroed before every read.
    WebSocketConfig::default().read_buffer_size(8192)
}

impl Partner {
    /// None yet.
    pub fn new(status: SharedStatus, wake: Wake) -> Partner {
        Partner { status, wake, orders: None, task: None }
    }

    /// Tells the partner, if there is one.
    pub async fn obey(&self, order: PartnerOrder) {
        if let Some(orders) = &self.orders {
            // A partner that has ended takes no orders.
            let _ = orders.send(order).await;
        }
    }

    /// Starts a client that connects to this address, and may chat a little.
    pub fn connect(&mut self, address: SocketAddr, chats: bool) {
        self.stop();
        let (talk, orders) = self.talk(PartnerRole::Client, chats);
        let task = tokio::spawn(async move {
            let Ok(stream) = TcpStream::connect(address).await else { return talk.over() };
            let url = format!("ws://{address}/");
            let open = tokio_tungstenite::client_async_with_config(url, stream, Some(config()));
            match open.await {
                Ok((socket, _)) => drop(talk.run(socket, orders).await),
                Err(_) => talk.over(),
            }
        });
        self.task = Some(task.abort_handle());
    }

    /// Starts an echo server; its URL.
    pub async fn serve(&mut self) -> std::io::Result<String> {
        self.stop();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = format!("ws://{}/", listener.local_addr()?);
        let (talk, mut orders) = self.talk(PartnerRole::Server, false);
        talk.show(|partner| partner.url = Some(url.clone()));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let open = tokio_tungstenite::accept_async_with_config(stream, Some(config()));
                if let Ok(socket) = open.await {
                    orders = talk.run(socket, orders).await;
                }
            }
        });
        self.task = Some(task.abort_handle());
        Ok(url)
    }

    fn talk(&mut self, role: PartnerRole, chats: bool) -> (Talk, mpsc::Receiver<PartnerOrder>) {
        let (sender, orders) = mpsc::channel(WAITING);
        self.orders = Some(sender);
        self.status.change(|status| {
            status.partner =
                Some(PartnerStatus { role, url: None, silent: false, connected: false });
        });
        (Talk { role, chats, status: self.status.clone(), wake: self.wake.clone() }, orders)
    }

    /// Ends the partner at once.
    pub fn stop(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
        }
        self.orders = None;
        self.status.change(|status| status.partner = None);
    }
}

/// One partner's side of a conversation.
struct Talk {
    role: PartnerRole,
    chats: bool,
    status: SharedStatus,
    wake: Wake,
}

impl Talk {
    fn show(&self, change: impl FnOnce(&mut PartnerStatus)) {
        self.status.change(|status| status.partner.as_mut().map(change));
        (self.wake)();
    }

    fn over(&self) {
        self.show(|partner| partner.connected = false);
    }

    /// Talks until the connection ends; gives the orders back for the next one.
    async fn run(
        &self,
        mut socket: WebSocketStream<TcpStream>,
        mut orders: mpsc::Receiver<PartnerOrder>,
    ) -> mpsc::Receiver<PartnerOrder> {
        self.show(|partner| (partner.connected, partner.silent) = (true, false));
        let chat: &[&str] = if self.chats { &CHAT } else { &[] };
        let mut chat = chat.iter();
        let mut next = chat.next();
        let mut silent = false;
        loop {
            tokio::select! {
                message = socket.next(), if !silent => match message {
                    Some(Ok(message)) if self.role == PartnerRole::Server && is_data(&message) => {
                        if socket.send(message).await.is_err() {
                            break;
                        }
                    }
                    Some(Ok(_)) => {}
                    // After the closing handshake this end has ended TCP as it should.
                    None | Some(Err(_)) => break,
                },
                () = tokio::time::sleep(PAUSE), if next.is_some() && !silent => {
                    let text = next.take().copied().unwrap_or_default();
                    next = chat.next();
                    if socket.send(Message::text(text)).await.is_err() {
                        break;
                    }
                }
                order = orders.recv() => match order {
                    None => break,
                    Some(PartnerOrder::FallSilent) => {
                        silent = true;
                        self.show(|partner| partner.silent = true);
                    }
                    Some(PartnerOrder::Resume) => {
                        silent = false;
                        self.show(|partner| partner.silent = false);
                    }
                    Some(order) => {
                        if obey(&mut socket, order).await.is_err() {
                            break;
                        }
                    }
                },
            }
        }
        self.over();
        orders
    }
}

fn is_data(message: &Message) -> bool {
    message.is_text() || message.is_binary()
}

async fn obey(socket: &mut WebSocketStream<TcpStream>, order: PartnerOrder) -> Result<(), Error> {
    match order {
        PartnerOrder::Text(text) => socket.send(Message::text(text)).await,
        PartnerOrder::Ping => socket.send(Message::Ping("beat".into())).await,
        PartnerOrder::Close(StatusCode(code), reason) => {
            socket.close(Some(CloseFrame { code: code.into(), reason: reason.into() })).await
        }
        PartnerOrder::Connect
        | PartnerOrder::ConnectSilently
        | PartnerOrder::FallSilent
        | PartnerOrder::Resume => Ok(()),
    }
}
