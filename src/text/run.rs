//! Lines for people of a run without a window, beside what is observed. What is wrong
//! with the command line itself is said in English, as its help is; `error:` at the
//! beginning of a line stays too, since scripts look for it.

use super::Lang;
use super::system::io_error;
use std::io::Error;
use std::path::Path;

/// Something that a run has to say.
#[derive(Debug)]
pub enum Said<'a> {
    /// It listens at this URL.
    Listening(&'a str),
    /// It records into this file.
    Recording(&'a Path),
    /// The file is there already.
    Exists(&'a Path),
    /// The file cannot be made.
    CannotRecord(&'a Path, &'a Error),
    /// No file can be made in the sessions folder.
    NoSession(&'a Error),
    /// No temporary file can be made.
    NoTemporary(&'a Error),
    /// The capture cannot be written.
    CannotWrite(&'a Error),
    /// The capture cannot be read back.
    CannotRead(&'a Error),
    /// The system does not tell of signals.
    NoSignals(&'a Error),
    /// A file that holds nothing of use.
    NothingReadable(&'a Path),
    /// Somebody ended it.
    Cancelled(&'a Path),
    /// Standard input is no text.
    StdinNotText(&'a Error),
    /// No window can be opened; the system's words.
    NoWindow(&'a str),
}

/// The sentence.
#[must_use]
pub fn said(lang: Lang, said: &Said<'_>) -> String {
    let en = lang == Lang::En;
    let io = |error| io_error(lang, error);
    match said {
        Said::Listening(url) if en => format!("listening on {url}"),
        Said::Listening(url) => format!("正在监听 {url}"),
        Said::Recording(path) if en => format!("recording to {}", path.display()),
        Said::Recording(path) => format!("正在录制到 {}", path.display()),
        Said::Exists(path) if en => {
            format!("{} exists: choose another name, or give --overwrite", path.display())
        }
        Said::Exists(path) => {
            format!("{} 已存在：请换一个文件名，或加上 --overwrite", path.display())
        }
        Said::CannotRecord(path, error) if en => {
            format!("{} cannot be recorded to: {error}", path.display())
        }
        Said::CannotRecord(path, error) => format!("无法录制到 {}：{}", path.display(), io(error)),
        Said::NoSession(error) if en => format!("the sessions folder cannot be written: {error}"),
        Said::NoSession(error) => format!("无法写入会话文件夹：{}", io(error)),
        Said::NoTemporary(error) if en => format!("no temporary file: {error}"),
        Said::NoTemporary(error) => format!("无法创建临时文件：{}", io(error)),
        Said::CannotWrite(error) if en => format!("the capture cannot be written: {error}"),
        Said::CannotWrite(error) => format!("无法写入抓包文件：{}", io(error)),
        Said::CannotRead(error) if en => format!("the capture could not be read: {error}"),
        Said::CannotRead(error) => format!("无法读回抓包文件：{}", io(error)),
        Said::NoSignals(error) if en => format!("signals cannot be caught: {error}"),
        Said::NoSignals(error) => format!("无法接收信号：{}", io(error)),
        Said::NothingReadable(path) if en => {
            format!("{}: nothing of it can be read", path.display())
        }
        Said::NothingReadable(path) => format!("{}：其中没有可读的内容", path.display()),
        Said::Cancelled(path) if en => format!("cancelled; {} is not written", path.display()),
        Said::Cancelled(path) => format!("已取消，未写入 {}", path.display()),
        Said::StdinNotText(error) if en => format!("standard input is not UTF-8 text: {error}"),
        Said::StdinNotText(error) => format!("标准输入不是 UTF-8 文本：{}", io(error)),
        Said::NoWindow(words) if en => {
            format!("no window can be opened: {words}; --headless runs without one")
        }
        Said::NoWindow(words) => format!("无法打开窗口：{words}；--headless 可在没有窗口时运行"),
    }
}

/// Behind a frame that did not come whole: the capture lacks octets, or it was cut off.
#[must_use]
pub fn not_whole(lang: Lang, lacks: bool) -> &'static str {
    match (lang, lacks) {
        (Lang::En, true) => "(not captured whole)",
        (Lang::Zh, true) => "（未完整抓到）",
        (Lang::En, false) => "(cut off)",
        (Lang::Zh, false) => "（被截断）",
    }
}
