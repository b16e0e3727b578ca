//! The program: reads the command line and starts the window or the run without one.

use clap::Parser as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use wsscope::headless::cli::{Cli, Command, one_line};
use wsscope::headless::{convert, ladder, lesson, run, show};
use wsscope::text::Lang;
use wsscope::text::run::{Said, said};
use wsscope::ui::{self, Begin, Start};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) if !error.use_stderr() => {
            // Help and version; a closed stdout is no failure.
            let _ = error.print();
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("{}", one_line(&error));
            return ExitCode::from(2);
        }
    };
    match start(cli) {
        Ok(code) => code,
        Err(line) => {
            eprintln!("{line}");
            ExitCode::from(2)
        }
    }
}

/// Does what the command line says.
///
/// # Errors
/// A usage error in one line.
fn start(cli: Cli) -> Result<ExitCode, String> {
    cli.check()?;
    let lang = cli.lang.unwrap_or_default();
    let (begin, record) = match &cli.command {
        Some(Command::Listen(options)) => {
            let tls = options.tls.load(&options.address.host)?;
            if options.common.headless {
                return Ok(run::listen(options, tls, lang));
            }
            let begin = Begin::Listen(options.address.clone(), Box::new(options.settings()), tls);
            (Some(begin), record(options.common.record.as_ref(), options.common.overwrite, lang)?)
        }
        Some(Command::Connect(options)) => {
            let tls = options.tls.load()?;
            if options.common.headless {
                return Ok(run::connect(options, tls, lang));
            }
            let (url, target) = (options.url.url.clone(), Box::new(options.url.clone()));
            let proxy = options.proxy.clone().map(Arc::new);
            let begin = Begin::Connect(url, target, Box::new(options.settings()), tls, proxy);
            (Some(begin), record(options.common.record.as_ref(), options.common.overwrite, lang)?)
        }
        Some(Command::Ladder(options)) => return Ok(ladder::run(options, lang)),
        Some(Command::Show(options)) => return Ok(show::run(options, lang)),
        Some(Command::Convert(options)) => return Ok(convert::run(options, lang)),
        Some(Command::Lesson(options)) => match lesson::begin(options, lang)? {
            Ok(code) => return Ok(code),
            Err(found) => {
                let begin = Begin::Lesson(found, options.browser);
                (Some(begin), record(options.record.as_ref(), options.overwrite, lang)?)
            }
        },
        None => (None, None),
    };
    let start = Start { file: cli.file, begin, record, lang: cli.lang, ..Start::default() };
    Ok(match ui::run(start) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let message = said(lang, &Said::NoWindow(&error));
            eprintln!("error: {message}");
            ExitCode::from(1)
        }
    })
}

/// Where the window records to; an existing file is refused unless it may go.
fn record(
    path: Option<&PathBuf>,
    overwrite: bool,
    lang: Lang,
) -> Result<Option<(PathBuf, bool)>, String> {
    match path {
        Some(path) if path.exists() && !overwrite => {
            Err(format!("error: {}", said(lang, &Said::Exists(path))))
        }
        path => Ok(path.map(|path| (path.clone(), overwrite))),
    }
}
