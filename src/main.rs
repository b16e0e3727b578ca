//! The program: reads the command line and starts the window or the run without one.

use clap::Parser as _;
use std::path::PathBuf;
use std::process::ExitCode;
use wsscope::headless::cli::{Cli, Command, Common, one_line};
use wsscope::headless::{ladder, run, show};
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
    if let Err(line) = cli.check() {
        eprintln!("{line}");
        return ExitCode::from(2);
    }
    let lang = cli.lang.unwrap_or_default();
    let (begin, record) = match &cli.command {
        Some(Command::Listen(options)) if options.common.headless => {
            return run::listen(options, lang);
        }
        Some(Command::Connect(options)) if options.common.headless => {
            return run::connect(options, lang);
        }
        Some(Command::Listen(options)) => {
            let begin = Begin::Listen(options.address.clone(), Box::new(options.settings()));
            (Some(begin), record(&options.common))
        }
        Some(Command::Connect(options)) => {
            let (url, target) = (options.url.url.clone(), Box::new(options.url.clone()));
            let begin = Begin::Connect(url, target, Box::new(options.settings()));
            (Some(begin), record(&options.common))
        }
        Some(Command::Ladder(options)) => return ladder::run(options, lang),
        Some(Command::Show(options)) => return show::run(options, lang),
        None => (None, Ok(None)),
    };
    let record = match record {
        Ok(record) => record,
        Err(message) => {
            eprintln!("error: {message}");
            return ExitCode::from(2);
        }
    };
    match ui::run(Start { file: cli.file, begin, record, lang: cli.lang, ..Start::default() }) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: no window can be opened: {error}; --headless runs without one");
            ExitCode::from(1)
        }
    }
}

/// Where the window records to; an existing file is refused unless it may go.
fn record(common: &Common) -> Result<Option<(PathBuf, bool)>, String> {
    match &common.record {
        Some(path) if path.exists() && !common.overwrite => {
            Err(format!("{} exists: choose another name, or give --overwrite", path.display()))
        }
        path => Ok(path.clone().map(|path| (path, common.overwrite))),
    }
}
