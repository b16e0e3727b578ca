//! Every order in which Close, FIN, RST and the passing of time can come from
//! either end, held against a model of a few lines: what RFC 6455 §7 and the
//! plain behaviour say, written down once more and differently.

use super::stage::Stage;
use wsscope::protocol::Role;

/// What can happen to an end, in the words of a script.
const STEPS: [&str; 7] =
    ["< close:4001:peer", "< fin", "< rst", "$ close:4002:own", "$ fin", "$ rst", "@ 10000"];

/// The connection as the model sees it.
#[derive(Clone, Copy, Default)]
struct Model {
    server: bool,
    peer_close: bool,
    own_close: bool,
    peer_fin: bool,
    own_fin: bool,
    reset: bool,
}

impl Model {
    /// Whether the step can happen at all; a user sends one Close, and none behind the FIN.
    fn allows(&self, step: &str) -> bool {
        match step {
            "< close:4001:peer" => !self.peer_close && !self.peer_fin && !self.reset,
            "< fin" | "< rst" => !self.peer_fin && !self.reset,
            "$ close:4002:own" => !self.own_close && !self.own_fin && !self.reset,
            _ => true,
        }
    }

    /// What our end has to put out because of the step.
    fn take(&mut self, step: &str) -> Vec<&'static str> {
        let before = *self;
        let mut out = Vec::new();
        match step {
            "< close:4001:peer" => {
                self.peer_close = true;
                if !self.own_close && !self.own_fin {
                    self.own_close = true;
                    out.push("close:4001:peer");
                }
            }
            "$ close:4002:own" => {
                self.own_close = true;
                out.push("close:4002:own");
            }
            "< fin" => (self.peer_fin, self.own_fin) = (true, true),
            "< rst" => self.reset = true,
            "$ fin" => self.own_fin |= !self.reset,
            "$ rst" if !self.over() => {
                self.reset = true;
                out.push("rst");
            }
            "@ 10000" if !self.reset => self.own_fin |= self.peer_close && self.own_close,
            _ => {}
        }
        // The server ends TCP with the closing handshake; the client waits for it.
        self.own_fin |= self.server && self.peer_close && self.own_close && !self.reset;
        if self.own_fin && !before.own_fin {
            out.push("fin");
        }
        out
    }

    fn over(&self) -> bool {
        self.reset || (self.peer_fin && self.own_fin)
    }

    fn state(&self) -> String {
        let begun = self.peer_close || self.own_close || self.peer_fin || self.own_fin;
        let state = match (self.over(), begun) {
            (true, _) => "CLOSED",
            (false, true) => "CLOSING",
            (false, false) => "OPEN",
        };
        let (code, reason) = if self.peer_close { (4001, "peer") } else { (1006, "") };
        let clean = self.peer_close && self.own_close && self.over() && !self.reset;
        let clean = if clean { "clean" } else { "unclean" };
        format!("{state} {code} {reason:?} {clean}")
    }
}

/// Plays each continuation of `script`, to a depth of `left` further steps.
fn explore(role: Role, model: Model, script: &str, left: usize, played: &mut usize) {
    let steps = STEPS.iter().filter(|step| left > 0 && model.allows(step));
    for step in steps {
        let mut next = model;
        let mut ladder = format!("{script}{step}\n");
        for output in next.take(step) {
            ladder.push_str(&format!("> {output}\n"));
        }
        ladder.push_str(&format!("= {}\n", next.state()));
        Stage::plain(role, &ladder);
        *played += 1;
        explore(role, next, &ladder, left - 1, played);
    }
}

#[test]
fn every_order_of_close_fin_rst_and_time_ends_as_the_model_says() {
    for role in Role::BOTH {
        let mut played = 0;
        let model = Model { server: role == Role::Server, ..Model::default() };
        explore(role, model, "= OPEN\n", 5, &mut played);
        assert!(played > 1000, "{played} orders only");
    }
}
