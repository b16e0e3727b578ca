//! Words of the system and of parsers: in Chinese with the original beside them,
//! since that is what people look up.

use super::Lang;
use std::io::{Error, ErrorKind};

/// Why the system did not do something.
#[must_use]
pub fn io_error(lang: Lang, error: &Error) -> String {
    let words = error.to_string();
    if lang == Lang::En {
        return words;
    }
    let meaning = match (error.kind(), words.as_str()) {
        (_, "no home directory") => "找不到用户主目录",
        (_, "another wsscope is recording into it") => "另一个 wsscope 正在向其录制",
        (_, "the temporary file cannot be written") => "无法写入临时文件",
        (ErrorKind::NotFound, _) => "文件或目录不存在",
        (ErrorKind::PermissionDenied, _) => "没有权限",
        (ErrorKind::AlreadyExists, _) => "文件已存在",
        (ErrorKind::IsADirectory, _) => "这是目录",
        (ErrorKind::NotADirectory, _) => "路径中有一部分不是目录",
        (ErrorKind::ReadOnlyFilesystem, _) => "文件系统只读",
        (ErrorKind::StorageFull, _) => "磁盘已满",
        (ErrorKind::QuotaExceeded, _) => "超出磁盘配额",
        (ErrorKind::FileTooLarge, _) => "文件过大",
        (ErrorKind::UnexpectedEof, _) => "文件比预期短",
        (ErrorKind::InvalidData, _) => "数据无效",
        (ErrorKind::InvalidInput, _) => "参数无效",
        (ErrorKind::InvalidFilename, _) => "文件名无效",
        (ErrorKind::WouldBlock | ErrorKind::ResourceBusy, _) => "文件正被占用",
        (ErrorKind::TimedOut, _) => "超时",
        (ErrorKind::OutOfMemory, _) => "内存不足",
        _ => return words,
    };
    format!("{meaning}（{words}）")
}

/// What a parser found wrong with an HTTP head.
#[must_use]
pub fn http_words(lang: Lang, words: &str) -> String {
    let meaning = match words {
        _ if lang == Lang::En => return words.to_owned(),
        "invalid header name" => "首部名称无效",
        "invalid header value" => "首部值无效",
        "invalid new line" => "换行无效",
        "invalid response status" => "响应状态无效",
        "invalid token" => "含有不允许的字符",
        "too many headers" => "首部过多",
        "invalid HTTP version" => "HTTP 版本无效",
        _ => return words.to_owned(),
    };
    format!("{meaning}（{words}）")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_original_stands_beside_the_translation() {
        let gone = std::fs::File::open("/no/such/file").unwrap_err();
        let (en, zh) = (io_error(Lang::En, &gone), io_error(Lang::Zh, &gone));
        assert!(en.is_ascii());
        assert_eq!(zh, format!("文件或目录不存在（{en}）"));
        // As httparse says it.
        let bad = crate::protocol::opening_handshake::Head::parse(
            crate::protocol::Role::Client,
            b"GET / HTTP/9.9\r\n\r\n",
        );
        let words = bad.unwrap_err();
        assert_eq!(http_words(Lang::Zh, &words), "HTTP 版本无效（invalid HTTP version）");
    }
}
