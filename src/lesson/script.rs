//! A lesson as a value: runs of steps, each with what is said, done and expected.

use super::end::Act;
use super::expectation::Expectation;
use crate::protocol::connection::Settings;
use crate::protocol::{Role, Time};
use std::fmt;

/// A text in both languages; neither is empty.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Both {
    /// English.
    pub en: String,
    /// Chinese, simplified.
    pub zh: String,
}

/// A section of an RFC.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Section {
    /// The number of the RFC.
    pub rfc: u16,
    /// Its section, without the sign: `5.5.1`.
    pub section: String,
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RFC {} §{}", self.rfc, self.section)
    }
}

/// A lesson.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lesson {
    /// Its name on the command line, unique in a library.
    pub id: String,
    /// Its place among the lessons; one's own may have none.
    pub number: Option<u32>,
    /// Its title.
    pub title: Both,
    /// What it is about.
    pub text: Both,
    /// Where it is written.
    pub rfc: Vec<Section>,
    /// Connections, one after the other; at least one.
    pub runs: Vec<Run>,
}

impl Lesson {
    /// Every step, in order.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.runs.iter().flat_map(|run| &run.steps)
    }

    /// How many steps it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.runs.iter().map(|run| run.steps.len()).sum()
    }

    /// Whether it has no steps, which no lesson that was read is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A step by its place in [`Self::steps`], and its run.
    #[must_use]
    pub fn step(&self, mut at: usize) -> Option<(&Run, &Step)> {
        for run in &self.runs {
            match run.steps.get(at) {
                Some(step) => return Some((run, step)),
                None => at -= run.steps.len(),
            }
        }
        None
    }

    /// The run whose first step is at this place in [`Self::steps`].
    #[must_use]
    pub fn run_that_begins_at(&self, at: usize) -> Option<usize> {
        let mut begin = 0;
        self.runs.iter().position(|run| {
            let begins = begin == at;
            begin += run.steps.len();
            begins
        })
    }

    /// Whether a browser can be the other end.
    #[must_use]
    pub fn allows_browser(&self) -> bool {
        self.runs.iter().all(|run| run.browser)
    }
}

/// What is at the other end of the inspected one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Other {
    /// An end of ours, which can do everything.
    #[default]
    Ours,
    /// tokio-tungstenite, an ordinary peer.
    Tungstenite,
}

/// One connection.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Run {
    /// Which end is inspected: the log is what it saw.
    pub inspected: Role,
    /// What is at the other end.
    pub other: Other,
    /// A browser may take the other end's place; it is a client then.
    pub browser: bool,
    /// What each end begins with, the client's first.
    pub ends: [Settings; 2],
    /// Its steps; the first with `opens` opens the connection.
    pub steps: Vec<Step>,
}

/// One step.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// What is said.
    pub say: Both,
    /// It opens the run's connection.
    pub opens: bool,
    /// What each end does, the client's first.
    pub acts: [Act; 2],
    /// What must be seen, in this order unless `any_order`.
    pub see: Vec<Expectation>,
    /// Rows may come in any order.
    pub any_order: bool,
    /// How long each piece of evidence may take, in nanoseconds.
    pub limit: Time,
    /// What is asked once the evidence is there.
    pub question: Option<Question>,
    /// With a browser at the other end.
    pub browser: Option<InBrowser>,
}

impl Step {
    /// What must be seen, perhaps with a browser at the other end.
    #[must_use]
    pub fn expected(&self, in_browser: bool) -> &[Expectation] {
        let other = self.browser.as_ref().filter(|_| in_browser).and_then(|b| b.see.as_deref());
        other.unwrap_or(&self.see)
    }
}

/// What differs with a browser at the other end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InBrowser {
    /// What a person is to do in the page, or what differs there.
    pub say: Both,
    /// What must be seen instead.
    pub see: Option<Vec<Expectation>>,
}

/// A question with choices.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Question {
    /// What is asked.
    pub ask: Both,
    /// At least two, exactly one of them right.
    pub choices: Vec<Choice>,
    /// Why that one is right.
    pub because: Both,
}

impl Question {
    /// Which choice is right.
    #[must_use]
    pub fn right(&self) -> usize {
        self.choices.iter().position(|choice| choice.right).unwrap_or_default()
    }
}

/// A possible answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Choice {
    /// Its words.
    pub text: Both,
    /// Whether it is the right one.
    pub right: bool,
}
