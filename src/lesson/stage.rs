//! The two ends of a lesson: the inspected one in its owner's session, and the other.
//!
//! What a step does is a list of deeds, each carried out when what it needs is there.

use super::crossing::{self, Seen};
use super::end::{Act, Change};
use super::script::{Lesson, Other};
use crate::engine::address::{ListenAddress, Target};
use crate::engine::order::{ConnectionOrder, Order, PartnerOrder};
use crate::engine::{Engine, Handle, Wake};
use crate::protocol::connection::Settings;
use crate::protocol::{Action, Behaviour, Opcode, Role, Time};
use crate::session::log::Log;
use crate::session::recorder::SharedLog;
use crate::session::{Fault, FaultKind, Stage as Where};
use core::net::SocketAddr;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// Whether tungstenite can do this; it answers Close and Ping by itself.
#[must_use]
pub fn can_tungstenite(act: &Act) -> bool {
    act.change.is_reading_only() && !act.release && act.actions.iter().all(|a| partner(a).is_some())
}

/// The partner's order for an action.
fn partner(action: &Action) -> Option<PartnerOrder> {
    match action {
        Action::Frame(Opcode::TEXT, text) => {
            String::from_utf8(text.clone()).ok().map(PartnerOrder::Text)
        }
        Action::Close(code, reason) => {
            String::from_utf8(reason.clone()).ok().map(|reason| PartnerOrder::Close(*code, reason))
        }
        _ => None,
    }
}

/// Something that has to be done.
enum Deed {
    StopListening,
    Listen,
    /// Nothing more before connections were set up so often.
    SetUp(u64),
    Connect,
    Act(Role, Box<Act>),
    /// Nothing more before the end behaves so.
    Behaves(Role),
}

/// The two ends.
pub struct Stage {
    lesson: Arc<Lesson>,
    /// A browser is at the other end.
    browser: bool,
    inspected: Handle,
    /// The other end, where it is ours.
    other: Option<Engine>,
    wake: Wake,
    run: usize,
    /// Connections of each session before each run so far: the inspected one's, the
    /// other's.
    before: Vec<[u32; 2]>,
    behaviours: [Behaviour; 2],
    deeds: VecDeque<Deed>,
}

impl Stage {
    /// With nobody connected.
    pub fn new(lesson: Arc<Lesson>, browser: bool, inspected: Handle, wake: Wake) -> Stage {
        let behaviours = [Behaviour::default(), Behaviour::default()];
        let (before, deeds) = (Vec::new(), VecDeque::new());
        Stage { lesson, browser, inspected, other: None, wake, run: 0, before, behaviours, deeds }
    }

    /// The inspected end's log.
    pub fn log(&self) -> &SharedLog {
        self.inspected.log()
    }

    fn inspected_role(&self) -> Role {
        self.lesson.runs[self.run].inspected
    }

    /// What is at the other end; `None` for a browser.
    fn other(&self) -> Option<Other> {
        (!self.browser).then(|| self.lesson.runs[self.run].other)
    }

    /// Begins a run: its connection is the next one.
    ///
    /// # Errors
    /// The other end cannot be started.
    pub fn begin(&mut self, run: usize) -> Result<(), Fault> {
        self.run = run;
        self.behaviours = self.lesson.runs[run].ends.clone().map(|end| end.behaviour);
        if self.other() == Some(Other::Ours) && self.other.is_none() {
            let started = tempfile::tempfile()
                .and_then(|capture| Engine::start(capture, None, self.wake.clone()));
            let failed = |error: std::io::Error| {
                Fault::new(Where::Listen, FaultKind::System, error.to_string())
            };
            self.other = Some(started.map_err(failed)?);
        }
        // Each run has one connection; a browser asks for pages too. Logs may lag behind.
        let here = if self.browser { self.log().read().connections().len() } else { run };
        let runs = &self.lesson.runs[..run];
        let there = runs.iter().filter(|run| run.other == Other::Ours).count();
        self.before.push([here as u32, there as u32]);
        Ok(())
    }

    /// The inspected connection of this run.
    pub fn connection(&self) -> Option<u32> {
        let before = self.before.last()?[0];
        let log = self.log().read();
        let mut here = log.connections().iter().filter(|c| c.number > before);
        here.find(|c| !self.browser || c.asked_upgrade).map(|c| c.number)
    }

    /// The same connection in the other end's session, where that is ours.
    pub fn other_connection(&self) -> Option<(SharedLog, u32)> {
        self.other_of_run(self.run)
    }

    fn other_of_run(&self, run: usize) -> Option<(SharedLog, u32)> {
        let ours = !self.browser && self.lesson.runs.get(run)?.other == Other::Ours;
        let log = self.other.as_ref().filter(|_| ours)?.log();
        let number = self.before.get(run)?[1] + 1;
        let known = log.read().connection(number).is_some();
        known.then_some((log, number))
    }

    /// When each end saw the rows of an inspected connection, where both ends are ours
    /// and their Closes crossed.
    pub fn crossing(&self, here: &Log, connection: u32) -> Option<HashMap<u64, [Time; 2]>> {
        let run = self.before.iter().rposition(|before| before[0] < connection)?;
        let role = self.lesson.runs.get(run)?.inspected;
        let (other, number) = self.other_of_run(run)?;
        let there = other.read();
        let here = Seen { log: here, number: connection, role };
        let there = Seen { log: &there, number, role: role.peer() };
        let crossed = here.closed_first()? && there.closed_first()?;
        crossed.then(|| crossing::times(here, there))
    }

    /// Where the inspected end listens.
    pub fn address(&self) -> Option<SocketAddr> {
        self.inspected.status(|status| status.listening)
    }

    // ---- what is to be done ----

    /// Opens this run's connection.
    pub fn open(&mut self) {
        let keeps_port = self.browser && self.address().is_some();
        if !keeps_port && self.serves().is_some() {
            self.deeds.push_back(Deed::StopListening);
        }
        self.deeds.extend([Deed::Listen, Deed::Connect]);
    }

    /// Lets each end act.
    pub fn act(&mut self, acts: &[Act; 2]) {
        for role in Role::BOTH {
            let act = &acts[role.index()];
            let absent = self.browser && role != self.inspected_role();
            if !act.is_nothing() && !absent {
                self.deeds.push_back(Deed::Act(role, Box::new(act.clone())));
            }
            if act.change != Change::default() && !absent {
                self.deeds.push_back(Deed::Behaves(role));
            }
        }
    }

    /// Whether everything was ordered.
    pub fn is_done(&self) -> bool {
        self.deeds.is_empty()
    }

    /// Orders what can be ordered by now.
    ///
    /// # Errors
    /// What cannot be done at all.
    pub fn proceed(&mut self) -> Result<(), Fault> {
        while let Some(deed) = self.deeds.pop_front() {
            if !self.carry_out(&deed)? {
                self.deeds.push_front(deed);
                break;
            }
        }
        Ok(())
    }

    /// The end of ours that listens; tungstenite as a server does so by itself.
    fn serves(&self) -> Option<Handle> {
        if self.inspected_role() == Role::Server {
            return Some(self.inspected.clone());
        }
        self.end(Role::Server)
    }

    /// An end of ours.
    fn end(&self, role: Role) -> Option<Handle> {
        if role == self.inspected_role() {
            return Some(self.inspected.clone());
        }
        let ours = self.other() == Some(Other::Ours);
        self.other.as_ref().filter(|_| ours).map(Engine::handle)
    }

    fn settings(&self, role: Role) -> Settings {
        self.lesson.runs[self.run].ends[role.index()].clone()
    }

    /// `false` as long as what it needs is not there.
    fn carry_out(&mut self, deed: &Deed) -> Result<bool, Fault> {
        match deed {
            Deed::StopListening => {
                let Some(server) = self.serves() else { return Ok(true) };
                order(&server, Order::StopListening)?;
            }
            Deed::Listen => {
                let Some(server) = self.serves() else { return Ok(true) };
                let settings = self.settings(Role::Server);
                if self.browser && self.address().is_some() {
                    let set_ups = server.status(|status| status.set_ups) + 1;
                    self.deeds.push_front(Deed::SetUp(set_ups));
                    order(&server, Order::SetUp(Box::new(settings)))?;
                    return Ok(true);
                }
                if server.status(|status| status.listening.is_some()) {
                    return Ok(false); // it has not stopped yet
                }
                let address = ListenAddress { host: "127.0.0.1".into(), port: 0 };
                order(&server, Order::Listen { address, next_free: false, settings, tls: None })?;
            }
            Deed::SetUp(times) => {
                return Ok(self.inspected.status(|status| status.set_ups >= *times));
            }
            Deed::Connect => return self.connect(),
            Deed::Act(role, act) => return self.carry_out_act(*role, act),
            Deed::Behaves(role) => return Ok(self.behaves(*role)),
        }
        Ok(true)
    }

    fn connect(&mut self) -> Result<bool, Fault> {
        let mut settings = self.settings(Role::Client);
        let Some(server) = self.serves() else {
            order(&self.inspected, Order::ConnectToPartner { settings })?;
            return Ok(true);
        };
        let (address, fault) = server.status(|s| (s.listening, s.listen_fault.clone()));
        if let Some(fault) = fault {
            return Err(fault);
        }
        let Some(address) = address else { return Ok(false) };
        let Some(client) = self.end(Role::Client) else {
            if self.other() == Some(Other::Tungstenite) {
                order(&self.inspected, Order::Partner(PartnerOrder::ConnectSilently))?;
            }
            return Ok(true);
        };
        let url = format!("ws://{address}/");
        let bad = |_| Fault::new(Where::Tcp, FaultKind::System, url.clone());
        let target: Target = url.parse().map_err(bad)?;
        settings.request.host.clone_from(&target.host_header);
        settings.request.target.clone_from(&target.target);
        order(&client, Order::Connect { target, settings, tls: Arc::default(), proxy: None })?;
        Ok(true)
    }

    /// This run's connection in the session of an end of ours.
    fn number(&self, role: Role) -> Option<u32> {
        match role == self.inspected_role() {
            true => self.connection(),
            false => self.other_connection().map(|(_, number)| number),
        }
    }

    /// Whether an end behaves as it was told.
    fn behaves(&self, role: Role) -> bool {
        let told = &self.behaviours[role.index()];
        let Some(end) = self.end(role) else {
            let silent = self.inspected.status(|s| s.partner.as_ref().map(|p| p.silent));
            return silent == Some(!told.reading);
        };
        let Some(number) = self.number(role) else { return false };
        end.status(|status| status.behaviours.get(&number) == Some(told))
            || end.log().read().connection(number).is_some_and(|c| c.over)
    }

    fn carry_out_act(&mut self, role: Role, act: &Act) -> Result<bool, Fault> {
        let Some(end) = self.end(role) else {
            act.change.apply(&mut self.behaviours[role.index()]);
            if let Some(reading) = act.change.reading {
                let change = if reading { PartnerOrder::Resume } else { PartnerOrder::FallSilent };
                order(&self.inspected, Order::Partner(change))?;
            }
            for told in act.actions.iter().filter_map(partner) {
                order(&self.inspected, Order::Partner(told))?;
            }
            return Ok(true);
        };
        let number = self.number(role);
        let open = |number: &u32| {
            let log = end.log().read();
            log.connection(*number).is_some_and(|c| c.closing.opened_at().is_some())
        };
        let Some(number) = number.filter(open) else { return Ok(false) };
        if act.release && !end.status(|status| status.held.contains_key(&number)) {
            return Ok(false); // what it answers has not come yet
        }
        let behaviour = &mut self.behaviours[role.index()];
        act.change.apply(behaviour);
        if act.change != Change::default() {
            let change = ConnectionOrder::Behave(behaviour.clone());
            order(&end, Order::One(number, change))?;
        }
        if act.release {
            order(&end, Order::One(number, ConnectionOrder::Release))?;
        }
        if !act.actions.is_empty() {
            let perform = ConnectionOrder::Perform(act.actions.clone());
            order(&end, Order::One(number, perform))?;
        }
        Ok(true)
    }
}

fn order(end: &Handle, order: Order) -> Result<(), Fault> {
    if end.order(order) {
        return Ok(());
    }
    Err(Fault::new(Where::Send, FaultKind::System, "the session has ended"))
}
