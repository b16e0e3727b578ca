//! What the window remembers that is neither the log nor the engine's.

use super::bit_diagram::Linked;
use super::deflate_form::DeflateForm;
use super::filter::FilterForm;
use super::frame_editor::FrameForm;
use super::invitation::Invitation;
use super::ladder::{Center, LadderView};
use super::notes::NoteForm;
use super::opening::AnswerForm;
use super::panes::Panes;
use super::present::Present;
use super::table::Scroll;
use super::tls_form::{TlsFile, TlsForm};
use crate::lesson::Library;
use crate::protocol::behaviour::{Behaviour, OnClose, OnPing, TcpEnd, When};
use crate::protocol::{MILLISECOND, Role, StatusCode};
use crate::session::export::payload::Payload;
use crate::session::export::{Format, Progress};
use crate::session::open::Stream;
use crate::session::statistics::Statistics;
use crate::session::view::View;
use crate::text::Lang;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

/// Where composer and close panel send to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Target {
    /// The connection that is chosen in the list, else the newest open one.
    #[default]
    Auto,
    /// This one.
    One(u32),
    /// Every open one.
    All,
}

/// The composer's tabs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Compose {
    /// A text message.
    #[default]
    Text,
    /// A binary message.
    Binary,
    /// A Ping.
    Ping,
    /// A Pong.
    Pong,
    /// A text message in fragments.
    Fragments,
    /// Octets as they are.
    Raw,
    /// A frame with every bit chosen.
    Frame,
    /// Several actions.
    Sequence,
}

/// How octets are typed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum OctetForm {
    /// Pairs of hexadecimal digits.
    #[default]
    Hex,
    /// Base64.
    Base64,
    /// The content of a file.
    File,
}

/// The composer.
#[derive(Debug)]
pub struct Composer {
    /// The tab.
    pub tab: Compose,
    /// Text, for Text, Ping, Pong and Fragments.
    pub text: String,
    /// Octets as typed, or a path.
    pub octets: String,
    /// How they are typed.
    pub form: OctetForm,
    /// Octets a fragment.
    pub size: String,
    /// The raw frame editor.
    pub frame: FrameForm,
    /// What its diagram lights up.
    pub linked: Linked,
    /// A sequence.
    pub sequence: String,
    /// Its name as a preset.
    pub sequence_name: String,
    /// Sequences that are kept, by name.
    pub sequences: Vec<(String, String)>,
}

/// The panel that ends connections.
#[derive(Debug)]
pub struct CloseForm {
    /// The number as typed.
    pub code: String,
    /// Whether the number is typed by hand.
    pub by_hand: bool,
    /// The reason.
    pub reason: String,
    /// The reason takes the focus.
    pub focus: bool,
}

/// The behaviour of this end as its form shows it.
#[derive(Debug, Clone)]
pub struct BehaviourForm {
    /// What is in force.
    pub behaviour: Behaviour,
    /// Code and reason of an own answer.
    pub code: String,
    /// The reason of it.
    pub reason: String,
    /// Delays in milliseconds: Close, Ping, end of TCP, everything.
    pub delays: [String; 4],
}

impl Default for BehaviourForm {
    fn default() -> BehaviourForm {
        BehaviourForm {
            behaviour: Behaviour::default(),
            code: "4000".into(),
            reason: String::new(),
            delays: ["1000".into(), "1000".into(), "1000".into(), "0".into()],
        }
    }
}

impl BehaviourForm {
    /// A form that shows this behaviour.
    #[must_use]
    pub fn of(behaviour: Behaviour) -> BehaviourForm {
        let mut form = BehaviourForm::default();
        let ms = |nanos: u64| (nanos / MILLISECOND).to_string();
        if let OnClose::Code(code, reason) = &behaviour.on_close {
            (form.code, form.reason) = (code.0.to_string(), reason.clone());
        }
        if let When::After(delay) = behaviour.close_when {
            form.delays[0] = ms(delay);
        }
        if let OnPing::Reply(When::After(delay)) = behaviour.on_ping {
            form.delays[1] = ms(delay);
        }
        if let TcpEnd::After(delay) = behaviour.tcp_end {
            form.delays[2] = ms(delay);
        }
        form.delays[3] = ms(behaviour.delay);
        form.behaviour = behaviour;
        form
    }

    /// The delay of everything in nanoseconds; what is no number counts as none.
    #[must_use]
    pub fn delay_of_all(&self) -> u64 {
        self.delays[3].trim().parse::<u32>().map_or(0, u64::from) * MILLISECOND
    }

    /// A delay of the form in nanoseconds; what is no number counts as a second.
    #[must_use]
    pub fn delay(&self, which: usize) -> u64 {
        self.delays[which].trim().parse::<u32>().map_or(1000, u64::from) * MILLISECOND
    }

    /// The answer with a code of its own; what is no number counts as 4000.
    #[must_use]
    pub fn own_answer(&self) -> OnClose {
        let code = self.code.trim().parse().unwrap_or(4000);
        OnClose::Code(StatusCode(code), self.reason.clone())
    }
}

/// Options of a role.
#[derive(Debug, Default, Clone)]
pub struct RoleOptions {
    /// The Origin header of a client.
    pub origin: String,
    /// With commas.
    pub subprotocols: String,
    /// A line each.
    pub headers: String,
}

/// How a message to the user weighs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Weight {
    /// It worked.
    Info,
    /// It did not.
    Error,
}

/// A message to the user, until it is dismissed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// How it weighs.
    pub weight: Weight,
    /// The sentence.
    pub text: String,
}

/// What a path is wanted for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PathFor {
    /// Opening a capture.
    Open,
    /// Saving it.
    Save {
        /// Credentials are replaced.
        masked: bool,
    },
    /// Sending a file's content.
    Send,
    /// Saving the ladder as a picture.
    Svg,
    /// A file that TLS needs.
    Tls(TlsFile),
    /// Saving the server's certificate.
    Pem,
    /// Writing the session in another form.
    Export(Format),
    /// Saving a payload, or a message.
    Payload(Payload),
}

/// The path field in the window.
#[derive(Debug)]
pub struct PathField {
    /// What for.
    pub purpose: PathFor,
    /// As typed.
    pub text: String,
    /// It takes the focus, since it has just appeared.
    pub focus: bool,
    /// The path, as typed, whose file exists: once more replaces it.
    pub taken: Option<String>,
}

/// What the window remembers.
#[derive(Debug)]
pub struct State {
    /// Which role is set up.
    pub role: Role,
    /// Where to listen.
    pub address: String,
    /// Where to connect.
    pub url: String,
    /// Options of each role, client first.
    pub options: [RoleOptions; 2],
    /// What our server answers.
    pub answer: AnswerForm,
    /// permessage-deflate of each role, client first.
    pub deflate: [DeflateForm; 2],
    /// The proxy of our client as it is typed; empty for none.
    pub proxy: String,
    /// What invites others.
    pub invitation: Invitation,
    /// Which connections are looked for in their list.
    pub wanted: String,
    /// TLS of both roles.
    pub tls: TlsForm,
    /// The engine chooses the address, or the partner has one: take it over.
    pub adopt: bool,
    /// What is wrong with what was typed at the top.
    pub top_error: Option<String>,
    /// How this end behaves.
    pub behaviour: BehaviourForm,
    /// Connections that behave in a way of their own.
    pub own_behaviour: HashMap<u32, BehaviourForm>,
    /// The form is the chosen connection's own.
    pub behave_alone: bool,
    /// New connections are on hold from their beginning.
    pub hold: bool,
    /// Which rows are shown.
    pub view: View,
    /// The filter's field.
    pub filter: FilterForm,
    /// The chosen row of the log.
    pub selected: Option<u64>,
    /// The newest row stays in view.
    pub follow: bool,
    /// A row that the table is to bring into view.
    pub reveal: Option<u64>,
    /// Where the table stands.
    pub scroll: Scroll,
    /// Table or ladder.
    pub center: Center,
    /// The ladder.
    pub ladder: LadderView,
    /// The figures.
    pub statistics: Statistics,
    /// The editor of a note.
    pub notes: NoteForm,
    /// The composer.
    pub composer: Composer,
    /// What is wrong with what was typed in the composer.
    pub composer_error: Option<String>,
    /// The close panel.
    pub close: CloseForm,
    /// Where both send to.
    pub target: Target,
    /// What the partner is to say.
    pub partner_text: String,
    /// The language.
    pub lang: Lang,
    /// A message.
    pub message: Option<Message>,
    /// Streams of the file that can be opened by choice.
    pub streams: Vec<Stream>,
    /// A path that is being typed.
    pub path_field: Option<PathField>,
    /// What is being written beside the window.
    pub writing: Option<Arc<Progress>>,
    /// Captures that were opened or saved, newest first.
    pub recent: Vec<PathBuf>,
    /// The lessons that can be played.
    pub library: Library,
    /// A question is asked that the verdict would answer.
    pub verdict_hidden: bool,
    /// Present mode.
    pub present: Present,
    /// The table of keys is on the screen.
    pub keys_shown: bool,
    /// While presenting: the ways to end the connection are on the screen.
    pub ending_shown: bool,
    /// Which pane F6 goes on from, and whether focus is to be seen.
    pub panes: Panes,
}

impl State {
    /// As at the first start.
    #[must_use]
    pub fn new(lang: Lang) -> State {
        State {
            role: Role::Server,
            address: "127.0.0.1:8000".into(),
            url: "ws://127.0.0.1:8000/".into(),
            options: Default::default(),
            answer: AnswerForm::default(),
            deflate: Default::default(),
            proxy: String::new(),
            invitation: Invitation::default(),
            wanted: String::new(),
            tls: TlsForm::default(),
            adopt: false,
            top_error: None,
            behaviour: BehaviourForm::default(),
            own_behaviour: HashMap::new(),
            behave_alone: false,
            hold: false,
            view: View::default(),
            filter: FilterForm::default(),
            selected: None,
            follow: true,
            reveal: None,
            scroll: Scroll::default(),
            center: Center::default(),
            ladder: LadderView::default(),
            statistics: Statistics::default(),
            notes: NoteForm::default(),
            composer: Composer {
                tab: Compose::Text,
                text: r#"{"planet":"mars"}"#.into(),
                octets: "de ad be ef".into(),
                form: OctetForm::Hex,
                size: "5".into(),
                frame: FrameForm::default(),
                linked: Linked::default(),
                sequence: "close 4001 bye; wait 50; rst".into(),
                sequence_name: "close + RST".into(),
                sequences: Vec::new(),
            },
            composer_error: None,
            close: CloseForm {
                code: "1000".into(),
                by_hand: false,
                reason: String::new(),
                focus: false,
            },
            target: Target::Auto,
            partner_text: "hello".into(),
            lang,
            message: None,
            streams: Vec::new(),
            path_field: None,
            writing: None,
            recent: Vec::new(),
            library: Library::default(),
            verdict_hidden: false,
            present: Present::default(),
            keys_shown: false,
            ending_shown: false,
            panes: Panes::default(),
        }
    }

    /// The options of the role that is set up.
    pub fn role_options(&mut self) -> &mut RoleOptions {
        &mut self.options[self.role.index()]
    }

    /// Notes a capture as recent.
    pub fn note_recent(&mut self, path: PathBuf) {
        // The next start may be in another folder.
        let path = std::path::absolute(&path).unwrap_or(path);
        self.recent.retain(|known| *known != path);
        self.recent.insert(0, path);
        self.recent.truncate(10);
    }
}
