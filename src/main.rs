//! The program: reads the command line and starts the window or the run without one.

use clap::Parser as _;
use std::process::ExitCode;
use wsscope::headless::cli::{Cli, Command, one_line};
use wsscope::headless::run;

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
    let lang = cli.lang.unwrap_or_default();
    match &cli.command {
        Some(Command::Listen(options)) if options.common.headless => run::listen(options, lang),
        Some(Command::Connect(options)) if options.common.headless => run::connect(options, lang),
        _ => ExitCode::from(2),
    }
}
