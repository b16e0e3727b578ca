//! The tap: everything a socket gave or took goes through here to the recorder.
//!
//! The queue is bounded, so a slow disk presses back on the sockets; the window
//! is not asked.

use super::clock;
use crate::protocol::closing_handshake::TcpEvent;
use crate::protocol::{Role, Time};
use crate::session::client_model::CloseEvent;
use crate::session::notes::Note;
use crate::session::page::Page;
use crate::session::tls::Tls;
use crate::session::tunnel::Tunnel;
use crate::session::{Fault, Observed, Record, Recorder};
use bytes::Bytes;
use core::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, Semaphore, mpsc};

/// Records that may wait for the recorder.
const WAITING: usize = 1024;

/// Octets that may wait for it: so few that their memory is used over and over.
const OCTETS: usize = 4 << 20;

/// Octets written to the file between two publications of rows: few enough to stay in
/// a processor's cache.
const BATCH: usize = 1 << 20;

/// How long records gather before the recorder takes them: waking it for each one
/// costs the sockets' thread half its speed, and nobody sees a millisecond.
const GATHER: Duration = Duration::from_millis(1);

/// Where observations go.
#[derive(Clone)]
pub struct Tap {
    records: mpsc::Sender<Record>,
    /// Octets that may still be handed over.
    room: Arc<Semaphore>,
    /// Connections so far; held while one is opened, so that numbers and records
    /// have one order.
    connections: Arc<Mutex<u32>>,
}

impl Tap {
    /// A tap and the recorder's end of it.
    pub fn new() -> (Tap, Queue) {
        let (records, queue) = mpsc::channel(WAITING);
        let room = Arc::new(Semaphore::new(OCTETS));
        (Tap { records, room: room.clone(), connections: Arc::default() }, Queue { queue, room })
    }

    async fn send(&self, connection: u32, what: Observed) {
        self.send_at(connection, clock::now(), what).await;
    }

    async fn send_at(&self, connection: u32, time: Time, what: Observed) {
        let record = Record { connection, time, what };
        if let Ok(room) = self.room.acquire_many(room_of(&record) as u32).await {
            room.forget(); // the recorder gives it back
        }
        // Without a recorder the run is ending.
        let _ = self.records.send(record).await;
    }

    /// Something that belongs to no connection did not work.
    pub async fn fault(&self, fault: Fault) {
        self.send(0, Observed::Fault(fault)).await;
    }

    /// Somebody wrote a note.
    pub async fn note(&self, note: Note) {
        self.send(0, Observed::Note(note)).await;
    }

    /// TCP is established since then: gives the connection its number.
    pub async fn opened(
        &self,
        role: Role,
        client: SocketAddr,
        server: SocketAddr,
        tunnel: Option<Tunnel>,
        since: Time,
    ) -> ConnectionTap {
        let mut connections = self.connections.lock().await;
        *connections += 1;
        let number = *connections;
        let opened = Observed::Opened { role: Some(role), client, server, tunnel };
        self.send_at(number, since, opened).await;
        ConnectionTap { tap: self.clone(), number }
    }
}

/// What waits for the recorder.
pub struct Queue {
    queue: mpsc::Receiver<Record>,
    room: Arc<Semaphore>,
}

impl Drop for Queue {
    fn drop(&mut self) {
        self.room.close(); // nobody waits for room any more
    }
}

/// The room that a record takes; at least some, so that none overtakes another.
fn room_of(record: &Record) -> usize {
    match &record.what {
        Observed::Octets { octets, .. } => octets.len().min(OCTETS),
        _ => 1,
    }
}

/// The tap of one connection.
#[derive(Clone)]
pub struct ConnectionTap {
    tap: Tap,
    /// The connection's number.
    pub number: u32,
}

impl ConnectionTap {
    /// Octets that the socket gave or took just now.
    pub async fn octets(&self, from: Role, octets: Bytes) {
        self.tap.send(self.number, Observed::Octets { from, octets }).await;
    }

    /// The end of one direction.
    pub async fn tcp(&self, from: Role, event: TcpEvent, error: Option<String>) {
        self.tap.send(self.number, Observed::Tcp { from, event, error }).await;
    }

    /// The TLS handshake is over.
    pub async fn tls(&self, tls: Tls) {
        self.tap.send(self.number, Observed::Tls(Box::new(tls))).await;
    }

    /// An end said in TLS that nothing more comes from it.
    pub async fn close_notify(&self, from: Role) {
        self.tap.send(self.number, Observed::CloseNotify { from }).await;
    }

    /// A page of ours is at the client's end.
    pub async fn page(&self, page: Page) {
        self.tap.send(self.number, Observed::Page(page)).await;
    }

    /// That page reported its CloseEvent.
    pub async fn close_event(&self, event: CloseEvent) {
        self.tap.send(self.number, Observed::CloseEvent(event)).await;
    }

    /// Something did not work.
    pub async fn fault(&self, fault: Fault) {
        self.tap.send(self.number, Observed::Fault(fault)).await;
    }

    /// Nothing more will be observed.
    pub async fn over(&self) {
        self.tap.send(self.number, Observed::Over).await;
    }
}

/// The recorder's thread: takes what waits, writes it, makes it visible.
pub fn record(mut recorder: Recorder, mut waiting: Queue, wake: &dyn Fn()) {
    let mut batch = Vec::with_capacity(WAITING);
    while waiting.queue.blocking_recv_many(&mut batch, WAITING) > 0 {
        let taken: usize = batch.iter().map(room_of).sum();
        let mut records = batch.drain(..);
        while records.len() > 0 {
            recorder.take_some(&mut records, BATCH);
            // What goes wrong is in the log, where it is shown.
            let _ = recorder.commit();
        }
        drop(records);
        waiting.room.add_permits(taken);
        wake();
        if taken < BATCH {
            std::thread::sleep(GATHER);
        }
    }
    let _ = recorder.finish();
}
