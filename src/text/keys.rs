//! What keys do, in a few words each: for the overlay of keys and the README.

use super::Lang;

/// Where keys work.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// Everywhere.
    Everywhere,
    /// Unless something is being typed.
    Rows,
    /// While the session is replayed, unless something is being typed.
    Replay,
    /// While presenting, unless something is being typed.
    Present,
}

impl Place {
    /// In the order of the overlay.
    pub const ALL: [Place; 4] = [Place::Everywhere, Place::Rows, Place::Present, Place::Replay];
}

/// The heading of the keys that work there.
#[must_use]
pub fn place(lang: Lang, place: Place) -> &'static str {
    match (lang, place) {
        (Lang::En, Place::Everywhere) => "Everywhere",
        (Lang::Zh, Place::Everywhere) => "任何时候",
        (Lang::En, Place::Rows) => "Unless something is being typed",
        (Lang::Zh, Place::Rows) => "未在输入文字时",
        (Lang::En, Place::Present) => "While presenting",
        (Lang::Zh, Place::Present) => "演示时",
        (Lang::En, Place::Replay) => "During a replay",
        (Lang::Zh, Place::Replay) => "回放时",
    }
}

macro_rules! deeds {
    ($($name:ident: $en:literal, $zh:literal;)*) => {
        /// What a key does.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Does {
            $(#[doc = $en] $name,)*
        }

        impl Does {
            /// All of it.
            pub const ALL: &'static [Does] = &[$(Does::$name,)*];
        }

        /// What a key does, in a few words.
        #[must_use]
        pub fn does(lang: Lang, does: Does) -> &'static str {
            match (lang, does) {
                $((Lang::En, Does::$name) => $en, (Lang::Zh, Does::$name) => $zh,)*
            }
        }
    };
}

deeds! {
    Help: "show these keys, or put them away", "显示或收起本按键表";
    Present: "begin to present, or end it", "开始或结束演示";
    Leave: "put away what is above, then end presenting", "先收起浮层，再结束演示";
    NextPane: "to the next pane", "到下一个窗格";
    PreviousPane: "to the pane before", "到上一个窗格";
    NextControl: "next control; with Shift the one before", "到下一个控件，加 Shift 到上一个";
    Act: "press the control that has the focus", "按下获得焦点的控件";
    Send: "send what the composer holds", "发送编辑好的内容";
    Filter: "to the filter", "到过滤栏";
    NextMatch: "next match of the filter", "下一个匹配";
    PreviousMatch: "match before", "上一个匹配";
    Open: "open a session", "打开会话";
    SaveAs: "save the session as a file", "将会话另存为文件";
    Save: "save notes into the file", "将备注保存到文件";
    Note: "to the note of the row", "到本行的备注";
    Bookmark: "bookmark the row, or no longer", "为本行加上或取消书签";
    NextBookmark: "next bookmark", "下一个书签";
    PreviousBookmark: "bookmark before", "上一个书签";
    Larger: "everything larger", "整体放大";
    Smaller: "everything smaller", "整体缩小";
    UsualSize: "usual size", "恢复大小";
    NextRow: "next row", "下一行";
    PreviousRow: "row before", "上一行";
    NextPage: "a page further", "下一页";
    PreviousPage: "a page back", "上一页";
    FirstRow: "first row", "首行";
    LastRow: "last row", "末行";
    Unfold: "fold or unfold the run of frames", "折叠或展开这一串帧";
    NextConnection: "next connection", "下一个连接";
    PreviousConnection: "connection before", "上一个连接";
    TableOrLadder: "table or ladder", "表格或梯形图";
    Taller: "rungs taller", "拉高梯级";
    Lower: "rungs lower", "压低梯级";
    Ending: "end the connection: code, reason, FIN, RST", "结束连接：状态码、原因、FIN、RST";
    Language: "English or Chinese", "中文或英文";
    Light: "light or dark", "浅色或深色";
    Detail: "the chosen row large, or the verdict again", "放大显示所选行，或回到结论";
    Replay: "begin a replay, or end it", "开始或结束回放";
    Play: "play, or pause", "播放或暂停";
    StepForward: "a step forward", "前进一步";
    StepBack: "a step back", "后退一步";
    ToStart: "before the first row", "回到首行之前";
    ToEnd: "to the last row", "到末行";
    Faster: "faster", "加快";
    Slower: "slower", "放慢";
}
