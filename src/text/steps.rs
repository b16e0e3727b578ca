//! The steps of an ending, in a few words each.

use super::Lang;
use super::rules::rule;
use super::sentences::{capitalised, code_or_none, ended, role};
use crate::session::verdict::{Step, What};

/// What happened in a step.
#[must_use]
pub fn step(lang: Lang, step: &Step) -> String {
    let (en, who) = (lang == Lang::En, role(lang, step.by));
    let text = match step.what {
        What::Fault(broken) => {
            let (section, demand) = (broken.section(), rule(lang, broken));
            if en {
                format!("{who} broke §{section}: {demand}")
            } else {
                format!("{who}违反 §{section}：{demand}")
            }
        }
        What::Close(code) => {
            let code = code_or_none(lang, code);
            if en {
                format!("{who} sent Close {code}")
            } else {
                format!("{who}发送 Close {code}")
            }
        }
        What::Answer { code, may_cross } => {
            let code = code_or_none(lang, code);
            match (en, may_cross) {
                (true, false) => format!("{who} answered with Close {code}"),
                (true, true) => format!(
                    "{who} sent Close {code}: answer or crossing, which this end cannot tell"
                ),
                (false, false) => format!("{who}以 Close {code} 应答"),
                (false, true) => {
                    format!("{who}发送 Close {code}：是应答还是同时发出，本端无法判断")
                }
            }
        }
        What::FrameAfterClose => {
            if en {
                format!("{who} sent a frame behind its Close")
            } else {
                format!("{who}在自己的 Close 之后又发送了帧")
            }
        }
        What::Tcp(event) => ended(lang, step.by, event),
    };
    capitalised(&text)
}
