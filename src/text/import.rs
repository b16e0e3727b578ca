//! What could not be read of a file, where it stands, and what an import cannot know.

use super::Lang;
use super::sentences::{grouped, octets};
use crate::session::export::payload::{Payload, PayloadError};
use crate::session::gap::Hole;
use crate::session::import::{Place, Problem, Problems, Wrong};
use crate::session::pcapng::facts::MadeFrom;

/// One problem in a line.
#[must_use]
pub fn problem(lang: Lang, problem: &Problem) -> String {
    let wrong = wrong(lang, &problem.wrong);
    format!("{}{}{wrong}", place(lang, &problem.place), if lang == Lang::En { ": " } else { "：" })
}

/// Every problem that was kept, a line each, and how many more there were.
#[must_use]
pub fn problems(lang: Lang, problems: &Problems) -> Vec<String> {
    let mut lines: Vec<String> = problems.first.iter().map(|one| problem(lang, one)).collect();
    if problems.more > 0 {
        lines.push(match lang {
            Lang::En => format!("and {} more of the kind", problems.more),
            Lang::Zh => format!("另有 {} 处类似问题", problems.more),
        });
    }
    lines
}

fn place(lang: Lang, place: &Place) -> String {
    let en = lang == Lang::En;
    match place {
        Place::Line { line, column: 0 } if en => format!("line {line}"),
        Place::Line { line, column: 0 } => format!("第 {line} 行"),
        Place::Line { line, column } if en => format!("line {line}, column {column}"),
        Place::Line { line, column } => format!("第 {line} 行第 {column} 列"),
        Place::Json { line, column, entries } if en => {
            format!("line {line}, column {column}, behind {entries} whole entries")
        }
        Place::Json { line, column, entries } => {
            format!("第 {line} 行第 {column} 列（此前有 {entries} 个完整条目）")
        }
        Place::Entry { entry, url, item } => {
            let url = if url.is_empty() { String::new() } else { format!(" ({url})") };
            let item = item.map(|(list, item)| format!(", {} {item}", list.word()));
            let item = item.unwrap_or_default();
            if en {
                format!("entry {entry}{url}{item}")
            } else {
                format!("条目 {entry}{url}{item}")
            }
        }
    }
}

fn wrong(lang: Lang, wrong: &Wrong) -> String {
    let en = lang == Lang::En;
    match wrong {
        Wrong::Json(words) if en => format!("this is not the JSON that was expected: {words}"),
        Wrong::Json(words) => format!("不是所需的 JSON：{words}"),
        Wrong::Missing(key) if en => format!("{key} is missing"),
        Wrong::Missing(key) => format!("缺少 {key}"),
        Wrong::Value(key) if en => format!("the value of {key} makes no sense"),
        Wrong::Value(key) => format!("{key} 的值无意义"),
        Wrong::UnknownConnection(number) if en => {
            format!("no line of type connection came before for connection {number}")
        }
        Wrong::UnknownConnection(number) => {
            format!("连接 {number} 之前没有 type 为 connection 的行")
        }
        Wrong::ConnectionOver(number) if en => format!("connection {number} is over already"),
        Wrong::ConnectionOver(number) => format!("连接 {number} 已经结束"),
        Wrong::FrameBeforeHead if en => {
            "a frame, but the HTTP head of its end did not come before".to_owned()
        }
        Wrong::FrameBeforeHead => "出现了帧，但该端的 HTTP 报文头尚未出现".to_owned(),
        Wrong::Length { announced, there } if en => {
            format!("the frame announces {announced} octets of payload, and there are {there}")
        }
        Wrong::Length { announced, there } => {
            format!("帧声明了 {announced} 字节载荷，实际有 {there} 字节")
        }
        Wrong::TooLong(limit) if en => format!("the line is longer than {limit} octets"),
        Wrong::TooLong(limit) => format!("该行超过 {limit} 字节"),
        Wrong::NoEntries if en => "there is no list log.entries: this is not a HAR".to_owned(),
        Wrong::NoEntries => "没有列表 log.entries：这不是 HAR".to_owned(),
    }
}

/// What is not as it was, in a session that was not observed as it stands.
#[must_use]
pub fn made_from(lang: Lang, from: &MadeFrom) -> String {
    let by = if from.by.is_empty() { String::new() } else { format!(" ({})", from.by) };
    match lang {
        Lang::En => format!(
            "Made from HAR{by}, which tells messages only: heads, masks, fragments, lengths, \
             control frames and who closed first are not the original"
        ),
        Lang::Zh => format!(
            "由 HAR{by} 生成；其中只有消息：报文头、掩码、分片、长度、控制帧以及谁先关闭均非原始数据"
        ),
    }
}

/// Why a payload cannot be saved.
#[must_use]
pub fn payload_error(lang: Lang, which: Payload, error: &PayloadError) -> String {
    let en = lang == Lang::En;
    let (Payload::Frame(number) | Payload::Message(number)) = which;
    match error {
        PayloadError::NoFrame(count) if en => format!("no frame {number}, it has {count}"),
        PayloadError::NoFrame(count) => format!("没有帧 {number}，共有 {count} 个"),
        PayloadError::NotWhole if en => {
            format!("the message of frame {number} never became whole")
        }
        PayloadError::NotWhole => format!("帧 {number} 所属的消息不完整"),
        PayloadError::Compressed if en => {
            format!("the message of frame {number} is compressed and cannot be inflated")
        }
        PayloadError::Compressed => format!("帧 {number} 所属的消息已压缩，无法解压"),
        PayloadError::Missing(holes) => missing(lang, number, holes),
        PayloadError::Io(error) => super::system::io_error(lang, error),
    }
}

fn missing(lang: Lang, number: u32, holes: &[Hole]) -> String {
    let all = octets(lang, holes.iter().map(|hole| hole.octets).sum());
    let range = |hole: &Hole| {
        let (first, last) = (grouped(hole.at), grouped(hole.at + hole.octets.saturating_sub(1)));
        if first == last { first } else { format!("{first}–{last}") }
    };
    let ranges: Vec<String> = holes.iter().map(range).collect();
    match lang {
        Lang::En => format!(
            "the capture lacks {all} of the payload of frame {number} (from 0: {}); \
             what is missing is not guessed",
            ranges.join(", ")
        ),
        Lang::Zh => format!(
            "抓包文件缺少帧 {number} 载荷中的 {all}（从 0 起第 {}）；缺失的内容不作猜测",
            ranges.join("、")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::import::Items;

    #[test]
    fn every_problem_names_its_place_in_both_languages() {
        let item = Some((Items::Messages, 3));
        let places = [
            (Place::Line { line: 17, column: 0 }, "17"),
            (Place::Line { line: 17, column: 4 }, "4"),
            (Place::Json { line: 1, column: 9, entries: 2 }, "9"),
            (Place::Entry { entry: 5, url: "ws://h/".into(), item }, "_webSocketMessages 3"),
        ];
        let wrongs = [
            Wrong::Json("expected value".into()),
            Wrong::Missing("time"),
            Wrong::Value("time"),
            Wrong::UnknownConnection(2),
            Wrong::ConnectionOver(2),
            Wrong::FrameBeforeHead,
            Wrong::Length { announced: 5, there: 4 },
            Wrong::TooLong(9),
            Wrong::NoEntries,
        ];
        for (place, names) in places {
            for wrong in &wrongs {
                let one = Problem { place: place.clone(), wrong: wrong.clone() };
                let (en, zh) = (problem(Lang::En, &one), problem(Lang::Zh, &one));
                assert!(en.contains(names) && zh.contains(names), "{en} {zh}");
                assert_ne!(en, zh);
            }
        }
        let more = Problems { first: Vec::new(), more: 7 };
        assert!(problems(Lang::En, &more)[0].contains('7'));
    }
}
