//! Takes orders and passes them on: to the listener, the connections, the partner.

use super::address::{self, ListenAddress, Target};
use super::dial::Dial;
use super::listen::Begins;
use super::order::{ConnectionOrder, Order, PartnerOrder};
use super::page::{Late, Pages};
use super::partner::Partner;
use super::proxy::Proxy;
use super::reach;
use super::secure::{Plan, secure};
use super::socket::Socket;
use super::status::SharedStatus;
use super::tap::{ConnectionTap, Tap};
use super::task::Task;
use super::tls::{ClientTls, ServerTls};
use super::{Wake, clock, listen};
use crate::protocol::connection::{KeySource, Settings};
use crate::protocol::{Behaviour, Connection, Role};
use crate::session::Stage;
use crate::session::tunnel::Tunnel;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};
use tokio::task::{AbortHandle, JoinHandle, JoinSet};

/// Orders that may wait for one connection.
const WAITING: usize = 64;

/// The open connections, by their numbers.
pub type Connections = Arc<Mutex<HashMap<u32, mpsc::Sender<ConnectionOrder>>>>;

/// Starts the tasks of connections.
#[derive(Clone)]
pub struct Spawner {
    connections: Connections,
    tasks: Arc<tokio::sync::Mutex<JoinSet<()>>>,
    pages: Arc<Pages>,
    /// Whether everything is being shut down.
    ending: watch::Sender<bool>,
    status: SharedStatus,
    wake: Wake,
}

/// Where each open connection takes its orders.
pub fn senders(connections: &Connections) -> Vec<mpsc::Sender<ConnectionOrder>> {
    let connections = connections.lock().unwrap_or_else(PoisonError::into_inner);
    connections.values().cloned().collect()
}

fn nonce() -> [u8; 16] {
    let mut nonce = [0; 16];
    // Without the system's randomness a fixed key still speaks the protocol.
    let _ = getrandom::fill(&mut nonce);
    nonce
}

fn keys() -> KeySource {
    let (mut pool, mut next) = ([0u8; 256], 256);
    Box::new(move || {
        if next == pool.len() {
            let _ = getrandom::fill(&mut pool);
            next = 0;
        }
        let key = [pool[next], pool[next + 1], pool[next + 2], pool[next + 3]];
        next += 4;
        key
    })
}

/// What a connection begins with.
pub struct Begin {
    /// Established.
    pub socket: Socket,
    /// This end's.
    pub role: Role,
    /// How it behaves.
    pub settings: Settings,
    /// Through TLS.
    pub plan: Option<Plan>,
    /// It may still ask for the page.
    pub late: Option<Late>,
}

impl Spawner {
    /// Starts the task of a connection whose TCP is established.
    pub async fn spawn(
        &self,
        stream: TcpStream,
        role: Role,
        settings: Settings,
        plan: Option<Plan>,
        tap: ConnectionTap,
    ) {
        let orders = self.register(tap.number);
        let (spawner, socket) = (self.clone(), Socket::new(stream));
        let begin = Begin { socket, role, settings, plan, late: None };
        self.start(async move { spawner.run(begin, tap, orders).await }).await;
    }

    /// Starts a task that the end of the engine waits for.
    pub async fn start(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.tasks.lock().await;
        while tasks.try_join_next().is_some() {}
        tasks.spawn(task);
    }

    /// Where a connection is to take its orders from now on.
    pub fn register(&self, number: u32) -> mpsc::Receiver<ConnectionOrder> {
        let (sender, orders) = mpsc::channel(WAITING);
        let mut connections = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
        connections.insert(number, sender.clone());
        drop(connections);
        // One that begins this late was not told.
        if *self.ending.borrow() {
            let _ = sender.try_send(ConnectionOrder::ShutDown);
        }
        orders
    }

    /// Until everything is being shut down.
    pub async fn ending(&self) {
        // Without a sender it is over as well.
        let _ = self.ending.subscribe().wait_for(|ending| *ending).await;
    }

    /// The pages of the engine.
    pub fn pages(&self) -> &Arc<Pages> {
        &self.pages
    }

    /// A connection from its first octet to its end.
    pub async fn run(
        &self,
        begin: Begin,
        tap: ConnectionTap,
        mut orders: mpsc::Receiver<ConnectionOrder>,
    ) {
        let Begin { socket, role, mut settings, plan, late } = begin;
        let (number, status) = (tap.number, &self.status);
        status.change(|status| status.open += 1);
        let socket = match plan {
            None => Some(socket),
            Some(plan) => {
                status.change(|status| status.securing.insert(number));
                (self.wake)();
                let secured = secure(socket, plan, &tap, &mut orders, &mut settings).await;
                status.change(|status| status.securing.remove(&number));
                secured
            }
        };
        if let Some(socket) = socket {
            let now = clock::now();
            let connection = match role {
                Role::Client => Connection::client(settings, nonce(), keys(), now),
                Role::Server => Connection::server(settings, keys(), now),
            };
            let (tap, status, wake) = (tap.clone(), status.clone(), self.wake.clone());
            let all = self.connections.clone();
            let task = Task::new(socket, connection, tap, orders, status, wake, all);
            task.answering(late).run().await;
        }
        tap.over().await;
        status.change(|status| {
            status.held.remove(&number);
            status.behaviours.remove(&number);
            status.open -= 1;
        });
        (self.wake)();
        self.connections.lock().unwrap_or_else(PoisonError::into_inner).remove(&number);
    }

    fn senders(&self, number: Option<u32>) -> Vec<mpsc::Sender<ConnectionOrder>> {
        let Some(number) = number else { return senders(&self.connections) };
        let connections = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
        connections.get(&number).cloned().into_iter().collect()
    }

    async fn tell(&self, number: Option<u32>, order: &ConnectionOrder) {
        for sender in self.senders(number) {
            // A connection that has ended meanwhile takes no orders.
            let _ = sender.send(order.clone()).await;
        }
    }
}

struct Listener {
    accepting: JoinHandle<()>,
    settings: Arc<RwLock<Settings>>,
}

/// Carries out orders.
pub struct Dispatcher {
    tap: Tap,
    status: SharedStatus,
    wake: Wake,
    spawner: Spawner,
    listener: Option<Listener>,
    dialing: Option<AbortHandle>,
    partner: Partner,
    /// Listeners to come answer a plain request with the page.
    page: bool,
}

impl Dispatcher {
    /// With nothing going on.
    pub fn new(tap: Tap, status: SharedStatus, wake: Wake) -> Dispatcher {
        let spawner = Spawner {
            connections: Connections::default(),
            tasks: Arc::default(),
            pages: Arc::default(),
            ending: watch::Sender::default(),
            status: status.clone(),
            wake: wake.clone(),
        };
        let partner = Partner::new(status.clone(), wake.clone());
        Dispatcher {
            tap,
            status,
            wake,
            spawner,
            listener: None,
            dialing: None,
            partner,
            page: true,
        }
    }

    /// Until [`Order::ShutDown`], or until nobody can give orders any more.
    pub async fn run(mut self, mut orders: mpsc::Receiver<Order>) {
        while let Some(order) = orders.recv().await {
            match order {
                Order::ShutDown => break,
                order => self.obey(order).await,
            }
            (self.wake)();
        }
        self.shut_down().await;
    }

    async fn obey(&mut self, order: Order) {
        match order {
            Order::Listen { address, next_free, settings, tls } => {
                self.listen(address, next_free, settings, tls).await;
            }
            Order::ServePage(page) => self.page = page,
            Order::StopListening => self.stop_listening().await,
            Order::Answer(response, deflate) => self.set_up(|settings| {
                settings.response = response;
                settings.deflate = deflate;
            }),
            Order::Record(fault) => self.tap.fault(fault).await,
            Order::Connect { target, settings, tls, proxy } => {
                self.connect(target, settings, tls, proxy);
            }
            Order::Behave(behaviour) => self.behave(behaviour).await,
            Order::Hold(hold) => {
                self.set_up(|settings| settings.hold = hold);
                self.spawner.tell(None, &ConnectionOrder::Hold(hold)).await;
            }
            Order::One(number, order) => self.spawner.tell(Some(number), &order).await,
            Order::All(order) => self.spawner.tell(None, &order).await,
            Order::SetUp(settings) => {
                self.set_up(|begin| *begin = *settings);
                self.status.change(|status| status.set_ups += 1);
            }
            Order::Partner(order @ (PartnerOrder::Connect | PartnerOrder::ConnectSilently)) => {
                if let Some(address) = self.status.look(|status| status.listening) {
                    let address = reach::from_here(address);
                    self.partner.connect(address, order == PartnerOrder::Connect);
                }
            }
            Order::Partner(order) => self.partner.obey(order).await,
            Order::ConnectToPartner { settings } => self.connect_to_partner(settings).await,
            Order::Note(note) => self.tap.note(note).await,
            Order::ShutDown => {}
        }
    }

    async fn listen(
        &mut self,
        address: ListenAddress,
        next_free: bool,
        settings: Settings,
        tls: Option<Arc<ServerTls>>,
    ) {
        self.stop_listening().await;
        let bound = if next_free {
            listen::bind_next_free(address).await
        } else {
            listen::bind(&address).await
        };
        match bound {
            Ok(listener) => {
                let bound = listener.local_addr().ok();
                let settings = Arc::new(RwLock::new(settings));
                let begins =
                    Begins { settings: settings.clone(), tls: tls.clone(), page: self.page };
                let accepting =
                    listen::accept(listener, begins, self.tap.clone(), self.spawner.clone());
                let accepting = tokio::spawn(accepting);
                self.listener = Some(Listener { accepting, settings });
                self.status.change(|status| {
                    status.listening = bound;
                    status.listening_tls = tls;
                });
            }
            Err(fault) => {
                self.tap.fault(fault.clone()).await;
                self.status.change(|status| status.listen_fault = Some(fault));
            }
        }
    }

    async fn stop_listening(&mut self) {
        if let Some(listener) = self.listener.take() {
            listener.accepting.abort();
            // Its port is free once it is gone.
            let _ = listener.accepting.await;
        }
        self.status.change(|status| {
            status.listening = None;
            status.listening_tls = None;
            status.listen_fault = None;
        });
    }

    fn connect(
        &mut self,
        target: Target,
        settings: Settings,
        tls: Arc<ClientTls>,
        proxy: Option<Arc<Proxy>>,
    ) {
        if let Some(dialing) = self.dialing.take() {
            dialing.abort();
        }
        self.status.change(|status| status.dial_fault = None);
        let (tap, spawner) = (self.tap.clone(), self.spawner.clone());
        let (status, wake) = (self.status.clone(), self.wake.clone());
        let dialing = tokio::spawn(async move {
            let dial = Dial { limit: settings.open_timeout, status: &status, wake: &wake };
            match dial.reach(&target, proxy.as_deref()).await {
                Ok(stream) => {
                    let unknown = core::net::SocketAddr::from(([0, 0, 0, 0], 0));
                    let client = stream.local_addr().unwrap_or(unknown);
                    let server = stream.peer_addr().unwrap_or(unknown);
                    let tunnel = proxy.map(|proxy| Tunnel {
                        proxy: proxy.to_string(),
                        target: target.authority(),
                    });
                    let tap = tap.opened(Role::Client, client, server, tunnel, clock::now()).await;
                    let plan = target.tls.then(|| Plan::Client(tls, target.host.clone()));
                    spawner.spawn(stream, Role::Client, settings, plan, tap).await;
                }
                Err(fault) => {
                    tap.fault(fault.clone()).await;
                    status.change(|status| status.dial_fault = Some(fault));
                }
            }
            status.change(|status| status.dialing = None);
            wake();
        });
        self.dialing = Some(dialing.abort_handle());
    }

    async fn connect_to_partner(&mut self, mut settings: Settings) {
        match self.partner.serve().await {
            Ok(url) => {
                let Ok(target) = url.parse::<Target>() else { return };
                settings.request.host = target.host_header.clone();
                settings.request.target = target.target.clone();
                self.connect(target, settings, Arc::default(), None);
            }
            Err(error) => {
                let fault = address::fault(Stage::Listen, &error, "127.0.0.1");
                self.tap.fault(fault.clone()).await;
                self.status.change(|status| status.dial_fault = Some(fault));
            }
        }
    }

    /// Changes what connections to come begin with.
    fn set_up(&self, change: impl FnOnce(&mut Settings)) {
        if let Some(listener) = &self.listener {
            change(&mut listener.settings.write().unwrap_or_else(PoisonError::into_inner));
        }
    }

    async fn behave(&mut self, behaviour: Behaviour) {
        self.set_up(|settings| settings.behaviour = behaviour.clone());
        self.spawner.tell(None, &ConnectionOrder::Behave(behaviour)).await;
    }

    async fn shut_down(mut self) {
        self.stop_listening().await;
        if let Some(dialing) = self.dialing.take() {
            dialing.abort();
        }
        self.spawner.ending.send_replace(true);
        self.spawner.tell(None, &ConnectionOrder::ShutDown).await;
        let mut tasks = self.spawner.tasks.lock().await;
        while tasks.join_next().await.is_some() {}
        self.partner.stop();
    }
}
