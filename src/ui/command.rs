//! What a click asks for; `update` carries it out.

use super::ladder::Center;
use super::lesson::Teach;
use super::notes::UnsavedNotes;
use super::state::{PathFor, Target};
use crate::engine::order::{ConnectionOrder, PartnerOrder};
use crate::engine::status::PartnerRole;
use crate::protocol::Action;
use crate::session::notes::Subject;
use crate::session::open::Choice;
use crate::session::view::Scope;
use std::path::PathBuf;

/// A wish of the user.
#[derive(Debug, Clone)]
pub enum Command {
    /// Listen at the address that is typed, or at the next free port after it.
    Listen {
        /// Go on to the next free port.
        next_free: bool,
    },
    /// Let the network reach the server, or this machine alone.
    ListenOnNetwork(bool),
    /// Start the system's browser at this URL.
    OpenInBrowser(String),
    /// Stop listening.
    StopListening,
    /// Connect to the URL that is typed.
    Connect,
    /// Answer requests as the form says.
    Answer,
    /// Go on behind the refusal on this connection, with `user:password` where it asks
    /// for that.
    GoOn(u32, Option<String>),
    /// Begin with a partner of this role.
    TryPartner(PartnerRole),
    /// Ask the partner.
    Partner(PartnerOrder),
    /// Do this on the target.
    Perform(Vec<Action>),
    /// Do this on every open connection.
    PerformAll(Vec<Action>),
    /// Another target.
    Aim(Target),
    /// Behave as the form says: this connection alone, or all of them.
    Behave(Option<u32>),
    /// Take a frame into the raw frame editor.
    EditAgain(u64),
    /// Let the oldest of what waits on this connection through.
    Release(u32),
    /// Do this with what waits on this connection.
    Waiting(u32, ConnectionOrder),
    /// Hold back what this connection sends, or all of them, those to come included;
    /// or no longer.
    Hold(Option<u32>, bool),
    /// End this connection in order.
    End(u32),
    /// End every connection in order.
    EndAll,
    /// Show only this connection, or all.
    Scope(Option<u32>),
    /// Show the rows of this scope.
    Show(Scope),
    /// Put this filter in force, to hide rows or to find them as the form says.
    Filter(String),
    /// To the next row that the filter lets through, or the one before.
    NextMatch(bool),
    /// Show the table, or the ladder.
    Center(Center),
    /// Fold or unfold the run of data frames that begins with this row.
    Unfold(u64),
    /// The ladder as text to the clipboard.
    CopyLadder,
    /// Choose a row of the log.
    Select(u64),
    /// Choose a row of the log and bring it into view.
    Reveal(u64),
    /// Keep the newest row in view, or stay.
    Follow(bool),
    /// Ask for a path with a dialog, or with a field where none can be shown.
    AskPath(PathFor),
    /// A path for this.
    Path(PathFor, PathBuf),
    /// Read no more of the file that is being opened; its rows until there stay.
    CancelOpening,
    /// Stop what is being written; nothing of it is left.
    CancelWriting,
    /// Forget the path field.
    ForgetPath,
    /// Begin anew.
    NewSession,
    /// Switch the language.
    SwitchLanguage,
    /// Switch between light and dark.
    SwitchTheme,
    /// Bigger or smaller by this factor.
    Zoom(f32),
    /// Put the message away.
    Dismiss,
    /// Open the file again, with this stream as WebSocket.
    OpenStream(Choice),
    /// Write the text of a note; a bookmark stays.
    Note(Subject, String),
    /// Bookmark the chosen row, or no longer.
    ToggleBookmark,
    /// Choose the next bookmarked row, or the one before.
    GoToBookmark {
        /// Downwards.
        forward: bool,
    },
    /// Save notes into the file that was opened.
    Save,
    /// What a lesson, or the gallery, is to do.
    Teach(Teach),
    /// What to do with unsaved notes.
    UnsavedNotes(UnsavedNotes),
    /// Show the keys, or put them away.
    Keys,
    /// Begin to present, or end it.
    Present,
    /// Close what is open above, or else end presenting.
    Leave,
    /// While presenting: the chosen row large, or the verdict.
    PresentDetail,
    /// The table instead of the ladder, or the other way round.
    TableOrLadder,
    /// Rungs taller or lower by this factor.
    LadderZoom(f32),
    /// Show the next connection, or the one before.
    NextConnection(bool),
    /// To the ways to end the connection.
    Ending,
    /// Move a replay.
    Replay(super::replay::Order),
}
